#pragma once
#include <memory>
#include <optional>
#include <utility>

#include "proxy/faults/selection.h"

namespace pl::proxy::faults {

/// A setting or a match, read from a row's values: by its `static Result<Piece> of(const Values&)` where it has one,
/// which may refuse them (Errc::config), else by its constructor.
template <class Piece>
Result<Piece> piece_of(const Values& values) {
  if constexpr (requires { Piece::of(values); }) {
    return Piece::of(values);
  } else {
    return Piece(values);
  }
}

/// The time that a setting lets messages wait, where that is what it does: so that a change of it reaches those that
/// wait already.
template <class Setting>
std::optional<Ns> delay_of(const Setting& setting) {
  if constexpr (requires { setting.delay; }) return setting.delay;
  return std::nullopt;
}

/// What faults on messages have in common: a setting, a match that says which messages are meant, and which of those
/// the fault acts on. A protocol's template derives from it and plans with these. Its taps are made of the fault,
/// its measure, the connection and a generator of that connection's own.
template <class Planner, class TapType, class SettingType, class MatchType>
class MessageFault : public Fault, public Planner {
 public:
  using Setting = SettingType;
  using Match = MatchType;

  MessageFault(Setting setting, Match match, const Values& values, FaultContext context)
      : setting_(std::move(setting)),
        match_(std::move(match)),
        selection_(values),
        seed_(context.rng.next()),
        measure_(context.measure) {}
  std::unique_ptr<Tap> attach(const ConnectionView& view) override {
    return std::make_unique<TapType>(*this, *measure_, view, chance_of(seed_, view));
  }
  /// Values that cannot be change nothing.
  void update(const Values& values) override {
    auto match = piece_of<Match>(values);
    auto setting = piece_of<Setting>(values);
    if (!match || !setting) return;
    match_ = std::move(*match);
    setting_ = std::move(*setting);
    selection_.update(values);
  }

 protected:
  Setting setting_;
  Match match_;
  Selection selection_;

 private:
  std::uint64_t seed_;
  Measure* measure_;
};

/// Makes a fault that derives from MessageFault.
template <class FaultType>
Result<std::unique_ptr<Fault>> make_message_fault(const Values& values, FaultContext context) {
  auto match = PL_TRY(piece_of<typename FaultType::Match>(values));
  auto setting = PL_TRY(piece_of<typename FaultType::Setting>(values));
  return std::make_unique<FaultType>(std::move(setting), std::move(match), values, std::move(context));
}

}  // namespace pl::proxy::faults
