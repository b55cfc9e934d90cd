#pragma once
#include <cstdint>
#include <string>
#include <string_view>

/// Messages of PostgreSQL's protocol, for tests.
namespace pl::wire::pg {

inline std::string number(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}
inline std::string text(std::string_view value) { return std::string(value) + '\0'; }
inline std::string message(char type, std::string_view body = {}) {
  return type + number(static_cast<std::uint32_t>(body.size()) + 4) + std::string(body);
}
inline std::string start_up() { return number(8 + 9 + 1) + number(3u << 16) + text("user") + text("app") + '\0'; }
inline std::string greeting() { return message('R', number(0)) + message('K', "12345678") + message('Z', "I"); }
inline std::string query(std::string_view sql) { return message('Q', text(sql)); }
inline std::string parse(std::string_view name, std::string_view sql) {
  return message('P', text(name) + text(sql) + std::string(2, '\0'));
}
inline std::string bound(std::string_view portal, std::string_view statement, std::string_view value = "v") {
  return message('B', text(portal) + text(statement) + std::string("\0\0\0\1", 4) +
                          number(static_cast<std::uint32_t>(value.size())) + std::string(value) + std::string(2, '\0'));
}
inline std::string describe() { return message('D', text("P")); }
inline std::string execute(std::string_view portal = "") { return message('E', text(portal) + number(0)); }
inline std::string synced() { return message('S'); }
inline std::string rows(int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += message('D', std::string("\0\1\0\0\0\1x", 7));
  return out;
}
inline std::string complete(std::string_view tag) { return message('C', text(tag)); }
inline std::string error(std::string_view state) {
  return message('E', "S" + text("ERROR") + "C" + text(state) + "M" + text("secret value") + '\0');
}
inline std::string ready(char state = 'I') { return message('Z', std::string(1, state)); }

}  // namespace pl::wire::pg
