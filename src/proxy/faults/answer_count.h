#pragma once
#include <algorithm>
#include <cstddef>

#include "proxy/fault.h"

namespace pl::proxy::faults {

/// Counts the bytes of each answer that passes: an answer begins with the first byte down after one that went up. What
/// a server says unasked, before the first request, is no answer.
class AnswerCount {
 public:
  AnswerCount(const std::size_t& limit, bool awaiting) : limit_(limit), awaiting_(awaiting), counting_(awaiting) {}

  /// How many of this many waiting bytes may pass within the limit; they are taken as passed.
  std::size_t allowed(Way way, std::size_t waiting) {
    if (waiting == 0) return 0;
    if (way == Way::up) {
      awaiting_ = counting_ = true;
      return waiting;
    }
    if (!counting_) return waiting;
    if (awaiting_) passed_ = 0;
    awaiting_ = false;
    const std::size_t allowed = std::min(waiting, limit_ - std::min(limit_, passed_));
    passed_ += allowed;
    return allowed;
  }

 private:
  const std::size_t& limit_;  ///< The fault's, which may change.
  std::size_t passed_ = 0;
  bool awaiting_;
  bool counting_;
};

}  // namespace pl::proxy::faults
