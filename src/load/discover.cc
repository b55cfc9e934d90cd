#include "load/discover.h"

#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <set>

#include "base/limits.h"
#include "http/client.h"
#include "load/answer.h"
#include "load/cookies.h"
#include "load/links.h"
#include "load/text.h"
#include "os/reactor.h"

namespace pl::load {
namespace {

constexpr std::array<std::string_view, 14> kHealthPaths = {
    "/health",     "/healthz",     "/health/live", "/health/ready", "/livez",   "/readyz", "/ready",
    "/api/health", "/api/healthz", "/-/healthy",   "/-/health",     "/_health", "/ping",   "/up"};
constexpr std::array<std::string_view, 5> kFirstPaths = {"/", "/index.html", "/api", "/v1/models", "/api/v1"};
constexpr std::string_view kNoSuchPage = "/no-such-page-here-7c1f";
constexpr std::size_t kHealthJourneys = 3;
constexpr std::int64_t kHealthBytes = 2048;
constexpr std::int64_t kShortHealthBytes = 64;
constexpr std::size_t kAssets = 4;  ///< That are tried before a site counts as one without.
constexpr int kRedirects = 5;
constexpr Ns kAnswerTime = 4 * kSec;

/// A page that was fetched, with the target it was found at after redirects.
struct Page {
  std::string target;
  Answer answer;
  bool whole = false;

  bool good() const { return whole && answer.status() >= 200 && answer.status() < 300; }
};

/// Fetches one page at a time on a reactor of its own, with one user's cookies.
class Fetcher {
 public:
  Fetcher(os::Reactor& reactor, const Endpoint& target, std::string host, Ns deadline)
      : reactor_(reactor), connection_(reactor, target), host_(std::move(host)), deadline_(deadline) {}

  bool time_left() const { return reactor_.now() < deadline_; }

  /// Follows redirects of the same origin.
  Page get(std::string target) {
    for (int i = 0;; ++i) {
      Page page = get_once(target);
      const std::string* location = wire::find_header(page.answer.headers(), "location");
      const bool redirect = page.whole && page.answer.status() >= 300 && page.answer.status() < 400;
      if (!redirect || location == nullptr || i == kRedirects) return page;
      const std::optional<std::string> next = resolve(target, *location, host_);
      if (!next || is_dangerous(*next)) return page;
      target = *next;
    }
  }

 private:
  Page get_once(const std::string& target) {
    Page page{target, {}};
    bool ended = false;
    http::ClientEvents events;
    events.on_head = [&](const wire::HttpHead& head, Ns at) { page.answer.on_head(head, at); };
    events.on_body = [&](std::string_view bytes, Ns at) { page.answer.on_body(bytes, at); };
    events.on_end = [&](Ns) { ended = page.whole = true; };
    events.on_failure = [&](http::Failure, const std::string&, Ns) { ended = true; };
    wire::HttpHeaders headers{{"Host", host_}, {"Accept", "*/*"}, {"User-Agent", "proofload"}};
    const std::string cookies = jar_.header(target);
    if (!cookies.empty()) headers.push_back({"Cookie", cookies});
    connection_.send({"GET", target, headers, {}}, std::move(events));
    const Ns until = std::min(deadline_, reactor_.now() + kAnswerTime);
    while (!ended && reactor_.now() < until) reactor_.run_once(until - reactor_.now());
    if (!ended) connection_.cancel();
    for (const wire::HttpHeader& header : page.answer.headers()) {
      if (wire::equal_ignoring_case(header.name, "set-cookie")) jar_.set(header.value, target);
    }
    return page;
  }

  os::Reactor& reactor_;
  http::ClientConnection connection_;
  std::string host_;
  Ns deadline_;
  CookieJar jar_;
};

/// Short, and with a word that health endpoints use: what merely answers at such a path may be anything, a shop with a
/// thing of that name, for instance; so only a very short answer may repeat the path's own word.
bool says_healthy(std::string_view path, const Answer& answer) {
  static constexpr std::array<std::string_view, 14> kWords = {"ok",    "up",     "healthy", "alive",  "live",
                                                              "ready", "pass",   "good",    "uptime", "status",
                                                              "true",  "online", "pong",    "running"};
  if (trim(answer.body()).empty()) return true;
  if (answer.bytes() > kHealthBytes) return false;
  bool found = false;
  for_each_word(answer.body(), [&](const std::string& word) {
    const bool own = answer.bytes() <= kShortHealthBytes || !path.contains(word);
    found = found || (own && std::ranges::find(kWords, word) != kWords.end());
  });
  return found;
}

/// What is still to be fetched: links of pages first, then paths that stand in scripts.
struct Waiting {
  std::string target;
  bool guessed = false;  ///< From a script: counts only when it answers JSON.
  bool script = false;   ///< Fetched to look for paths, and as the one asset.
};

class Crawler {
 public:
  Crawler(Fetcher& fetcher, std::string host) : fetcher_(fetcher), host_(std::move(host)) {}

  std::vector<conf::Journey> crawl() {
    unknown_ = fetcher_.get(std::string(kNoSuchPage));
    for (const std::string_view path : kFirstPaths) {
      if (journeys_.empty() && fetcher_.time_left()) visit({std::string(path), path != "/", false});
    }
    for (std::size_t visits = 0; visits < limits::kCrawlPages && !waiting_.empty() && fetcher_.time_left(); ++visits) {
      const Waiting next = waiting_.front();
      waiting_.pop_front();
      if (journeys_.size() < limits::kCrawlJourneys || next.script) visit(next);
    }
    add_asset();
    probe_health();
    return std::move(journeys_);
  }
  int front_status() const { return front_status_; }

