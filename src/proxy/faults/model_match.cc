#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "proxy/faults/model.h"

namespace pl::proxy::faults {
namespace {

constexpr std::size_t kBytesPerToken = 4;  ///< Of English text, about.

struct RouteRow {
  std::string_view name;
  std::string_view path_end;
  ModelRoute route;
};
constexpr RouteRow kRoutes[] = {
    {"chat", "/chat/completions", ModelRoute::chat},
    {"responses", "/responses", ModelRoute::responses},
    {"embeddings", "/embeddings", ModelRoute::embeddings},
    {"messages", "/messages", ModelRoute::messages},
};

const RouteRow* find_route(const wire::HttpHead& head) {
  if (head.method != "POST") return nullptr;
  const std::string_view path = std::string_view(head.target).substr(0, head.target.find('?'));
  const auto* found = std::ranges::find_if(kRoutes, [&](const RouteRow& row) { return path.ends_with(row.path_end); });
  return found == std::end(kRoutes) ? nullptr : found;
}

/// Whether a body is that of a provider's request: other APIs have paths that end so too. OpenAI itself adds a message
/// to a thread at /threads/ID/messages.
bool is_asked(ModelRoute route, const Json& body) {
  switch (route) {
    case ModelRoute::chat:
      return true;  // nobody else has that path
    case ModelRoute::responses:
      return body["model"].is_string() || body["prompt"].is_object() || !body["input"].is_null();
    case ModelRoute::embeddings:
      return body["model"].is_string() || !body["input"].is_null();
    case ModelRoute::messages:
      return body["messages"].is_array() && (body["model"].is_string() || body["max_tokens"].is_number());
  }
  return false;
}

/// The body's, or that of Azure's path: /openai/deployments/NAME/chat/completions.
std::string model_of(const wire::HttpHead& head, const Json& body) {
  constexpr std::string_view kDeployments = "/deployments/";
  const std::string_view target = head.target;
  const std::size_t at = target.find(kDeployments);
  if (body["model"].is_string() || at == target.npos) return body["model"].as_string();
  const std::string_view name = target.substr(at + kDeployments.size());
  return std::string(name.substr(0, name.find('/')));
}

/// Texts of `input`: one text, one list of token numbers, or several of either.
std::size_t inputs_of(const Json& input) {
  const bool several = input.is_array() && !input.at(0).is_number();
  return several ? std::min(input.size(), limits::kModelInputs) : 1;
}

/// Name of the first function among the tools; those that the provider runs itself, or that take free text, are of
/// another type.
std::string function_of(const Json& tools, ModelRoute route) {
  for (std::size_t i = 0; i < tools.size(); ++i) {
    const Json& tool = tools.at(i);
    const std::string type = tool["type"].as_string();
    const bool function = type.empty() || type == (route == ModelRoute::messages ? "custom" : "function");
    if (function) return (route == ModelRoute::chat ? tool["function"] : tool)["name"].as_string();
  }
  return {};
}

}  // namespace

std::optional<ModelRequest> read_model_request(const HttpRequest& request) {
  const RouteRow* row = find_route(request.head);
  if (!row) return std::nullopt;
  const auto body = Json::parse(request.body);
  if (!body || !body->is_object() || !is_asked(row->route, *body)) return std::nullopt;
  return ModelRequest{
      .route = row->route,
      .model = model_of(request.head, *body),
      .stream = row->route != ModelRoute::embeddings && (*body)["stream"].as_bool(),
      .usage = (*body)["stream_options"]["include_usage"].as_bool(),
      .tool = function_of((*body)["tools"], row->route),
      .inputs = inputs_of((*body)["input"]),
      .tokens = request.body.size() / kBytesPerToken + 1,
  };
}

bool ModelMatch::may_match(const wire::HttpHead& head) { return find_route(head) != nullptr; }

bool ModelMatch::matches(const HttpRequest& request, ModelScope scope) const {
  const RouteRow* row = find_route(request.head);
  if (!row || (!route_.empty() && route_ != row->name)) return false;
  if (scope != ModelScope::any && row->route == ModelRoute::embeddings) return false;
  const auto asked = read_model_request(request);
  if (!asked || (scope == ModelScope::streams && !asked->stream)) return false;
  return model_.empty() || matches_pattern(asked->model, model_);
}

}  // namespace pl::proxy::faults
