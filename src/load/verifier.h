#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "load/answer.h"
#include "load/connections.h"
#include "load/generator.h"
#include "load/journey.h"
#include "load/users.h"
#include "record/sink.h"

namespace pl::load {

/// A write that the application acknowledged.
struct Write {
  std::size_t journey = 0;
  std::size_t step = 0;
  User* user = nullptr;  ///< Whose cookies read it back; owned by the journey's Users, lives as long as they.
  Variables variables;   ///< As they were when it was made.
  std::string token;
  Ns acknowledged = 0;
};

/// What an answer says of a write. `usual` is how often a token stands in the answer in the steady state: oftener means
/// doubled. 404 and 410 say missing; other failures, that it cannot be read.
std::string_view read_result(int status, bool whole, std::size_t times, std::size_t usual);
/// How often `token` stands in `body`.
std::size_t occurrences(std::string_view body, std::string_view token);

/// Remembers acknowledged writes and reads them back (DESIGN 9, "acknowledged writes"). One thread, the reactor's.
class Verifier {
 public:
  /// Logs a user in anew for a journey and hands over what was captured on the way to the write's step.
  using Login = std::function<void(const Write& write, std::function<void(const Variables& fresh)> done)>;
  using Done = std::function<void(std::vector<VerifyResult>)>;

  /// The references stay the caller's and outlive it.
  Verifier(os::Reactor& reactor, Connections& connections, const std::vector<JourneyPlan>& plans,
           const std::string& host, record::Sink sink, Login login);
  ~Verifier();

  /// At most limits::kWritesRemembered; the oldest is forgotten.
  void remember(Write write);
  /// One at a time; a second call while one is under way is answered with nothing.
  void verify(std::string occasion, std::size_t most, Ns limit, Done done);

 private:
  struct Check;
  struct Round;

  void next_checks();
  void read(std::size_t index);
  void answered(std::size_t index, bool whole);
  void settle(std::size_t index, std::string_view result);
  void finish();
  void drop_connection(Check& check);
  VerifyResult result_of(const Check& check) const;

  os::Reactor& reactor_;
  Connections& connections_;
  const std::vector<JourneyPlan>& plans_;
  const std::string& host_;
  record::Sink sink_;
  Login login_;
  std::deque<Write> writes_;                  ///< Oldest first.
  std::map<std::size_t, std::size_t> shown_;  ///< By journey: how many writes there were when the pair was proved.
  std::map<std::size_t, std::size_t> usual_;  ///< By journey: how often a found token stood in its answer.
  std::unique_ptr<Round> round_;
  std::uint64_t rounds_ = 0;  ///< Timers of an earlier round are told apart by it.
};

}  // namespace pl::load