 private:
  void add(std::string name, const std::string& target) {
    std::string literal;  // a `${` of the site's own is no variable
    for (std::size_t i = 0; i < target.size(); ++i) {
      if (target.substr(i, 2) == "${") literal += '$';
      literal += target[i];
    }
    journeys_.push_back({std::move(name), 1, {{"GET", std::move(literal)}}});
  }

  /// The first asset that is there.
  void add_asset() {
    if (journeys_.size() >= limits::kCrawlJourneys) return;
    for (const std::string& asset : assets_) {
      const Page page = fetcher_.get(asset);
      if (page.good() && !is_catch_all(page)) return add("assets", page.target);
    }
  }

  void take_asset(const std::string& target) {
    if (!target.empty() && assets_.size() < kAssets) assets_.push_back(target);
  }

  /// The page that any unknown path gives, as single-page applications do.
  bool is_catch_all(const Page& page) const {
    return unknown_.good() && page.answer.media() == unknown_.answer.media() &&
           page.answer.body() == unknown_.answer.body();
  }

  void visit(const Waiting& waiting) {
    const Page page = fetcher_.get(waiting.target);
    if (waiting.target == "/") front_status_ = page.answer.status();
    if (!page.good()) return;
    const std::string& media = page.answer.media();
    if (waiting.script) {
      take_asset(page.target);
      for (const std::string& path : script_paths(page.answer.body())) queue(page.target, path, {.guessed = true});
      return;
    }
    const bool page_of_words = media.contains("html") || media.contains("text/");
    if (waiting.guessed && (is_catch_all(page) || !(is_json(media) || waiting.target == "/index.html"))) return;
    const bool fresh = templates_.insert(template_of(page.target)).second;
    if (fresh && journeys_.size() < limits::kCrawlJourneys) {
      add(page.target == "/" ? "front page" : template_of(page.target), page.target);
    }
    if (page_of_words) follow_html(page);
    if (is_json(media)) follow_json(page);
  }

  void follow_html(const Page& page) {
    const std::vector<Link> links = html_links(page.answer.body());
    const auto declared = std::ranges::find(links, Link::Kind::base, &Link::kind);
    const std::string base =
        declared == links.end() ? page.target : resolve(page.target, declared->url, host_).value_or(page.target);
    for (const Link& link : links) {
      if (link.kind == Link::Kind::base) continue;
      if (link.kind == Link::Kind::asset) {
        take_asset(resolve(base, link.url, host_).value_or(""));
      } else {
        queue(base, link.url, {.script = link.kind == Link::Kind::script});
      }
    }
    for (const std::string& path : script_paths(page.answer.body())) queue(page.target, path, {.guessed = true});
  }

  void follow_json(const Page& page) {
    const Result<Json> document = Json::parse(page.answer.body());
    if (!document) return;
    for (const std::string& url : json_links(*document)) queue(page.target, url, {.guessed = true});
  }

  void queue(const std::string& base, const std::string& url, Waiting waiting) {
    const std::optional<std::string> target = resolve(base, url, host_);
    if (!target || is_dangerous(*target) || templates_.contains(template_of(*target))) return;
    if (waiting_.size() >= limits::kCrawlLinks || !queued_.insert(template_of(*target)).second) return;
    waiting.target = *target;
    waiting_.push_back(waiting);
  }

  void probe_health() {
    std::size_t found = 0;
    for (const std::string_view path : kHealthPaths) {
      if (found >= kHealthJourneys || !fetcher_.time_left()) return;
      if (templates_.contains(std::string(path))) continue;
      const Page page = fetcher_.get(std::string(path));
      if (!page.good() || page.target != path || is_catch_all(page) || !says_healthy(path, page.answer)) continue;
      add(std::string(path), std::string(path));
      ++found;
    }
  }

  Fetcher& fetcher_;
  std::string host_;
  Page unknown_;
  int front_status_ = 0;
  std::vector<conf::Journey> journeys_;
  std::set<std::string> templates_;  ///< Of the pages that were good.
  std::set<std::string> queued_;
  std::deque<Waiting> waiting_;
  std::vector<std::string> assets_;
};

}  // namespace

Result<std::vector<conf::Journey>> discover(const os::Clock& clock, const Endpoint& target,
                                            const std::string& host_header, Ns limit) {
  const std::unique_ptr<os::Reactor> reactor = PL_TRY(os::Reactor::create(clock));
  Fetcher fetcher(*reactor, target, host_header, clock.now() + limit);
  Crawler crawler(fetcher, host_header);
  std::vector<conf::Journey> journeys = crawler.crawl();
  if (!journeys.empty()) return journeys;
  const int status = crawler.front_status();
  const std::string said = status == 0 ? "does not answer" : "answers " + std::to_string(status);
  return fail(Errc::no_traffic,
              "http://" + host_header + "/ " + said +
                  " and no other page was found: write what customers do into proofload.yaml, for example "
                  "traffic: { journeys: [ { name: list, steps: [ { get: /api/items } ] } ] }");
}

}  // namespace pl::load
