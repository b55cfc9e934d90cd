#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace pl::proxy {

/// Texts of the statements that one connection has prepared, by their names: by Parse, or by PREPARE, which share them.
/// At most limits::kPgNames of them, of limits::kPgNameBytes, and 64 times limits::kPgTextBytes in all; what is beyond
/// is not known.
class PgTexts {
 public:
  /// What was prepared under a name, and what stood there before; nothing: it had no text.
  struct Change {
    std::int64_t number = 0;  ///< Of the statement.
    std::string name{};
    std::optional<std::string> before{};
  };
  /// A statement is prepared.
  Change remember(std::string_view name, std::string_view text);
  /// It was not, as turns out, if nothing has been prepared under the name since.
  void take_back(Change change);
  void forget(std::string_view name);
  void clear();
  /// A statement goes on that may be PREPARE or DEALLOCATE.
  void note(std::string_view statement);
  /// Null: not known. Until the next change.
  const std::string* find(std::string_view name) const;
  /// The statement that EXECUTE names, else the statement itself.
  std::string_view executed(std::string_view statement) const;

 private:
  struct Text {
    std::int64_t number;
    std::string text;
  };
  std::map<std::string, Text, std::less<>> texts_;
  std::int64_t prepared_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace pl::proxy
