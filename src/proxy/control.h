#pragma once
#include <memory>
#include <string>
#include <vector>

#include "http/server.h"
#include "proxy/proxies.h"

namespace pl::proxy {

/// The version that `GET /version` tells: clients choose by it how they speak to Toxiproxy.
inline constexpr std::string_view kToxiproxyVersion = "2.12.0";

/// Toxiproxy's HTTP API over the proxies: its paths, statuses, texts and bytes; and a few paths of our own. Requests
/// that a web page can have made are refused. One thread, the reactor's.
class Control {
 public:
  Control(ProxyWorld& world, Proxies& proxies) : world_(world), proxies_(proxies) {}

  /// Answers one request, at once or when names in it have been looked up.
  void serve(const http::ServerRequest& request, http::Responder responder);

  /// Looks up what hosts of `listen` the body, and proxies that do not listen yet, name.
  void look_up(const Json& body, std::function<void(const Names& names)> done);

 private:
  /// A request with its path taken apart and its body read.
  struct Call {
    std::string method;
    std::vector<std::string> path;
    Json body;
    std::unique_ptr<ApiError> bad_body;  ///< The body is no JSON.
    Names names;
  };
  struct Answer {
    int status = 200;
    std::string type = "application/json";
    std::string body{};
  };
  using Handler = Answer (Control::*)(const Call& call);
  struct Route;

  static const Route* find_route(const Call& call, bool& path_known);
  Answer list(const Call& call);
  Answer create(const Call& call);
  Answer show(const Call& call);
  Answer update(const Call& call);
  Answer remove(const Call& call);
  Answer connections(const Call& call);
  Answer list_toxics(const Call& call);
  Answer add_toxic(const Call& call);
  Answer show_toxic(const Call& call);
  Answer update_toxic(const Call& call);
  Answer remove_toxic(const Call& call);
  Answer effect(const Call& call);
  Answer populate(const Call& call);
  Answer reset(const Call& call);
  Answer version(const Call& call);
  Answer metrics(const Call& call);
  Answer authority(const Call& call);
  void send(const http::Responder& responder, Answer answer);

  ProxyWorld& world_;
  Proxies& proxies_;
  std::uint64_t requests_ = 0;
};

}  // namespace pl::proxy
