#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "proxy/faults/model.h"

/// Whole answers of a model, made from the request alone.
namespace pl::proxy::faults {

/// What such an answer says. Not of embeddings: only `empty`, with as few vectors.
struct ModelReply {
  enum class Kind : std::uint8_t {
    empty,    ///< No choices, no output, no content, no vectors.
    text,     ///< Finished in order.
    refusal,  ///< The pieces are its words; Anthropic sends none.
    length,   ///< Text that ends at the limit of tokens.
    call,     ///< Of a tool; the pieces are its arguments.
  };
  Kind kind = Kind::text;
  std::vector<std::string> pieces{};  ///< Each is an event of a stream.
  std::string tool{};                 ///< Its name, of a call.

  std::string all() const;
};

/// An event of a stream: its type (empty: none is written) and data.
struct ModelEvent {
  std::string type;
  Json data;
};

/// Changes a document, or the data of one event.
using ChangeModelJson = void (*)(ModelRoute route, Json& json);

/// The answer as it stands on the wire, status 200: a document, or an event stream where the request asks for one.
std::string model_answer(const HttpRequest& request, const ModelRequest& asked, const ModelReply& reply,
                         ChangeModelJson change = nullptr);
/// An answer with a document.
std::string model_document(const HttpRequest& request, ModelRoute route, int status, wire::HttpHeaders fields,
                           const Json& document);

/// POST /chat/completions (platform.openai.com/docs/api-reference/chat).
Json chat_document(const ModelRequest& asked, const ModelReply& reply);
std::vector<ModelEvent> chat_events(const ModelRequest& asked, const ModelReply& reply);
/// POST /responses (platform.openai.com/docs/api-reference/responses, .../responses-streaming).
Json responses_document(const ModelRequest& asked, const ModelReply& reply);
std::vector<ModelEvent> responses_events(const ModelRequest& asked, const ModelReply& reply);
/// POST /messages (docs.anthropic.com/en/api/messages, .../messages-streaming).
Json messages_document(const ModelRequest& asked, const ModelReply& reply);
std::vector<ModelEvent> messages_events(const ModelRequest& asked, const ModelReply& reply);

/// A fault whose answer to every request is one reply. `Setting` has `ModelReply reply(const ModelRequest&) const`.
template <class Setting>
struct ReplySetting : Setting {
  using Setting::Setting;
  HttpPlan plan(const HttpRequest& request, Rng&) const {
    const auto asked = read_model_request(request);
    return {.answer = model_answer(request, *asked, Setting::reply(*asked))};
  }
};

}  // namespace pl::proxy::faults
