#pragma once
#include <string>
#include <vector>

#include "base/handoff.h"
#include "base/result.h"
#include "base/time.h"
#include "conf/config.h"
#include "os/clock.h"

namespace pl::load {

/// Finds journeys where none are declared (DESIGN 9): the front page, links and GET forms of the same origin (log-out,
/// delete and the like are skipped) grouped by URL template, one page asset, URLs of the same origin in JSON answers,
/// and the usual health paths that answer 2xx. At most limits::kCrawlJourneys besides health. Blocks for `limit` at
/// most, on a reactor of its own. Errc::no_traffic when nothing answers with success: the error shows what to write.
Result<std::vector<conf::Journey>> discover(const os::Clock& clock, const Endpoint& target,
                                            const std::string& host_header, Ns limit = 10 * kSec);

}  // namespace pl::load
