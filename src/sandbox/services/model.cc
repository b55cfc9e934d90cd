#include "sandbox/services/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdio>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/limits.h"
#include "base/rng.h"
#include "base/sha256.h"
#include "os/clock.h"
#include "os/net.h"
#include "sandbox/services/model_chat.h"
#include "sandbox/services/model_responses.h"
#include "sandbox/services/model_text.h"
#include "wire/sse.h"

namespace pl::sandbox {
namespace {

using http::Responder;
using http::ServerRequest;

/// Everything a route needs; shared by the pauses that outlive the request.
struct Desk {
  os::Reactor& reactor;
  ModelServerOptions options;
  std::vector<std::string> models;
};
using DeskPtr = std::shared_ptr<const Desk>;

std::vector<std::string> split(std::string_view names) {
  std::vector<std::string> out;
  while (!names.empty()) {
    const auto comma = names.find(',');
    if (comma != 0) out.emplace_back(names.substr(0, comma));
    names = comma == std::string_view::npos ? std::string_view() : names.substr(comma + 1);
  }
  return out;
}

void answer_json(const Responder& responder, int status, const Json& body) {
  responder.send(status, {{"Content-Type", "application/json"}, {"openai-version", "2020-10-01"}}, body.dump());
}

void refuse(const Responder& responder, const ModelRefusal& refusal) {
  answer_json(responder, refusal.status, error_body(refusal));
}

/// Varies a pause by up to the configured share.
Ns jittered(Ns pause, double share, Rng& rng) {
  const double factor = 1 + std::clamp(share, 0.0, 1.0) * (2 * rng.uniform() - 1);
  return static_cast<Ns>(static_cast<double>(pause) * factor);
}

Ns token_pause(const ModelServerOptions& options) {
  if (options.tokens_per_second <= 0) return 0;
  return static_cast<Ns>(1e9 / options.tokens_per_second);
}

/// Answers as a whole after the time the tokens would have taken.
void answer_later(const DeskPtr& desk, const Responder& responder, std::int64_t tokens, std::uint64_t seed, Json body) {
  Rng rng(seed);
  const Ns pause = desk->options.first_token + tokens * token_pause(desk->options);
  desk->reactor.after(jittered(pause, desk->options.jitter, rng),
                      [responder, body = std::move(body)] { answer_json(responder, 200, body); });
}

/// Sends events one by one at the token rate; ends by itself when the client goes away.
class Streamer : public std::enable_shared_from_this<Streamer> {
 public:
  Streamer(DeskPtr desk, Responder responder, std::vector<std::string> events, std::uint64_t seed)
      : desk_(std::move(desk)), responder_(std::move(responder)), events_(std::move(events)), rng_(seed) {}

  void start() {
    responder_.begin(200, {{"Content-Type", "text/event-stream; charset=utf-8"}, {"Cache-Control", "no-cache"}});
    due_ = desk_->reactor.now() + jittered(desk_->options.first_token, desk_->options.jitter, rng_);
    wait();
  }

 private:
  void wait() {
    desk_->reactor.at(due_, [self = shared_from_this()] { self->send_due(); });
  }

  /// All events whose time has come: a late timer does not slow the stream down.
  void send_due() {
    const Ns now = desk_->reactor.now();
    while (next_ < events_.size() && due_ <= now && responder_.open()) {
      responder_.write(events_[next_++]);
      due_ += jittered(token_pause(desk_->options), desk_->options.jitter, rng_);
    }
    if (!responder_.open()) return;
    if (next_ == events_.size()) return responder_.end();
    wait();
  }

