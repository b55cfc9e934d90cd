#include "proxy/fault_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "proxy/fault.h"

namespace pl::proxy {
namespace {

constexpr const char* kHead =
    R"(<!-- Made by `proofload proxy faults`, from src/proxy/faults/all.cc. A test compares the two. -->
# Faults

The relay of `proofload run` and `proofload proxy` share one way of breaking connections: each connection has a chain of
faults, in the order in which they were added, and every fault says what may pass. Adding, changing and removing a fault
acts on open connections at once; no byte is lost, doubled or reordered beyond what the fault says. A fault on messages
(HTTP, models, databases, Redis) acts from the next request, statement or command on: an answer that was under way when it
came stays as it is. One that the fault has met takes other times and counts too when those change; a length that was
promised, and the text of an answer of the fault's own, stay as they were begun. It is whole when the fault is taken out.
What is drawn by chance follows from `--seed`, the names
of proxy and toxic, and the number of the connection: the same traffic meets the same faults.

## Toxics of `proofload proxy`

Each acts on one stream of a share of the connections: `stream` is `upstream` (what the client sends) or `downstream`
(the default), `toxicity` the share, 1 for all and 0 for none. Which connections those are is drawn once: an update keeps
them. A proxy has room for 64 toxics. Those marked *both ways* act on the whole connection. KB are 1000 bytes.
A parameter is an attribute of the toxic.

)";

constexpr const char* kProxyPart = R"(## Proxies

| field | meaning |
|---|---|
| `name`, `listen`, `upstream`, `enabled` | as in Toxiproxy; port 0 picks a free one, `:port` listens on every address; `[fe80::1%eth0]:6379` is a link's |
| `upstream` with commas | several upstreams, used in turn; one that refuses, or has not answered for 3 s, is passed over |
| `toxics` | in POST /proxies, /populate and `--config`: the proxy never listens without them |
| `refuse_when_down` | the listener is closed while a connect to the upstream fails (tried four times a second) |
| `max_connections` | above it new connections are reset; 0: no bound |
| `protocol` | `tcp`, the default, or `dns`: a DNS forwarder; it cannot be changed |
| `tls` | TLS towards the client (`listen`), the upstream (`upstream`), or both; `false`: none |

The command line refuses an attribute that the type of toxic does not have, and an upstream without a port; the API takes
both, as Toxiproxy does. A name that begins with a dash stands behind `--`: `proofload proxy delete -- -dash`. Errors of a
`--config` file name its line, column, proxy and field.

POST /populate leaves a proxy that has the same `listen` and `upstream` as it is, with its connections and toxics: only
fields that the request gives are changed, and `toxics` that are empty or null are none given. Port 0 is always another
place. The API has an eighth of the files that the process may open, and 1024 connections at most; then the one that has
been idle longest is closed for a new one.

A half-closed connection lives on: after the client's FIN the reply still comes. Bytes that wait behind `latency` are
bounded by 64 MiB for each stream and 1 GiB in all; at a bound the sender is not read any more, and `/metrics` counts it
(`proofload_held_stops_total`).

Beside Toxiproxy's paths there are `GET /proxies/{proxy}/connections` (every open connection with its bytes and toxics),
`GET /proxies/{proxy}/toxics/{toxic}/effect` (what was asked of a toxic and what it did) and `GET /tls/authority`. What a
toxic on messages does not understand passes untouched: the connection is then listed as `opaque_to` it, and counted as
`opaque` in its effect. A proxy with its toxics in one request:

```sh
curl -d '{"name":"db","listen":"127.0.0.1:25432","upstream":"127.0.0.1:5432","toxics":[{"type":"latency",
  "attributes":{"latency":100}}]}' http://127.0.0.1:8474/proxies
```

## Effects

`GET /proxies/{proxy}/toxics/{toxic}/effect` tells, since the toxic was added, over all connections that it met:

| field | unit | meaning |
|---|---|---|
| `fault`, `parameters` | | the toxic's type, and all of its attributes with their defaults |
| `connections` | connections | that it met, open ones and new ones |
| `reset` | connections | that it ended with RST |
| `closed` | connections | that it ended with FIN, one way or both, before either side did |
| `requests` | runs of bytes | from the client that met it, each up to the next byte of an answer; 0 of a toxic on the downstream alone |
| `acted` | messages | that a toxic on messages answered or changed; handshakes, of one on TLS; bytes turned, of `corrupt`; chunks lost, of `packet_loss`; else 0 |
| `opaque` | connections | of which a toxic on messages understood nothing, or no longer does, a request was too long, or an answer compressed |
| `bytes_up`, `bytes_down` | bytes | that it passed on to the upstream, to the client; its own answers too |
| `bytes_lost` | bytes | that went nowhere: lost, or behind the end that it made; 0 of a toxic on messages |
| `bytes_held` | bytes | the most that waited at one time |
| `delayed` | answers, pieces | that it held for a time and let go: answers, pieces of `slicer`, portions of `bandwidth`, ends of `slow_close` |
| `asked_p50_ns` | ns | the median time that those were to be held |
| `added_p50_ns`, `added_p99_ns` | ns | that they were held |
| `late_p50_ns`, `late_p99_ns` | ns | by which that was longer |

A toxic that changes answers counts one when it comes; `http_truncate`, `http_malformed` and `http_length` count it when
they find something to change in it. A toxic on DNS queries has, of those that come by UDP, `requests` (each query), `acted`, `delayed` and the times only.

## TLS

With `tls` a proxy ends TLS, so that its toxics and counters see what flows inside:

| field of `tls` | meaning |
|---|---|
| `listen: true` | a certificate is made for localhost, 127.0.0.1, ::1 and the hosts of `upstream` |
| `listen: {certificate, key}` | PEM files: the certificate, with its chain behind it, and its key |
| `upstream: true` | the upstream must have a certificate for its host that this machine trusts |
| `upstream: {verify, ca, name}` | `verify: false` takes any; `ca`: a PEM file of whom to trust; `name`: the host that is named and verified |
| `upstream: {certificate, key}` | PEM files that are shown to an upstream that asks who connects |
| `starttls` | `postgres` or `mysql`: TLS begins inside that protocol, when both have asked for it there |

What is made is signed by an authority of this process: `GET /tls/authority` gives its certificate, and a client that
trusts it takes the proxy's. Other values of `tls` restart the proxy; the same ones, sent again, have the files read
again. The upstream is offered (ALPN) the protocol that the client got. A client that offers both h2 and http/1.1 gets the one
that the upstream chooses, where `upstream` is TLS too; else http/1.1, or the client's first where it does not offer that.
With TLS towards the upstream alone nothing is offered, and most servers speak http/1.1 then.

With `"starttls": "postgres"` a client gets what it asks for (`sslmode`), and the upstream is asked for TLS where
`upstream` is given, whatever the client wants. Passwords by SCRAM can be bound to the server's certificate, which libpq
does where it can: give the proxy the server's own certificate and key in `listen`, or have the client leave it
(`channel_binding=disable`). With `"starttls": "mysql"`, which needs `listen` and `upstream`, there is TLS on both sides
where the client asks for it, else on none.

`tls_certificate`, `tls_stall` and `tls_old` act on the handshake of connections that begin while they are in force;
`tls.listen` cannot be taken from a proxy that has one of them.
The wrong certificates are signed by that authority too (`untrusted` is not): trust it to see the one thing that is wrong.

```sh
curl -d '{"name":"web","listen":"127.0.0.1:8443","upstream":"example.com:443","tls":{"listen":true,"upstream":true}}' \
  http://127.0.0.1:8474/proxies
curl http://127.0.0.1:8474/tls/authority > authority.pem
proofload proxy toxic add -t tls_certificate -a kind=expired web
curl --cacert authority.pem https://localhost:8443/
curl -d '{"name":"db","listen":"127.0.0.1:6432","upstream":"db.example.com:5432",
  "tls":{"starttls":"postgres","listen":true,"upstream":true}}' http://127.0.0.1:8474/proxies
psql "host=localhost port=6432 sslmode=verify-full sslrootcert=authority.pem channel_binding=disable"
```
)";

