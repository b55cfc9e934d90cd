#include "load/discover.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>
#include <set>

#include "load/peer_for_test.h"
#include "os/file.h"

using namespace pl;
using load::test::NodeServer;
using load::test::Peer;

namespace {

std::set<std::string> paths_of(const std::vector<conf::Journey>& journeys) {
  std::set<std::string> paths;
  for (const conf::Journey& journey : journeys) paths.insert(journey.steps.at(0).path);
  return paths;
}

std::set<std::string> crawled(const NodeServer& server) {
  const os::RealClock clock;
  return paths_of(load::discover(clock, server.endpoint(), server.host()).value());
}

/// A port that was free a moment ago.
std::uint16_t free_port() {
  const os::Fd listener = os::listen_tcp(os::parse_endpoint("127.0.0.1", 0).value()).value();
  return os::local_endpoint(listener.get()).value().port;
}

}  // namespace

TEST_CASE("a site with pages, identifiers, a search form and a log-out link") {
  const NodeServer server(R"(
    const html=x=>{res.setHeader('content-type','text/html');res.end('<html><body>'+x+'</body></html>')};
    state.out ??= 0;
    if(req.url=='/'){res.writeHead(302,{location:'/home'});return res.end()}
    if(req.url=='/home') return html('<a href="/items/1">one</a><a href="/items/2">two</a><a href="/logout">bye</a>'+
      '<a href="http://elsewhere.example/">away</a><a href="/broken">b</a><form action="/search"><input name=q></form>'+
      '<script src="/app.js"></script><img src="/logo.png">');
    if(/^\/items\/\d+$/.test(req.url)) return html('item <a href="/items/3">three</a>');
    if(req.url.startsWith('/search?q=')) return html('found');
    if(req.url=='/app.js'){res.setHeader('content-type','text/javascript');
      return res.end('fetch("/api/list").then(x=>x);fetch("/api/login",{method:"POST"})')}
    if(req.url=='/api/list'){res.setHeader('content-type','application/json');return res.end('{"items":[1]}')}
    if(req.url=='/healthz') return res.end('ok');
    if(req.url=='/logout') throw new Error('the crawler must not log out');
    res.statusCode=req.url=='/broken'?500:404; res.end('no'))");
  CHECK(crawled(server) ==
        std::set<std::string>{"/home", "/items/1", "/search?q=a", "/api/list", "/app.js", "/healthz"});
}

TEST_CASE("links are read from the declared base, and an asset that is not there is no journey") {
  const NodeServer server(R"(
    res.setHeader('content-type','text/html');
    if(req.url=='/') return res.end('<base href="/app/"><link rel=stylesheet href="gone.css"><img src="logo.png">'+
      '<a href="list">l</a>');
    if(req.url=='/app/list') return res.end('list');
    if(req.url=='/app/logo.png') return res.end('png');
    res.statusCode=403; res.end('no'))");
  CHECK(crawled(server) == std::set<std::string>{"/", "/app/list", "/app/logo.png"});
}

TEST_CASE("a JSON interface that names its own addresses") {
  const NodeServer server(R"(
    res.setHeader('content-type','application/json');
    if(req.url=='/') return res.end(JSON.stringify({users:'http://'+req.headers.host+'/users', things:'/things'}));
    if(req.url=='/users') return res.end('[{"id":1,"href":"/users/1"}]');
    if(req.url=='/users/1'||req.url=='/things') return res.end('{}');
    res.statusCode=404; res.end('{}'))");
  CHECK(crawled(server) == std::set<std::string>{"/", "/users", "/things", "/users/1"});
}

TEST_CASE("a single-page application answers every path: no health paths are made of that") {
  const NodeServer server("res.setHeader('content-type','text/html');res.end('<div id=app></div>')");
  CHECK(crawled(server) == std::set<std::string>{"/"});
}

TEST_CASE("only a health path answers") {
  const NodeServer server(
      "res.statusCode=/health|ready/.test(req.url)?200:401;"
      "res.end(req.url=='/api/health'?'{\"status\":\"up\"}':req.url+' is a thing of our shop, and this is its long "
      "description, for all who want one')");
  CHECK(crawled(server) == std::set<std::string>{"/api/health"});
}

TEST_CASE("nothing answers with success: the error says what to write") {
  const NodeServer server("res.statusCode=401;res.end('x')");
  const os::RealClock clock;
  const auto found = load::discover(clock, server.endpoint(), server.host());
  REQUIRE(!found);
  CHECK(found.error().code == Errc::no_traffic);
  CHECK(found.error().detail.contains("answers 401"));
  CHECK(found.error().detail.contains("traffic:"));
  CHECK(!found.error().detail.contains("\n"));
}

TEST_CASE("a server that never answers is given up within the limit") {
  const NodeServer server("");
  const os::RealClock clock;
  const Ns from = clock.now();
  CHECK(!load::discover(clock, server.endpoint(), server.host(), kSec));
  CHECK(clock.now() - from < 3 * kSec);
}

TEST_CASE("a site served by nginx") {
  if (access("/usr/sbin/nginx", X_OK) != 0) return;
  const auto folder = os::TempFolder::create();
  REQUIRE(folder);
  const std::string root = folder->path();
  const std::uint16_t port = free_port();
  const auto write = [&](const char* name, const std::string& text) { std::ofstream(root + "/" + name) << text; };
  write("index.html", "<h1>Shop</h1><a href=about.html>about</a><link rel=stylesheet href=style.css>");
  write("about.html", "<p>about <a href='./'>home</a> <a href=missing.html>gone</a></p>");
  write("style.css", "p{}");
  write("nginx.conf", "daemon off; worker_processes 1; pid " + root + "/pid; error_log " + root +
                          "/error.log; events{} http { types { text/html html; text/css css; } access_log off; " +
                          "client_body_temp_path " + root + "/b; proxy_temp_path " + root + "/p; fastcgi_temp_path " +
                          root + "/f; uwsgi_temp_path " + root + "/u; scgi_temp_path " + root +
                          "/s; server { listen 127.0.0.1:" + std::to_string(port) + "; root " + root + "; } }");
  chmod(root.c_str(), 0755);
  {
    const Peer nginx({"/usr/sbin/nginx", "-c", root + "/nginx.conf", "-e", root + "/error.log"});
    const os::RealClock clock;
    const Endpoint endpoint = os::parse_endpoint("127.0.0.1", port).value();
    std::set<std::string> paths;
    CHECK(load::test::wait_for([&] {
      const auto found = load::discover(clock, endpoint, "127.0.0.1:" + std::to_string(port), kSec);
      if (found) paths = paths_of(*found);
      return found.has_value();
    }));
    CHECK(paths == std::set<std::string>{"/", "/about.html", "/style.css"});
    kill(nginx.pid(), SIGTERM);
    load::test::wait_for([&] { return access((root + "/pid").c_str(), F_OK) != 0; }, 2 * kSec);
  }
}