  DeskPtr desk_;
  Responder responder_;
  std::vector<std::string> events_;
  Rng rng_;
  std::size_t next_ = 0;
  Ns due_ = 0;
};

void stream(const DeskPtr& desk, const Responder& responder, std::vector<std::string> events, std::uint64_t seed) {
  std::make_shared<Streamer>(desk, responder, std::move(events), seed)->start();
}

void chat(const DeskPtr& desk, const Json& request, const Responder& responder) {
  const auto answer = answer_chat(request, desk->options.seed);
  if (!answer) return refuse(responder, answer.error());
  const std::uint64_t seed = request_seed(request, desk->options.seed);
  if (!request["stream"].as_bool())
    return answer_later(desk, responder, answer->completion_tokens(), seed, chat_completion(*answer));
  std::vector<std::string> events;
  for (const Json& chunk : chat_chunks(*answer, request["stream_options"]["include_usage"].as_bool()))
    events.push_back(wire::encode_sse(chunk.dump()));
  // [DONE] comes with the last event, not a pause later.
  events.back() += wire::encode_sse("[DONE]");
  stream(desk, responder, std::move(events), seed);
}

void responses(const DeskPtr& desk, const Json& request, const Responder& responder) {
  const auto answer = answer_response(request, desk->options.seed);
  if (!answer) return refuse(responder, answer.error());
  const std::uint64_t seed = request_seed(request, desk->options.seed);
  if (!request["stream"].as_bool())
    return answer_later(desk, responder, answer->completion_tokens(), seed, response_object(*answer));
  std::vector<std::string> events;
  for (const Json& event : response_events(*answer))
    events.push_back(wire::encode_sse(event.dump(), event["type"].as_string()));
  stream(desk, responder, std::move(events), seed);
}

/// float32, little-endian, as the API sends vectors in base64.
std::string vector_base64(const std::vector<float>& vector) {
  std::string bytes;
  for (const float value : vector) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(bits >> shift & 0xFF);
  }
  return base64_encode(bytes);
}

/// The texts of `input`: a string, several, or token numbers, which stand for themselves.
std::vector<std::string> embedding_inputs(const Json& input) {
  if (input.is_string()) return {input.as_string()};
  std::vector<std::string> out;
  for (const Json& each : input.items()) out.push_back(each.is_string() ? each.as_string() : each.dump());
  if (!out.empty() && input.at(0).is_number()) return {input.dump()};
  return out;
}

void embeddings(const DeskPtr& desk, const Json& request, const Responder& responder) {
  const std::string& model = request["model"].as_string();
  if (model.empty()) return refuse(responder, {400, "you must provide a model parameter", "", ""});
  const std::vector<std::string> inputs = embedding_inputs(request["input"]);
  if (inputs.empty() || inputs.size() > limits::kModelInputs)
    return refuse(responder, {400, fmt::format("'input' must hold 1 to {} texts.", limits::kModelInputs), "input", ""});
  const std::int64_t usual = model.find("large") == std::string::npos ? 1536 : 3072;
  const auto dimensions = std::clamp<std::int64_t>(request["dimensions"].as_int(usual), 1, 4096);
  const bool as_base64 = request["encoding_format"].as_string() == "base64";
  Json data = Json::array();
  std::int64_t tokens = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto vector = text_embedding(inputs[i], static_cast<std::size_t>(dimensions), desk->options.seed);
    Json numbers = Json::array();
    for (const float value : vector)
      if (!as_base64) numbers.push(static_cast<double>(value));
    tokens += estimated_tokens(inputs[i]);
    data.push(Json::object()
                  .set("object", "embedding")
                  .set("index", i)
                  .set("embedding", as_base64 ? Json(vector_base64(vector)) : std::move(numbers)));
  }
  Json body = Json::object().set("object", "list").set("data", std::move(data)).set("model", model);
  body.set("usage", Json::object().set("prompt_tokens", tokens).set("total_tokens", tokens));
  answer_later(desk, responder, 0, request_seed(request, desk->options.seed), std::move(body));
}

Json model_json(std::string_view id) {
  return Json::object().set("id", id).set("object", "model").set("created", kModelCreated).set("owned_by", "proofload");
}

void list_models(const DeskPtr& desk, const Responder& responder) {
  Json data = Json::array();
  for (const std::string& id : desk->models) data.push(model_json(id));
  answer_json(responder, 200, Json::object().set("object", "list").set("data", std::move(data)));
}

void one_model(const DeskPtr& desk, std::string_view id, const Responder& responder) {
  if (std::ranges::find(desk->models, id) != desk->models.end()) return answer_json(responder, 200, model_json(id));
  refuse(responder, {404, fmt::format("The model '{}' does not exist", id), "model", "model_not_found"});
}

/// Routes that take a JSON document.
struct PostRoute {
  std::string_view path;
  void (*answer)(const DeskPtr&, const Json&, const Responder&);
};
constexpr PostRoute kPostRoutes[] = {
    {"/chat/completions", chat}, {"/responses", responses}, {"/embeddings", embeddings}};

void route(const DeskPtr& desk, const ServerRequest& request, const Responder& responder) {
  std::string_view path = request.path;
  const std::string& method = request.head.method;
  if (path.starts_with("/v1/")) path.remove_prefix(3);
  if (method == "GET" && path == "/models") return list_models(desk, responder);
  if (method == "GET" && path.starts_with("/models/")) return one_model(desk, path.substr(8), responder);
  for (const PostRoute& row : kPostRoutes) {
    if (path != row.path) continue;
    if (method != "POST")
      return refuse(responder,
                    {405, fmt::format("Not allowed to {} on {}.", method, request.path), "", "method_not_supported"});
    const auto body = Json::parse(request.body);
    if (body) return row.answer(desk, *body, responder);
    return refuse(responder, {400, "We could not parse the JSON body of your request: " + body.error().detail, "", ""});
  }
  refuse(responder, {404, fmt::format("Invalid URL ({} {})", method, request.path), "", ""});
}

}  // namespace

Result<std::unique_ptr<ModelServer>> ModelServer::create(os::Reactor& reactor, const ModelServerOptions& options) {
  const auto desk = std::make_shared<const Desk>(
      Desk{reactor, options, split(options.models.empty() ? kUsualModels : options.models)});
  http::ServerOptions server;
  server.listen = PL_TRY(os::parse_endpoint(options.address, options.port));
  std::unique_ptr<ModelServer> out(new ModelServer());
  out->server_ = PL_TRY(http::Server::create(
      reactor, server, [desk](const ServerRequest& request, Responder responder) { route(desk, request, responder); }));
  return out;
}

int model_server_main(const ModelServerOptions& options) {
  const os::RealClock clock;
  const auto failed = [](const Error& error) {
    fmt::print(stderr, "model-server: {}\n", error.message());
    return error_row(error.code).exit_code;
  };
  const auto reactor = os::Reactor::create(clock);
  if (!reactor) return failed(reactor.error());
  const auto server = ModelServer::create(**reactor, options);
  if (!server) return failed(server.error());
  fmt::print("model-server: listening on http://{}/v1\n", os::endpoint_text((*server)->endpoint()));
  std::fflush(stdout);
  (*reactor)->run();
  return 0;
}

}  // namespace pl::sandbox
