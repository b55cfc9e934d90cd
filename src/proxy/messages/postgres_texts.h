#pragma once
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
  /// A statement is prepared. What stood under its name; nothing: it had no text.
  std::optional<std::string> remember(std::string_view name, std::string_view text);
  void forget(std::string_view name);
  void clear();
  /// A statement goes on that may be PREPARE or DEALLOCATE.
  void note(std::string_view statement);
  /// Null: not known. Until the next change.
  const std::string* find(std::string_view name) const;
  /// The statement that EXECUTE names, else the statement itself.
  std::string_view executed(std::string_view statement) const;

 private:
  std::map<std::string, std::string, std::less<>> texts_;
  std::size_t bytes_ = 0;
};

}  // namespace pl::proxy
