#include "conf/schema.h"

namespace pl::conf {
namespace {

#define STEP "traffic.journeys[].steps[]"
constexpr Row kRows[] = {
    {"", Type::map, "What proofload cannot see by itself. Nothing of it is needed for a first verdict.", "", "", ""},
    {"run", Type::command, "Command that starts the application.", "", "text for /bin/sh -c, or a list",
     "node server.js"},
    {"services", Type::later, "Several commands.", "", "", ""},
    {"compose", Type::later, "A Compose file.", "", "", ""},
    {"ready", Type::url, "Answers with success once the application is ready.", "the first listener answers", "URL",
     "http://127.0.0.1:3000/"},
    {"ready_timeout", Type::duration, "How long the application may take to get ready.", "120s", "", "60s"},
    {"provide", Type::services, "Throw-away services, or auto.", "none", "auto, or a map", "{ postgres: {} }"},
    {"provide.postgres", Type::map, "A PostgreSQL of its own.", "", "", "{}"},
    {"provide.redis", Type::map, "A Redis of its own.", "", "", "{}"},
    {"provide.model", Type::map, "The built-in OpenAI-compatible model server.", "", "", "{ ttft: 200ms }"},
    {"provide.model.ttft", Type::duration, "Time to the first token.", "the model server's", "", "200ms"},
    {"provide.model.tokens_per_second", Type::number, "Tokens per second of one answer.", "the model server's",
     "above 0", "50"},
    {"provide.model.seed", Type::integer, "Same seed, same answers.", "1", "0 or above", "1"},
    {"names", Type::texts, "Host names pointed elsewhere, or addresses and the names they are drawn with.", "", "",
     "{ api.openai.com: model }"},
    {"traffic", Type::map, "What customers do.", "the front page and its links", "", ""},
    {"traffic.target", Type::target, "Where customers connect to.", "the application's first listener",
     "http://host:port", "http://127.0.0.1:3000"},
    {"traffic.rate", Type::rate, "What customers do today, all journeys together.", "not said", "per s, min or h",
     "20/s"},
    {"traffic.journeys", Type::list, "Named steps that customers make.", "discovered by crawling", "", ""},
    {"traffic.journeys[]", Type::map, "One journey.", "", "", ""},
    {"traffic.journeys[].name", Type::text, "Its name in the report.", "journey and its number", "", "browse"},
    {"traffic.journeys[].weight", Type::number, "How often, compared with the others.", "1", "above 0", "3"},
    {"traffic.journeys[].steps", Type::list, "Its requests, one after the other.", "", "at least one",
     "[ { get: / } ]"},
    {STEP, Type::map, "One request: one method with its path, and what belongs to it.", "", "", ""},
    {STEP ".get", Type::path, "GET this path.", "", "template", "/"},
    {STEP ".post", Type::path, "POST to this path.", "", "template", "/api/chat"},
    {STEP ".put", Type::path, "PUT to this path.", "", "template", "/notes/${id}"},
    {STEP ".patch", Type::path, "PATCH this path.", "", "template", "/notes/${id}"},
    {STEP ".delete", Type::path, "DELETE this path.", "", "template", "/notes/${id}"},
    {STEP ".head", Type::path, "HEAD of this path.", "", "template", "/"},
    {STEP ".headers", Type::headers, "Header fields.", "", "templates", "{ Authorization: \"Bearer ${token}\" }"},
    {STEP ".json", Type::document, "JSON body; its texts are templates.", "", "", "{ text: \"note ${n}\" }"},
    {STEP ".form", Type::texts, "Form body.", "", "templates", "{ q: \"note ${n}\" }"},
    {STEP ".body", Type::text, "Body as it is.", "", "template", "hello"},
    {STEP ".capture", Type::captures, "Variables for later steps, from the answer's JSON.", "", "JSON paths",
     "{ id: $.id }"},
    {STEP ".expect", Type::map, "What a good answer says.", "as steady answers are", "", ""},
    {STEP ".expect.status", Type::statuses, "Its status: one, or a list.", "", "100 to 599", "200"},
    {STEP ".expect.json", Type::json_path, "A JSON path that it has.", "", "", "$.id"},
    {STEP ".expect.contains", Type::text, "Text that its body contains.", "", "template", "note ${n}"},
    {STEP ".verify", Type::map, "How the acknowledged write is read back later.", "", "", ""},
    {STEP ".verify.get", Type::path, "GET this path.", "", "template", "/notes/${id}"},
    {STEP ".verify.headers", Type::headers, "Header fields.", "", "templates", ""},
    {STEP ".verify.contains", Type::text, "Text that the body contains.", "", "template", "note ${n}"},
    {STEP ".think", Type::duration, "Pause after the answer.", "0s", "", "1s"},
    {"slo", Type::map, "What you promise.", "", "", ""},
    {"slo.p99", Type::duration, "99 of 100 answers come within this time.", "not declared", "", "500ms"},
    {"slo.errors", Type::percent, "At most this share of the answers fails.", "not declared", "0% to 100%", "0.1%"},
    {"slo.patience", Type::duration, "How long a hanging request is waited for.", "30s", "", "30s"},
    {"egress", Type::list, "What may be reached besides loopback.", "nothing", "", "[]"},
    {"egress[]", Type::text, "host:port, an address or a network.", "", "", "10.0.0.5:5432"},
    {"policy", Type::map, "Which outcomes and findings block, by outcome or check.", "", "", ""},
    {"policy.*", Type::action, "block, warn or ignore; ignore needs a reason.", "", "", "warn"},
    {"policy.*.action", Type::word, "block, warn or ignore.", "", "", "ignore"},
    {"policy.*.reason", Type::text, "Why; it stands in the report.", "", "", "cache only"},
};
#undef STEP

}  // namespace

std::span<const Row> schema_rows() { return kRows; }

}  // namespace pl::conf
