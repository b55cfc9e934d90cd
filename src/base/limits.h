#pragma once
#include <cstddef>
#include <cstdint>

/// Named limits of every loop, queue, buffer and retry. Reaching one is an observation, never a silent drop.
namespace pl::limits {

inline constexpr std::size_t kJsonDepth = 64;            ///< Levels of nesting in a JSON document.
inline constexpr std::size_t kFrameBytes = 4 << 20;      ///< Body of one log frame.
inline constexpr std::size_t kHttpHeadBytes = 64 << 10;  ///< Start line and headers of one HTTP message.
inline constexpr std::size_t kHttpBodyBytes = 8 << 20;   ///< Body that the client keeps of one answer.
inline constexpr std::size_t kConfigBytes = 1 << 20;     ///< proofload.yaml.
inline constexpr std::size_t kConfigDepth = 32;          ///< Levels of nesting in proofload.yaml.
/// Values in proofload.yaml, those that aliases repeat included.
inline constexpr std::size_t kConfigNodes = 1 << 16;
inline constexpr std::size_t kAnswerBytes = 1 << 20;          ///< Kept of one answer by the load generator.
inline constexpr std::size_t kAnswerFeatures = 4096;          ///< Key paths or words that are compared of an answer.
inline constexpr std::size_t kAnswerTextBytes = 64 << 10;     ///< Text of one answer that is searched for words.
inline constexpr std::size_t kAnswerMarkupBytes = 256 << 10;  ///< Markup of one answer that is read.
inline constexpr std::size_t kAnswerElements = 64;            ///< Elements of one JSON array that are looked at.
inline constexpr std::size_t kAnswerWordBytes = 64;           ///< Longest word that is compared.
inline constexpr std::size_t kAnswerKinds = 16;      ///< Pairs of status and media type that are learned per step.
inline constexpr std::int64_t kProfileSamples = 30;  ///< Answers that a profile needs at least.
inline constexpr std::int64_t kProfileMostSamples = 2000;        ///< Answers that a profile is learned from at most.
inline constexpr std::int64_t kIterationTime = 180'000'000'000;  ///< ns after which an open iteration is given up.
inline constexpr std::size_t kLoadConnections = 8192;            ///< Connections of the load generator at a time.
inline constexpr std::size_t kDeparturesPerTurn = 256;           ///< Iterations started before answers are read again.
/// Virtual users per journey that are made before one repeats.
inline constexpr std::size_t kFirstUsers = 10;
inline constexpr std::size_t kWritesRemembered = 50'000;  ///< Acknowledged writes that can still be read back.
inline constexpr int kSaidPerSecond = 5;                  ///< Answers per journey and second whose beginning is logged.
inline constexpr std::size_t kSaidBytes = 200;            ///< Of such a beginning.
inline constexpr std::size_t kWatchdogs = 64;             ///< Threads that watch for stalls.
inline constexpr std::size_t kCrawlJourneys = 6;          ///< Journeys that a crawl finds at most, besides health.
inline constexpr std::size_t kCrawlPages = 40;            ///< Requests of a crawl.
inline constexpr std::size_t kCrawlLinks = 2000;          ///< Links that a crawl remembers.
inline constexpr std::int64_t kClosedExtension = 5'000'000'000;  ///< ns that a part of the closed loop may last longer.
inline constexpr std::size_t kStreamDocuments = 512;             ///< Events of a stream that are compared.
inline constexpr std::size_t kCookiesPerUser = 50;               ///< RFC 6265 section 6.1.
inline constexpr std::size_t kCookieBytes = 4096;                ///< RFC 6265 section 6.1.
inline constexpr std::size_t kHistogramBuckets = 1 << 22;        ///< Buckets of a histogram that is read.
inline constexpr std::size_t kMessageBytes = 160 << 10;          ///< One message between engine, supervisor and init.
inline constexpr std::size_t kTreeProcesses = 1 << 14;           ///< Processes of the sandbox that are known at a time.
inline constexpr std::size_t kHandoffQueue = 4096;               ///< Connections that wait to be told to the relay.
inline constexpr std::size_t kSeenConnects = 1 << 16;            ///< (process, destination, result) that were listed.
inline constexpr std::size_t kExecStrings = 512;                 ///< Arguments of one execve that are read.
inline constexpr std::size_t kExecStringBytes = 4096;            ///< Bytes of one argument that are read.
inline constexpr std::size_t kRefuseRules = 4096;                ///< Refuse rules in force at a time.
inline constexpr std::size_t kHttpFields = 256;          ///< Header fields, or trailer fields, of one HTTP message.
inline constexpr std::size_t kSseEventBytes = 1 << 20;   ///< One event of an event stream, or one line of it.
inline constexpr std::size_t kHttpReadBytes = 64 << 10;  ///< Room of one read of an HTTP connection.
inline constexpr std::size_t kSchemaDepth = 12;          ///< Levels of a value made for a JSON schema.
inline constexpr std::int64_t kSchemaItems = 64;         ///< Elements of an array made for a JSON schema.
inline constexpr std::size_t kModelWords = 256;          ///< Words of a prompt that the built-in model looks at.
inline constexpr std::int64_t kModelChoices = 8;         ///< `n` of a chat request.
inline constexpr std::size_t kModelInputs = 2048;        ///< Texts of one embeddings request.

/// Waiting before a fault, or to be sent, per connection and way.
inline constexpr std::size_t kRelayQueueBytes = 64 << 10;
/// Waiting before a fault that delays each byte, per connection and way.
inline constexpr std::size_t kRelayDelayBytes = 64 << 20;
/// Waiting before all faults of `proofload proxy`.
inline constexpr std::int64_t kProxyHeldBytes = std::int64_t{1} << 30;
inline constexpr std::size_t kDelayMarks = 16384;  ///< Arrivals told apart within one delay.
/// One read of the relay; one such buffer for all connections.
inline constexpr std::size_t kRelayScratchBytes = 128 << 10;
inline constexpr int kRelayReadsPerTurn = 4;  ///< Reads of one connection before the others' turn.
/// Steps of one fault on one connection before the others' turn.
inline constexpr int kRelayStepsPerTurn = 256;
/// Connections taken from a listener before the others' turn; one costs as much as ten messages.
inline constexpr int kRelayAcceptsPerTurn = 8;
/// Connections or upstreams that wait for their other half.
inline constexpr std::size_t kRelayUnmatched = 16384;
inline constexpr std::size_t kRelayFaults = 64;             ///< Faults in force at one time.
inline constexpr std::size_t kFaultTextBytes = 64 << 10;    ///< Of one text parameter of a fault.
inline constexpr std::size_t kFaultMessageBytes = 8 << 20;  ///< Of one message that a fault reads whole.
inline constexpr std::size_t kSniffBytes = 4096;            ///< Kept of each way of a connection to tell its protocol.
inline constexpr int kProtocolChanges = 16;                 ///< ProtocolSeen observations of one flow.

inline constexpr std::size_t kHttpPending = 16384;           ///< Requests of one connection without their answer.
inline constexpr std::size_t kHttp2BlockBytes = 128 << 10;   ///< Frames of one header block, and any frame but DATA.
inline constexpr std::size_t kHttp2FieldBytes = 256 << 10;   ///< Names and values of one header block.
inline constexpr std::size_t kHttp2TableBytes = 1 << 20;     ///< Table for header compression that a peer may have.
inline constexpr std::size_t kHttp2Streams = 4096;           ///< Streams of one connection that are acted on.
inline constexpr std::size_t kHttp2HeldBytes = 16 << 20;     ///< Bodies of one connection that wait in a fault.
inline constexpr std::size_t kPgTextBytes = 16 << 10;        ///< Of a statement, or of bound values, that are read.
inline constexpr std::size_t kPgNames = 1024;                ///< Prepared statements, and portals, of one connection.
inline constexpr std::size_t kPgPending = 16384;             ///< Messages of one connection without their answer.
inline constexpr std::size_t kPgNameBytes = 128;             ///< Longest name of a prepared statement or portal.
inline constexpr std::size_t kRespHeadBytes = 16 << 10;      ///< Of a Redis command up to its first key.
inline constexpr std::size_t kRespDepth = 32;                ///< Levels of nesting in a Redis reply.
inline constexpr std::size_t kRespSpecials = 4096;           ///< Replies owed that need an eye each: HELLO, EXEC.
inline constexpr std::size_t kMySqlTextBytes = 16 << 10;     ///< Of a statement of MySQL that is read.
inline constexpr std::size_t kMySqlPreparedBytes = 4 << 10;  ///< Of a prepared one.
inline constexpr std::size_t kMySqlPrepared = 1024;          ///< Prepared statements of one connection.
inline constexpr std::size_t kMySqlPending = 1024;           ///< Commands of one connection without their answer.
inline constexpr std::size_t kMySqlGreetingBytes = 4 << 10;  ///< Of a server's greeting.
inline constexpr std::size_t kDnsQueryBytes = 4096;          ///< Of a DNS query that faults look at.
inline constexpr std::size_t kDnsMessageBytes = 65535;       ///< RFC 1035 section 4.2.2; no datagram is longer.
inline constexpr std::size_t kDnsPending = 4096;             ///< Queries of one proxy without their answer.
inline constexpr std::size_t kStatementShapes = 512;         ///< Different statements that are told apart.
inline constexpr std::size_t kStatementTexts = 2048;         ///< Texts whose shape is remembered.
inline constexpr std::size_t kStatementBytes = 1000;         ///< Of a normalised statement that is logged.
inline constexpr std::size_t kStepParameters = 16;           ///< Of one step that are probed.
inline constexpr std::size_t kCanaries = 200;                ///< Parameters that are probed on their way to a database.

inline constexpr std::size_t kProbeBytes = 1 << 20;       ///< Kept of an answer to a question outside the load.
inline constexpr std::size_t kProbeFieldBytes = 300;      ///< Of a header field that is logged.
inline constexpr std::size_t kScripts = 12;               ///< Scripts of a page that are read.
inline constexpr std::size_t kScriptPlaces = 20;          ///< Places of one script that are logged.
inline constexpr std::size_t kSecretFiles = 5000;         ///< Files that are searched for secrets.
inline constexpr std::size_t kSecretFileBytes = 1 << 20;  ///< Largest of them.
inline constexpr std::size_t kSecretBytes = 64 << 20;     ///< All of them together.
inline constexpr std::size_t kSecretsFound = 100;         ///< Secrets that are logged.
inline constexpr int kFolderDepth = 12;                   ///< Folders below folders that are searched.
inline constexpr std::size_t kSenderHeads = 16;           ///< Requests of one flow whose head is read.
inline constexpr std::size_t kSenderBytes = 16 << 10;     ///< Of such a head.
inline constexpr std::size_t kSendersSaid = 16;           ///< Credentials, and senders, of one flow that are logged.

}  // namespace pl::limits
