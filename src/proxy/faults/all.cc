#include "proxy/faults/all.h"
#include "proxy/faults/http.h"
#include "proxy/faults/postgres.h"

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
};

}  // namespace

std::span<const FaultRow> toxic_rows() { return kToxics; }

std::span<const FaultRow> fault_rows() { return kRows; }

}  // namespace pl::proxy