constexpr const char* kHttpPart = R"(## HTTP/2

Faults on HTTP and of a model provider act on HTTP/1.1 and on HTTP/2, in clear (prior knowledge) and inside TLS that the
proxy ends, on new connections and on open ones. Over HTTP/2 they act on the streams of the requests that they mean, and
the others go on:

| where a fault says | over HTTP/2 it is |
|---|---|
| the connection ends within an answer (`http_truncate`, `model_cut`) | RST_STREAM with INTERNAL_ERROR; the connection lives on |
| the connection ends behind an answer (`http_close`) | GOAWAY behind it, and the end of the connection at once |
| an answer is sent instead of the server's | the request never reaches the server |
| a `Content-Length` that is wrong (`http_length`) | the same field; the stream ends where it ended |

`http_goaway` is about the connection: GOAWAY at a chosen request, and its end when what is served has been answered. On
HTTP/1.1 the answer to that request says `Connection: close`, and the connection ends behind it.

The upgrade from HTTP/1.1 (`h2c`), pushed streams and CONNECT pass untouched, and so does what breaks the protocol. A
fault that reads bodies (those of a model provider) sees none of a request with `application/grpc`. It holds a request to
one of the routes until that is whole; requests that come after it on the same connection wait for it, because streams
begin in the order of their numbers.

