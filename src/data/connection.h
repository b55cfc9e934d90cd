#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace pl::data {

/// Where a database server is and as whom to ask it.
struct Server {
  std::string address;
  int port = 0;
  std::string user, password, database;
};

/// The rows of an answer; a null value is empty text.
using Rows = std::vector<std::vector<std::string>>;

/// A connection to PostgreSQL by libpq, which is loaded when the first one is opened. Every call blocks, within the
/// limits named in the source. One thread at a time.
class Connection {
 public:
  /// Errc::not_found where libpq is missing; else what libpq or the server said.
  static Result<Connection> open(const Server& server);
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  /// One statement with its parameters ($1 ...) as text; without parameters several statements may stand in it. The
  /// error is the server's own sentence.
  Result<Rows> ask(const std::string& statement, const std::vector<std::string>& parameters = {});
  /// The first value of the first row; empty where there is none.
  Result<std::string> value(const std::string& statement, const std::vector<std::string>& parameters = {});

 private:
  struct Open;
  explicit Connection(std::unique_ptr<Open> open);
  std::unique_ptr<Open> open_;
};

/// A name as an SQL identifier, quoted.
std::string quoted_name(const std::string& name);
/// A whole number as the server writes it; 0 for anything else.
std::int64_t whole_of(const std::string& text);
/// A number as the server writes it ("1.5e-05"); 0 for anything else.
double number_of(const std::string& text);

}  // namespace pl::data
