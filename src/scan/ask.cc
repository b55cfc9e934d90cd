#include "scan/ask.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "os/reactor.h"

namespace pl::scan {

Asked ask(const os::Clock& clock, const Endpoint& target, const Endpoint& from, http::ClientRequest request, Ns limit) {
  Asked asked;
  const auto reactor = os::Reactor::create(clock);
  if (!reactor) return asked;
  http::ClientConnection connection(**reactor, target, from);
  bool over = false;
  http::ClientEvents events;
  events.on_head = [&](const wire::HttpHead& head, Ns) { asked.head = head; };
  events.on_body = [&](std::string_view bytes, Ns) {
    asked.body += bytes.substr(0, std::min(bytes.size(), limits::kProbeBytes - asked.body.size()));
  };
  events.on_end = [&](Ns) { over = asked.whole = true; };
  events.on_failure = [&](http::Failure, const std::string&, Ns) { over = true; };
  connection.send(std::move(request), std::move(events));
  const Ns end = clock.now() + limit;
  while (!over && clock.now() < end) (*reactor)->run_once(end - clock.now());
  connection.cancel();
  return asked;
}

}  // namespace pl::scan
