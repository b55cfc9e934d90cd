#include "proxy/faults/model_reply.h"

namespace pl::proxy::faults {
namespace {

/// The fields by which the providers' clients tell an answer in a report.
void add_request_id(ModelRoute route, wire::HttpHeaders& fields) {
  fields.push_back({route == ModelRoute::messages ? "request-id" : "x-request-id", "req_injected"});
}

Json embeddings_document(const ModelRequest& asked, const ModelReply& reply) {
  Json data = Json::array();
  for (std::size_t i = 0; i < asked.inputs && reply.kind != ModelReply::Kind::empty; ++i) {
    Json vector = Json::object().set("object", "embedding").set("index", i);
    data.push(vector.set("embedding", Json::array().push(0)));
  }
  Json out = Json::object().set("object", "list").set("data", std::move(data)).set("model", asked.model);
  return out.set("usage", Json::object().set("prompt_tokens", asked.tokens).set("total_tokens", asked.tokens));
}

Json document_of(const ModelRequest& asked, const ModelReply& reply) {
  switch (asked.route) {
    case ModelRoute::chat:
      return chat_document(asked, reply);
    case ModelRoute::responses:
      return responses_document(asked, reply);
    case ModelRoute::embeddings:
      return embeddings_document(asked, reply);
    case ModelRoute::messages:
      return messages_document(asked, reply);
  }
  return {};
}

std::vector<ModelEvent> events_of(const ModelRequest& asked, const ModelReply& reply) {
  if (asked.route == ModelRoute::chat) return chat_events(asked, reply);
  return asked.route == ModelRoute::responses ? responses_events(asked, reply) : messages_events(asked, reply);
}

}  // namespace

std::string ModelReply::all() const {
  std::string out;
  for (const std::string& piece : pieces) out += piece;
  return out;
}

std::string model_document(const HttpRequest& request, ModelRoute route, int status, wire::HttpHeaders fields,
                           const Json& document) {
  fields.insert(fields.begin(), {"Content-Type", "application/json"});
  add_request_id(route, fields);
  return own_answer(request, status, std::move(fields), document.dump());
}

std::string model_answer(const HttpRequest& request, const ModelRequest& asked, const ModelReply& reply,
                         ChangeModelJson change) {
  if (!asked.stream) {
    Json document = document_of(asked, reply);
    if (change) change(asked.route, document);
    return model_document(request, asked.route, 200, {}, document);
  }
  std::string body;
  for (ModelEvent& event : events_of(asked, reply)) {
    if (change) change(asked.route, event.data);
    body += wire::encode_sse(event.data.dump(), event.type.empty() ? "message" : std::string_view(event.type));
  }
  if (asked.route == ModelRoute::chat) body += wire::encode_sse("[DONE]");
  wire::HttpHeaders fields{{"Content-Type", "text/event-stream; charset=utf-8"}, {"Cache-Control", "no-cache"}};
  add_request_id(asked.route, fields);
  return own_answer(request, 200, std::move(fields), body);
}

}  // namespace pl::proxy::faults
