#include "load/users.h"

#include "base/limits.h"

namespace pl::load {

User& Users::take() {
  // The first few are all made before one comes again, so that warm-up has met them when answers are learned from.
  if (idle_.empty() || all_.size() < limits::kFirstUsers) {
    const std::size_t number = 1 + journey_ + all_.size() * journeys_;
    all_.push_back(std::make_unique<User>(User{static_cast<std::int64_t>(number), {}, false}));
    return *all_.back();
  }
  User* user = idle_.front();
  idle_.pop_front();
  return *user;
}

}  // namespace pl::load
