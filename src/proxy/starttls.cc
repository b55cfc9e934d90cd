#include "proxy/starttls.h"

#include <algorithm>
#include <array>

namespace pl::proxy {

std::span<const StartTlsRow* const> starttls_rows() {
  static constexpr std::array kRows = {&kMysqlStartTls, &kPostgresStartTls};
  return kRows;
}

const StartTlsRow* find_starttls(std::string_view name) {
  const auto rows = starttls_rows();
  const auto found = std::ranges::find(rows, name, &StartTlsRow::name);
  return found == rows.end() ? nullptr : *found;
}

}  // namespace pl::proxy
