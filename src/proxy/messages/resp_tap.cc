#include "proxy/messages/resp_tap.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "base/text.h"

namespace pl::proxy {
namespace {

using State = RespCommandHead::State;

constexpr std::string_view kOnlyResp3 = "_#,(%~>!=|";
constexpr std::string_view kDiscard = "*1\r\n$7\r\nDISCARD\r\n";
/// Redis refuses it for want of an argument, which fails the transaction (server.c, processCommand). It is about the
/// connection: other faults on any command let it be.
constexpr std::string_view kRefused = "*1\r\n$6\r\nSELECT\r\n";
constexpr std::string_view kAbortedBy = "-EXECABORT Transaction discarded because of: ";

/// What Redis answers EXEC with when it refuses it with this error.
std::string refused_exec(std::string_view error) {
  const bool redirects = error.starts_with("-MOVED") || error.starts_with("-ASK") || error.starts_with("-CLUSTERDOWN");
  return redirects ? std::string(error) : std::string(kAbortedBy) + std::string(error.substr(1));
}

}  // namespace

Step RespTap::admit(Way way, const Waiting& waiting, Ns now) {
  if (way == Way::down) {
    Step step = replies(waiting);
    // What the server has not answered it never will: nothing may wait for it.
    if (waiting.end != End::none && step.pass + step.drop == waiting.bytes.size()) {
      ended_ = ended_ || !untouched_;
      untouched_ = true;
    }
    return step;
  }
  // Half of a command is gone: its rest would make no sense.
  if (untouched_) return rest_state_ == Rest::swallowed ? Step{.drop = waiting.bytes.size()} : pass_all(waiting);
  Step step = commands(waiting, now);
  const bool stuck = step.pass + step.drop == 0 && !decision_ && !step.close;
  if (waiting.end == End::none || !stuck) return step;
  // Half a command and then the end.
  return rest_state_ == Rest::swallowed ? Step{.drop = waiting.bytes.size()} : pass_all(waiting);
}

Step RespTap::leave(Ns) {
  left_ = true;
  decision_.reset();
  return {};
}

/// Half of a command is gone, or the reply to one that the program has not sent is owed.
bool RespTap::stays() const {
  const auto replaced = [](const Special& one) { return !one.instead.empty(); };
  return rest_state_ == Rest::swallowed || std::ranges::any_of(specials_, replaced);
}

void RespTap::answered_behind() {
  if (count_) count_->answered();
  if (!in_step_) awaiting_ = false;
  if (!in_step_ || owed() == 0 || !reader_.at_start()) return;
  if (!specials_.empty() && specials_.front().number == replied_) {
    if (specials_.front().instead.empty()) resp3_ = specials_.front().resp3;  // HELLO has not reached the server
    specials_.pop_front();
  }
  ++replied_;
}

Step RespTap::touch_no_more(const Waiting& waiting) {
  untouched_ = true;
  decision_.reset();
  Step step = pass_all(waiting);
  step.close = rest_state_ == Rest::swallowed;
  return step;
}

bool RespTap::falls_into_step(const Waiting& waiting) {
  const std::string_view bytes = waiting.bytes;
  if (count_) {
    if (!count_->between()) return false;
    rest_ = count_->rest();
    rest_state_ = rest_.over() ? Rest::none : Rest::passing;
    reader_ = count_->reader();
    sent_ = count_->sent();
    replied_ = count_->replied();
    multi_ = count_->multi();
    resp3_ = count_->resp3();
    knows_version_ = true;
    for (const auto& [number, resp3] : count_->hellos()) specials_.push_back({number, {}, resp3});
    return true;
  }
  return !awaiting_ && whole_ && bytes.size() > 1 && bytes[0] == '*' && bytes[1] >= '1' && bytes[1] <= '9';
}

/// What comes before it falls into step.
Step RespTap::go_by(Way way, const Waiting& waiting) {
  if (count_) count_->passed(way, waiting.bytes);
  untouched_ = untouched_ || (count_ && count_->lost());
  return pass_all(waiting);
}

Step RespTap::commands(const Waiting& waiting, Ns now) {
  if (!in_step_) {
    in_step_ = falls_into_step(waiting);
    if (!in_step_) {
      awaiting_ = awaiting_ || !waiting.bytes.empty();
      return go_by(Way::up, waiting);
    }
    count_.reset();
  }
  std::size_t pass = 0;
  for (;;) {
    const std::string_view bytes = waiting.bytes.substr(pass);
    if (bytes.empty()) return {.pass = pass};
    if (rest_state_ != Rest::none) {
      if (auto step = rest_of_command(bytes, pass)) return std::move(*step);
      if (untouched_) return pass_all(waiting);
      continue;
    }
    const RespCommandHead head = read_resp_command(bytes);
    if (head.state == State::error) return touch_no_more(waiting);
    // What people type, or another protocol's text, is not held until its line ends.
    if (head.state == State::more && bytes.front() != '*' && replied_ == 0) {
      rest_state_ = Rest::line;
      continue;
    }
    if (head.state == State::more) return {.pass = pass};
    if (head.state == State::nothing) {
      pass += head.size;
      continue;
    }
    if (auto step = act(head, pass, now)) return std::move(*step);
    if (untouched_) return pass_all(waiting);
  }
}

std::optional<Step> RespTap::rest_of_command(std::string_view bytes, std::size_t& pass) {
  if (rest_state_ == Rest::line) {
    const std::size_t end = bytes.find('\n');
    says_ = says_ || bytes.substr(0, end).find_first_not_of(" \t\r") != bytes.npos;
    pass += std::min(end, bytes.size() - 1) + 1;
    if (end == bytes.npos) return Step{.pass = pass};
    rest_state_ = Rest::none;
    if (std::exchange(says_, false)) ++sent_;
    return std::nullopt;
  }
  bool valid = true;
  const std::size_t size = skip_resp_rest(bytes, rest_, valid);
  if (rest_state_ == Rest::passing) {
    pass += size;
    if (!valid) untouched_ = true;
    if (!valid) return std::nullopt;
    if (!rest_.over()) return Step{.pass = pass};
    rest_state_ = Rest::none;
    return std::nullopt;
  }
  Step step{.pass = pass, .drop = size};
  if (!valid) step.close = true;  // the beginning is gone
  if (!rest_.over()) return step;
  rest_state_ = Rest::none;
  step.answer = std::exchange(own_, {});
  step.answered = !step.answer.empty();
  step.insert = std::exchange(in_place_, {});
  return step;
}

void RespTap::decide(const RespCommandHead& head, Ns now) {
  // Until a reply has come, a line of text may be another protocol's.
  if (left_ || (head.typed && replied_ == 0)) {
    decision_ = Decision{{}, now};
    return;
  }
  RespPlan plan = planner_.plan({.name = head.name,
                                 .key = head.key,
                                 .arguments = head.arguments,
                                 .resp3 = resp3_,
                                 .queued = multi_ && head.name != "EXEC" && head.name != "DISCARD"},
                                rng_);
  if (plan.acts()) ++measure_.acted;
  decision_ = Decision{std::move(plan), now};
}

std::optional<Step> RespTap::act(const RespCommandHead& head, std::size_t& pass, Ns now) {
  if (!decision_) decide(head, now);
  RespPlan& plan = decision_->plan;
  if (plan.delay > 0) plan.delay = planner_.delay().value_or(plan.delay);
  const Ns due = decision_->since + plan.delay;
  if (now < due) return Step{.pass = pass, .again = due};
  // Behind FIN the program still gets what was owed to it before.
  const bool owes = owed() > 0 || !reader_.at_start();
  if (plan.end == End::fin && owes) return Step{.pass = pass};
  if (plan.end != End::none) {
    return Step{.pass = pass, .close = plan.end == End::fin, .reset = plan.end == End::reset};
  }
  // A reply of its own comes when those before it have come; or it takes the place of one of the server's.
  const bool fails = multi_ && plan.reply && plan.reply->starts_with('-');
  if (plan.reply && (fails ? specials_.size() >= limits::kRespSpecials : owes)) return Step{.pass = pass};
  const Decision decision = *std::exchange(decision_, std::nullopt);
  if (const Ns delay = decision.plan.delay; delay > 0) measure_.delay(delay, now - decision.since);
  if (fails && head.name == "EXEC") {
    multi_ = false;
    swallow(head, kDiscard, refused_exec(*decision.plan.reply));
  } else if (fails) {
    swallow(head, kRefused, *decision.plan.reply);
  } else if (decision.plan.reply) {
    swallow(head, *decision.plan.reply);
  } else {
    note_passing(head);
    pass += head.size;
    rest_ = head.rest;
    rest_state_ = rest_.over() ? Rest::none : Rest::passing;
    return std::nullopt;
  }
  return std::nullopt;
}

void RespTap::swallow(const RespCommandHead& head, std::string reply) {
  own_ = std::move(reply);
  rest_ = head.rest;
  // What was read of it is taken from the front like its rest.
  rest_.bytes = static_cast<std::int64_t>(head.size);
  rest_state_ = Rest::swallowed;
}

void RespTap::swallow(const RespCommandHead& head, std::string_view sent, std::string instead) {
  swallow(head, {});
  in_place_ = sent;
  specials_.push_back({sent_++, std::move(instead), resp3_});
}

void RespTap::note_passing(const RespCommandHead& head) {
  if (leaves_resp(head) || specials_.size() >= limits::kRespSpecials) {
    untouched_ = true;
    return;
  }
  if (head.name == "HELLO" && (head.key == "2" || head.key == "3")) {
    specials_.push_back({sent_, {}, resp3_});
    resp3_ = head.key == "3";
    knows_version_ = true;
  }
  if (head.name == "RESET") resp3_ = false;
  multi_ = after_resp_command(multi_, head.name);
  ++sent_;
}

Step RespTap::replies(const Waiting& waiting) {
  if (!in_step_) {
    awaiting_ = awaiting_ && waiting.bytes.empty();
    if (!waiting.bytes.empty()) whole_ = waiting.bytes.ends_with("\r\n");
    return go_by(Way::down, waiting);
  }
  if (untouched_ && specials_.empty()) return pass_all(waiting);
  std::string_view rest = waiting.bytes;
  std::size_t pass = 0;
  while (!rest.empty()) {
    const bool pushed = reader_.at_start() ? rest.front() == '>' : reader_.type() == '>';
    const bool special = !specials_.empty() && specials_.front().number == replied_ && !pushed;
    const bool replaced = special && !specials_.front().instead.empty();
    if (replaced && pass > 0) break;
    const RespReplies::Step event = reader_.next(rest);
    const std::size_t read = waiting.bytes.size() - rest.size();
    if (event == RespReplies::Step::error) {
      specials_.clear();
      return touch_no_more(waiting);
    }
    const bool over = event == RespReplies::Step::reply;
    // Types of version 3 alone: HELLO may have been before the fault.
    if (!knows_version_ && kOnlyResp3.find(reader_.type()) != kOnlyResp3.npos) resp3_ = true;
    if (over && special && !replaced && reader_.type() == '-') resp3_ = specials_.front().resp3;
    std::string instead;
    if (over && special) {
      instead = std::move(specials_.front().instead);
      specials_.pop_front();
    }
    if (over && owed() > 0) ++replied_;
    if (replaced) return {.drop = read, .insert = std::move(instead)};
    pass = read;
  }
  return {.pass = pass};
}

}  // namespace pl::proxy
