#include "proxy/faults/all.h"
#include "proxy/faults/dns.h"
#include "proxy/faults/http.h"
#include "proxy/faults/model.h"
#include "proxy/faults/mysql.h"
#include "proxy/faults/postgres.h"
#include "proxy/faults/redis.h"
#include "proxy/faults/tls.h"

namespace pl::proxy {
namespace {

using namespace faults;

constexpr FaultRow kRows[] = {
    {"refuse", "Open connections are reset, and so is every new one.", "edge", {}, make_refuse},
    {"silent", "Connections open and stay open, and no byte passes either way.", "edge", {}, make_silent},
    {"latency", "The first byte of each answer comes later.", "edge", kLatencyParameters, make_latency},
    {"reset", "Open connections are reset, and new ones after their first data.", "edge", kResetParameters, make_reset},
    {"bandwidth", "Bytes pass at a limited rate.", "edge", kBandwidthParameters, make_bandwidth},
    {"stall", "Each answer stops in mid-stream; the connection stays open.", "edge", kAfterBytesParameters, make_stall},
    {"cut", "Each answer ends in mid-stream with the end of the connection.", "edge", kAfterBytesParameters, make_cut},
    {"throttle", "Only so many requests are let through at once; the others wait.", "edge", kThrottleParameters,
     make_throttle},
    {"http_status", "Requests are answered with a status instead of by the server.", "exchange", kHttpStatusParameters,
     make_http_status},
    {"http_delay", "Answers begin late, or come in parts with pauses between them.", "exchange", kHttpDelayParameters,
     make_http_delay},
    {"http_truncate", "The connection ends within the body of the answer.", "exchange", kHttpTruncateParameters,
     make_http_truncate},
    {"http_length", "The Content-Length of answers is wrong.", "exchange", kHttpLengthParameters, make_http_length},
    {"http_malformed", "The JSON of answers does not parse; its length stays.", "exchange", kHttpMatchOnlyParameters,
     make_http_malformed},
    {"http_close", "The connection ends behind each answer, unannounced.", "exchange", kHttpMatchOnlyParameters,
     make_http_close},
    {"http_goaway", "The end of an HTTP/2 connection is announced (GOAWAY) at a request, and comes.", "exchange",
     kHttpGoawayParameters, make_http_goaway},
    {"redis_error", "Commands are answered with an error instead of by Redis.", "exchange", kRedisErrorParameters,
     make_redis_error},
    {"redis_slow", "Commands go on late.", "exchange", kRedisSlowParameters, make_redis_slow},
    {"redis_nil", "Reading commands find nothing, as when Redis has evicted the key.", "exchange", kRedisNilParameters,
     make_redis_nil},
    {"redis_disconnect", "The connection ends at a command.", "exchange", kRedisDisconnectParameters,
     make_redis_disconnect},
    {"mysql_error", "Statements are answered with an error instead of by the server.", "exchange",
     kMySqlErrorParameters, make_mysql_error},
    {"mysql_slow", "Statements go on late.", "exchange", kMySqlSlowParameters, make_mysql_slow},
    {"mysql_refuse_new", "New connections are told that there are too many.", "exchange", kSelectionParameters,
     make_mysql_refuse_new},
    {"mysql_kill_in_transaction", "The connection ends at a statement within a transaction.", "exchange",
     kMySqlKillParameters, make_mysql_kill_in_transaction},
    {"model_error", "A model provider answers with an error, in its own shape.", "exchange", kModelErrorParameters,
     make_model_error},
    {"model_slow_start", "The first token of a model's answer comes late, or the whole of one that is not streamed.",
     "exchange", kModelSlowStartParameters, make_model_slow_start},
    {"model_slow_tokens", "The tokens of a model's stream come slowly. Streams only.", "exchange",
     kModelSlowTokensParameters, make_model_slow_tokens},
    {"model_stall", "A model's stream stops; the connection stays open. Streams only.", "exchange",
     kModelStallParameters, make_model_stall},
    {"model_cut", "The connection ends within a model's stream. Streams only.", "exchange", kModelCutParameters,
     make_model_cut},
    {"model_no_end", "A model's stream ends in order, but without its last event. Streams only.", "exchange",
     kModelMatchOnlyParameters, make_model_no_end},
    {"model_malformed", "An event of a model's stream, or an answer that is not streamed, is no JSON.", "exchange",
     kModelMalformedParameters, make_model_malformed},
    {"model_empty", "A model answers with no choices, no output, no content or no vectors.", "exchange",
     kModelMatchOnlyParameters, make_model_empty},
    {"model_refusal", "A model refuses to answer. Not of embeddings.", "exchange", kModelRefusalParameters,
     make_model_refusal},
    {"model_length", "A model's answer, a text of the fault's own, ends at the limit of tokens. Not of embeddings.",
     "exchange", kModelLengthParameters, make_model_length},
    {"model_schema", "A model's answer is JSON of another schema: an object for a list, a number for a text.",
     "exchange", kModelMatchOnlyParameters, make_model_schema},
    {"model_tool_call", "A model calls a tool in a wrong way. Not of embeddings.", "exchange", kModelToolCallParameters,
     make_model_tool_call},
    {"model_usage", "The usage that a model's answer tells is wrong; an answer that tells none stays as it is.",
     "exchange", kModelUsageParameters, make_model_usage},
    {"model_endless", "A model repeats its last token without end. Streams with text only.", "exchange",
     kModelEndlessParameters, make_model_endless},
    {"postgres_error", "Statements fail with an SQLSTATE and never reach the server.", "exchange",
     kPostgresErrorParameters, make_postgres_error},
    {"postgres_slow", "Statements reach the server late.", "exchange", kPostgresSlowParameters, make_postgres_slow},
    {"postgres_limit", "Only so many statements run at once, or begin in a second; the others wait.", "exchange",
     kPostgresLimitParameters, make_postgres_limit},
    {"postgres_refuse_new", "New connections are refused with an error; open ones live on.", "exchange",
     kPostgresRefuseNewParameters, make_postgres_refuse_new},
    {"postgres_connections", "Only so many connections live at once; further ones get error 53300.", "exchange",
     kPostgresConnectionsParameters, make_postgres_connections},
    {"postgres_kill_in_transaction", "The connection ends at the next statement within a transaction.", "exchange",
     kPostgresKillParameters, make_postgres_kill_in_transaction},
    {"postgres_failover", "All connections end, new ones are refused for a time, and writes may fail for another.",
     "exchange", kPostgresFailoverParameters, make_postgres_failover},
};

constexpr FaultRow kToxics[] = {
    {"latency", "All data comes later; none is lost or reordered.", "stream", kDelayParameters, make_delay},
    {"bandwidth", "Data passes at a limited rate.", "stream", kStreamBandwidthParameters, make_stream_bandwidth},
    {"slow_close", "The end of the stream comes later.", "stream", kSlowCloseParameters, make_slow_close},
    {"timeout", "Data is dropped, and the connection closed after a time; removing it closes.", "stream",
     kTimeoutParameters, make_timeout},
    {"reset_peer", "The connection is reset (RST).", "stream", kResetPeerParameters, make_reset_peer},
    {"slicer", "Data passes in small slices, with a pause between them.", "stream", kSlicerParameters, make_slicer},
    {"limit_data", "The connection is closed after so many bytes.", "stream", kLimitDataParameters, make_limit_data},
    {"noop", "Nothing changes.", "stream", {}, make_noop},
    {"packet_loss", "Some of what arrives is missing from the stream, which TCP itself never does.", "stream",
     kPacketLossParameters, make_packet_loss},
    {"slow_connect", "A new connection carries nothing for a time.", "edge", kSlowConnectParameters, make_slow_connect},
    {"cut_after", "The connection is closed after a time, even when busy.", "stream", kCutAfterParameters,
     make_cut_after},
    {"corrupt", "Single bits of the data are turned.", "stream", kCorruptParameters, make_corrupt},
    {"tls_certificate", "The program is shown a wrong certificate; needs `tls.listen`.", "handshake",
     kTlsCertificateParameters, make_tls_certificate},
    {"tls_stall",
     "The TLS handshake gets no answer until it is removed; needs `tls.listen`.",
     "handshake",
     {},
     make_tls_stall},
    {"tls_old", "TLS 1.0 and 1.1 alone are spoken; needs `tls.listen`.", "handshake", {}, make_tls_old},
};

constexpr FaultRow kDnsFaults[] = {
    {"dns_nxdomain", "The name does not exist (NXDOMAIN).", "dns", kDnsMatchOnlyParameters, nullptr, make_dns_nxdomain},
    {"dns_servfail", "The name server fails (SERVFAIL).", "dns", kDnsMatchOnlyParameters, nullptr, make_dns_servfail},
    {"dns_timeout", "Queries get no answer.", "dns", kDnsMatchOnlyParameters, nullptr, make_dns_timeout},
    {"dns_slow", "Queries go on late.", "dns", kDnsSlowParameters, nullptr, make_dns_slow},
    {"dns_wrong", "Names have another address. Queries of type A and AAAA only.", "dns", kDnsWrongParameters, nullptr,
     make_dns_wrong},
};

}  // namespace

std::span<const FaultRow> toxic_rows() { return kToxics; }

std::span<const FaultRow> dns_rows() { return kDnsFaults; }

std::span<const FaultRow> fault_rows() { return kRows; }

}  // namespace pl::proxy
