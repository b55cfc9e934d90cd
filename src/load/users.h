#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "load/cookies.h"

namespace pl::load {

/// A virtual user: what ${user} says, and what the application gave it to keep.
struct User {
  std::int64_t number = 0;
  CookieJar cookies;
  bool lost_session = false;  ///< Was told 401 since its last good iteration.
  bool second_next = false;   ///< Its next request goes to the second instance, while requests take turns,
  bool second_first = false;  ///< and so did the first one of its last iteration.
};

/// The virtual users of one journey. A user makes one iteration at a time; who waited longest comes next; while all are
/// busy a new one comes. Numbers are distinct between journeys.
class Users {
 public:
  /// `journey` of `journeys`: user numbers are spread so that no two journeys share one.
  Users(std::size_t journey, std::size_t journeys) : journey_(journey), journeys_(journeys) {}
  /// An idle user. Stays owned here; give it back.
  User& take();
  void give(User& user) { idle_.push_back(&user); }

 private:
  std::size_t journey_, journeys_;
  std::vector<std::unique_ptr<User>> all_;
  std::deque<User*> idle_;
};

}  // namespace pl::load
