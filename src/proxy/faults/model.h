#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/faults/http.h"
#include "proxy/messages/event_stream.h"

/// Faults of a model provider: makers, parameters, and what they have in common. Each lives in a file model_*.cc. The
/// providers' APIs are OpenAI's (chat completions, responses, embeddings) and Anthropic's (messages), plain and
/// streaming, below any base path.
namespace pl::proxy::faults {

/// How the path of a request ends: /chat/completions, /responses, /embeddings, /messages (Anthropic's).
enum class ModelRoute : std::uint8_t { chat, responses, embeddings, messages };

/// What a request to a model provider asks for.
struct ModelRequest {
  ModelRoute route = ModelRoute::chat;
  std::string model;       ///< As the request names it; may be empty.
  bool stream = false;     ///< The answer is an event stream.
  bool usage = false;      ///< Of a chat stream: its last chunk tells the usage.
  std::string tool{};      ///< Name of the first tool that it offers; empty: none.
  std::size_t inputs = 1;  ///< Texts to embed.
  std::size_t tokens = 1;  ///< Of the request, estimated; for the usage of an own answer.
};

/// Reads a request; nothing: it is no POST of a JSON object to one of the routes.
std::optional<ModelRequest> read_model_request(const HttpRequest& request);

/// Which requests a fault can be about.
enum class ModelScope : std::uint8_t {
  any,
  texts,    ///< Not embeddings.
  streams,  ///< Those whose answer is an event stream.
};

inline constexpr std::array<ParameterRow, 2> kModelMatchParameters{{
    text_parameter("model", "", "Of the requests that are meant, * for anything; empty: any."),
    choice_parameter("route", "", "chat, responses, embeddings, messages",
                     "Of the requests that are meant: chat, responses, embeddings or messages; empty: any."),
}};

/// Which requests a fault is about; those that are none of the routes never match.
class ModelMatch {
 public:
  explicit ModelMatch(const Values& values) : model_(values.text("model")), route_(values.text("route")) {}
  /// Whether a request is to one of the routes.
  static bool may_match(const wire::HttpHead& head);

 protected:
  bool matches(const HttpRequest& request, ModelScope scope) const;

 private:
  std::string model_, route_;
};

template <ModelScope kScope>
class ScopedModelMatch : public ModelMatch {
 public:
  using ModelMatch::ModelMatch;
  bool matches(const HttpRequest& request) const { return ModelMatch::matches(request, kScope); }
};

template <class Setting, ModelScope kScope = ModelScope::any>
using ModelFault = HttpFault<Setting, ScopedModelMatch<kScope>, true>;

Result<std::unique_ptr<Fault>> make_model_error(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_model_slow_start(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_model_slow_tokens(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_model_stall(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_model_cut(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_model_no_end(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_model_malformed(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_model_empty(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_model_refusal(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_model_length(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_model_schema(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_model_tool_call(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_model_usage(const Values& values, FaultContext context);
Result<std::unique_ptr<Fault>> make_model_endless(const Values& values, FaultContext context);

/// Parameters of a fault, with those that every fault of a model provider has.
template <std::size_t kSize>
constexpr auto model_parameters(const std::array<ParameterRow, kSize>& own) {
  return joined(own, kModelMatchParameters, kSelectionParameters);
}

inline constexpr double kMostEvents = 1e9;
inline constexpr double kMostOwnEvents = 10'000;

inline constexpr auto kModelMatchOnlyParameters = joined(kModelMatchParameters, kSelectionParameters);
inline constexpr auto kModelErrorParameters = model_parameters(std::array<ParameterRow, 2>{{
    choice_parameter("kind", "rate_limited",
                     "rate_limited, overloaded, server_error, unavailable, context_length, unauthorized, quota",
                     "rate_limited (429), overloaded (503; Anthropic 529), server_error (500), unavailable (503), "
                     "context_length (400), unauthorized (401) or quota (429; Anthropic 400)."),
    {"retry_after", "s", "Value of Retry-After of rate_limited.", 0, 1e6, 1, true},
}});
inline constexpr auto kModelSlowStartParameters = model_parameters(std::array<ParameterRow, 2>{{
    {"ms", "ms", "Before the first byte of the body.", 0, kHourMs, 1000},
    {"head", "", "1: the head waits too; 0: it comes at once.", 0, 1, 0, true},
}});
inline constexpr auto kModelSlowTokensParameters = model_parameters(std::array<ParameterRow, 1>{{
    {"ms", "ms", "Before each event but the first.", 0, kHourMs, 100},
}});
inline constexpr auto kModelStallParameters = model_parameters(std::array<ParameterRow, 2>{{
    {"events", "", "That come before nothing more does.", 0, kMostEvents, 3, true},
    {"keep_alive", "ms", "Between comments that are still sent (Anthropic: pings); 0: none.", 0, kHourMs, 0, true},
}});
inline constexpr auto kModelCutParameters = model_parameters(std::array<ParameterRow, 1>{{
    {"events", "", "That come before the connection ends.", 0, kMostEvents, 3, true},
}});
inline constexpr auto kModelMalformedParameters = model_parameters(std::array<ParameterRow, 1>{{
    {"event", "", "Of a stream, the one that is no JSON, counted from 1.", 1, kMostEvents, 2, true},
}});
inline constexpr auto kModelRefusalParameters = model_parameters(std::array<ParameterRow, 1>{{
    text_parameter("text", "I'm sorry, but I can't help with that.", "Of the refusal; Anthropic's has none."),
}});
inline constexpr auto kModelLengthParameters = model_parameters(std::array<ParameterRow, 1>{{
    {"events", "", "Pieces of text that come before the limit.", 0, kMostOwnEvents, 5, true},
}});
inline constexpr auto kModelToolCallParameters = model_parameters(std::array<ParameterRow, 1>{{
    choice_parameter(
        "kind", "unknown", "unknown, malformed",
        "unknown: of a tool that was never offered; malformed: of an offered one, if any, with arguments that are "
        "no JSON."),
}});
inline constexpr auto kModelUsageParameters = model_parameters(std::array<ParameterRow, 1>{{
    {"factor", "x", "The numbers of the usage are multiplied by it.", -1e9, 1e9, 1000},
}});
inline constexpr auto kModelEndlessParameters = model_parameters(std::array<ParameterRow, 2>{{
    {"pause", "ms", "Between two repetitions.", 1, kHourMs, 20, true},
    {"most", "", "Repetitions until the answer goes on to its end.", 1, kMostEvents, 100'000, true},
}});

}  // namespace pl::proxy::faults
