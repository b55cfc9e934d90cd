#pragma once
#include <string>
#include <string_view>

namespace pl::proxy {

/// Bytes that wait, first in, first out. Empty it owns no memory: an idle connection costs nothing for its buffers.
class ByteQueue {
 public:
  void append(std::string_view bytes) { data_.append(bytes); }
  std::string_view view() const { return std::string_view(data_).substr(head_); }
  std::size_t size() const { return data_.size() - head_; }
  bool empty() const { return size() == 0; }

  /// Takes bytes off the front; views of it end.
  void consume(std::size_t count) {
    head_ += count;
    if (head_ == data_.size()) {
      data_ = std::string();
      head_ = 0;
    } else if (head_ > data_.size() / 2) {
      data_.erase(0, head_);  // each byte moves at most once per halving: linear over all
      head_ = 0;
    }
  }

 private:
  std::string data_;
  std::size_t head_ = 0;
};

}  // namespace pl::proxy
