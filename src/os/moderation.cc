#include "os/moderation.h"

#include <algorithm>

namespace pl::os {

void Moderation::waited(Ns began, Ns ended) {
  waited_ += ended - began;
  const Ns window = ended - window_began_;
  if (window < kWindow) return;
  const bool busy = (window - waited_) * 100 >= window * kBusy && descriptors_ >= kFewest;
  active_ = busy ? descriptors_ : 0;
  longest_ = answers_ > 0 ? std::min({kLongest, active_ * kPerDescriptor, answers_took_ / answers_ / kOfAnswers}) : 0;
  if (longest_ < kShortest) longest_ = 0;
  descriptors_ = 0;
  answers_took_ = 0;
  answers_ = 0;
  waited_ = 0;
  window_began_ = ended;
  ++window_;
}

Ns Moderation::pause(int events) const {
  return events < 1 || events >= kPlenty || events * kEnough > active_ ? 0 : longest_;
}

}  // namespace pl::os