An answer of a fault's own is not the server's: faults that delay, cut or change answers do nothing to it, wherever they
stand.

A request to a model is a POST with a JSON object whose path ends in `/chat/completions`, `/responses`, `/embeddings` or
`/messages` (Anthropic's, with `messages` in it), whatever stands before: providers behind gateways, and Azure, whose path
names the model, too. Its body must not be compressed. Of 8 MiB or longer (over HTTP/1.1 with what frames it) it passes
untouched, and its connection is counted as `opaque`; images inside a request make it so long soon. Where an answer is to be
read or changed, the server is asked for one without compression: `Accept-Encoding` is taken out of that request. Comments
and `ping` events of a stream are passed on and not counted.

)";

constexpr const char* kDatabasePart = R"(## Databases

A client that asks for encryption is told that there is none while a fault on PostgreSQL or MySQL is in force, so that its
connection can be read. One that insists on it needs a proxy with `starttls` (below). A connection that is encrypted
already passes untouched.

Statements are known by their texts, of which 16 KiB are read. One that was prepared before the fault came has none: it is
meant only where nothing is said of `statement` and `table`. Several statements in one text are one: they match by any of
them, and fail as a whole. A fault that comes within a run of PostgreSQL's extended protocol, or within a COPY, acts behind
it. Names are compared without their case. EXPLAIN without ANALYZE, SHOW, FETCH and the like are of no class but `any`.

In place of a PostgreSQL statement that fails (of the extended protocol: when it is bound) the server gets one that it
refuses, and the client sees the fault's error in place of that. So the server itself undoes what PostgreSQL undoes with an
error, passes over what follows up to the Sync, and fails the transaction; in one that has failed it says 25P02 itself, and
the fault has not acted. Its log has `SELECT proofload.a_fault_made_this_statement_fail()`. A COMMIT that fails is a ROLLBACK
to the server.

`redis_nil` answers the commands that read data as Redis does of a key that is missing, whatever their other arguments. Within
MULTI all pass, and always XREAD, BITPOS, BITFIELD_RO, SORT, LCS and LPOS with options, those that look at keys from outside
(OBJECT, MEMORY, XINFO, XPENDING), and those of modules. Behind SUBSCRIBE, MONITOR and the like a connection stays untouched.

A Redis command that is typed as a line of text, as people do, is met when the server has answered one before: until then
it may be another protocol's.

)";

constexpr const char* kDnsPart = R"(## Faults on DNS queries

A proxy with `"protocol": "dns"` hands queries that come by UDP or TCP to its `upstream`, a name server given by its IP
address and port, and the answers back. These are its toxics, and it has no others. They are asked in their order about
each query; delays add up, and the first that answers, or loses the query, decides. `toxicity` is a share of the queries
that come by UDP and of the connections (TCP), and `stream` means nothing. `name` is matched without the final dot. Only
queries of the class IN are meant.

