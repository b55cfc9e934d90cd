#include "data/connection.h"

#include <algorithm>
#include <charconv>

#include "data/libpq.h"

namespace pl::data {
namespace {

template <class Number>
Number read(const std::string& text) {
  Number value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

constexpr const char* kConnectSeconds = "3";
constexpr const char* kOptions = "-c statement_timeout=5000 -c lock_timeout=1000 -c search_path=public";

/// The first line of what libpq says.
std::string first_line(const char* text) {
  std::string line = text == nullptr ? "" : text;
  line.resize(std::min(line.find('\n'), line.size()));
  return line.empty() ? "no reason was given" : line;
}

}  // namespace

struct Connection::Open {
  const Libpq* library = nullptr;
  Libpq::Conn* connection = nullptr;
  ~Open() {
    if (connection != nullptr) library->finish(connection);
  }
};

Connection::Connection(std::unique_ptr<Open> open) : open_(std::move(open)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

Result<Connection> Connection::open(const Server& server) {
  auto open = std::make_unique<Open>();
  open->library = PL_TRY(libpq());
  const std::string port = std::to_string(server.port);
  const char* const keywords[] = {"host",    "port",       "user",    "password",        "dbname",  "application_name",
                                  "sslmode", "gssencmode", "options", "connect_timeout", "service", nullptr};
  const char* const values[] = {server.address.c_str(),
                                port.c_str(),
                                server.user.c_str(),
                                server.password.c_str(),
                                server.database.c_str(),
                                "proofload",
                                "disable",
                                "disable",
                                kOptions,
                                kConnectSeconds,
                                "",
                                nullptr};
  open->connection = open->library->connectdb_params(keywords, values, 0);
  if (open->connection == nullptr) return fail(Errc::io, "no memory for a connection to the database");
  if (open->library->status(open->connection) != kConnectionOk) {
    return fail(Errc::io, first_line(open->library->error_message(open->connection)));
  }
  return Connection(std::move(open));
}

Result<Rows> Connection::ask(const std::string& statement, const std::vector<std::string>& parameters) {
  const Libpq& pq = *open_->library;
  std::vector<const char*> values;
  for (const std::string& one : parameters) values.push_back(one.c_str());
  Libpq::Answer* answer = parameters.empty()
                              ? pq.exec(open_->connection, statement.c_str())
                              : pq.exec_params(open_->connection, statement.c_str(), static_cast<int>(values.size()),
                                               nullptr, values.data(), nullptr, nullptr, 0);
  const int status = pq.result_status(answer);
  if (status != kCommandOk && status != kTuplesOk) {
    const char* said = pq.result_field(answer, kMessagePrimary);
    std::string words = first_line(said != nullptr ? said : pq.error_message(open_->connection));
    pq.clear(answer);
    return fail(Errc::protocol, std::move(words));
  }
  Rows rows(static_cast<std::size_t>(pq.tuples(answer)));
  const int fields = pq.fields(answer);
  for (int row = 0; row < static_cast<int>(rows.size()); ++row) {
    for (int field = 0; field < fields; ++field) {
      rows[static_cast<std::size_t>(row)].emplace_back(pq.get_value(answer, row, field));
    }
  }
  pq.clear(answer);
  return rows;
}

Result<std::string> Connection::value(const std::string& statement, const std::vector<std::string>& parameters) {
  const Rows rows = PL_TRY(ask(statement, parameters));
  return rows.empty() || rows[0].empty() ? std::string() : rows[0][0];
}

std::string quoted_name(const std::string& name) {
  std::string out = "\"";
  for (const char c : name) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

std::int64_t whole_of(const std::string& text) { return read<std::int64_t>(text); }
double number_of(const std::string& text) { return read<double>(text); }

}  // namespace pl::data