A query that cannot be read passes without any fault, and so does one on a connection that was open before; these count
as `opaque`. By UDP, towards the name server each query has an id of the proxy's own; only an
answer from there with that id and the same question goes back. A query without an answer is forgotten after 10 s, or
as the oldest of 4096. `/metrics` counts queries, answers, and the queries that a toxic acted on
(`proofload_proxy_dns_queries_total`, `..._answered_total`, `..._acted_total`).

```sh
proofload proxy create --protocol dns -l 127.0.0.1:5353 -u 192.0.2.53:53 names
dig @127.0.0.1 -p 5353 example.com
```

)";

std::string range_of(const ParameterRow& parameter) {
  return fmt::format("{} to {}", format_number(parameter.min), format_number(parameter.max));
}

/// A value that shows something: the default, or 100 where that is nothing.
double example_of(const ParameterRow& parameter) {
  const bool shows = parameter.fallback > 0 && parameter.fallback >= parameter.min;
  return shows ? parameter.fallback : std::clamp(100.0, parameter.min, parameter.max);
}

/// What stands behind `name=` in an example; empty: nothing is given.
std::string example_value(const FaultRow& row, const ParameterRow& parameter, bool toxic) {
  const bool first = &parameter == &row.parameters.front();
  const std::string_view text = parameter.text ? parameter.text : "";
  if (parameter.text) return first && text.find(' ') == text.npos ? std::string(text) : "";
  const bool shows = toxic ? first || (parameter.fallback > 0 && !row.is_dns()) : first && parameter.fallback > 0;
  return shows ? format_number(example_of(parameter)) : "";
}

void append_example(std::string& out, const FaultRow& row, bool toxic) {
  out += fmt::format("```sh\nproofload proxy toxic add -t {}", row.name);
  for (const ParameterRow& parameter : row.parameters) {
    const std::string value = example_value(row, parameter, toxic);
    if (!value.empty()) out += fmt::format(" -a {}={}", parameter.name, value);
  }
  out += row.is_dns() ? " -a name=db.example.com names\n```\n\n" : " db\n```\n\n";
}

void append_row(std::string& out, const FaultRow& row, bool toxic) {
  const bool both = row.applies == "edge" || row.is_handshake();
  out += fmt::format("### {}\n\n{}{}\n\n", row.name, row.doc, toxic && both ? " Acts both ways." : "");
  if (!row.parameters.empty()) out += "| parameter | unit | range | default | meaning |\n|---|---|---|---|---|\n";
  for (const ParameterRow& parameter : row.parameters) {
    if (parameter.text) {
      out += fmt::format("| {} | | {} | {} | {} |\n", parameter.name,
                         parameter.choices.empty() ? "text" : parameter.choices,
                         *parameter.text ? parameter.text : "empty", parameter.doc);
      continue;
    }
    const bool given = parameter.fallback >= parameter.min && parameter.fallback <= parameter.max;
    out += fmt::format("| {} | {} | {}{} | {} | {} |\n", parameter.name, parameter.unit, range_of(parameter),
                       parameter.whole ? ", whole" : "", given ? format_number(parameter.fallback) : "not used",
                       parameter.doc);
  }
  if (!row.parameters.empty()) out += "\n";
  // A run's own latency and bandwidth are no toxics: those have their names.
  if (toxic || find_toxic(row.name) == &row) append_example(out, row, toxic);
}

}  // namespace

std::string fault_page() {
  std::string out = kHead;
  for (const FaultRow& row : toxic_rows()) append_row(out, row, true);
  out += kDnsPart;
  for (const FaultRow& row : dns_rows()) append_row(out, row, true);
  out +=
      "## Faults on an edge\n\nThe relay of a run injects these on a dependency, both ways of all its connections. All "
      "but\n"
      "`latency` and `bandwidth`, whose names mean the toxics above, are also toxics of `proofload proxy`.\n\n";
  for (const FaultRow& row : fault_rows()) append_row(out, row, false);
  return out + kHttpPart + kDatabasePart + kProxyPart;
}

}  // namespace pl::proxy
