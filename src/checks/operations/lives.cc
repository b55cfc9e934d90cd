#include "checks/operations/lives.h"

#include <algorithm>

namespace pl::checks {
namespace {

constexpr Life kLives[] = {
    {"PostgreSQL", "9", "2021-11-11"},  {"PostgreSQL", "10", "2022-11-10"}, {"PostgreSQL", "11", "2023-11-09"},
    {"PostgreSQL", "12", "2024-11-21"}, {"PostgreSQL", "13", "2025-11-13"}, {"PostgreSQL", "14", "2026-11-12"},
    {"PostgreSQL", "15", "2027-11-11"}, {"PostgreSQL", "16", "2028-11-09"}, {"PostgreSQL", "17", "2029-11-08"},
    {"PostgreSQL", "18", "2030-11-14"}, {"MySQL", "5.6", "2021-02-05"},     {"MySQL", "5.7", "2023-10-31"},
    {"MySQL", "8.0", "2026-04-30"},     {"MySQL", "8.4", "2032-04-30"},     {"MariaDB", "10.3", "2023-05-25"},
    {"MariaDB", "10.4", "2024-06-18"},  {"MariaDB", "10.5", "2025-06-24"},  {"MariaDB", "10.6", "2026-07-06"},
    {"MariaDB", "10.11", "2028-02-16"}, {"MariaDB", "11.4", "2029-05-29"},  {"Redis", "5", "2022-04-27"},
    {"Redis", "6.0", "2023-08-15"},     {"Redis", "7.0", "2024-07-29"},     {"nginx", "1.20", "2022-05-24"},
    {"nginx", "1.22", "2023-04-11"},    {"nginx", "1.24", "2024-04-23"},    {"nginx", "1.26", "2025-04-23"},
    {"Node.js", "14", "2023-04-30"},    {"Node.js", "16", "2023-09-11"},    {"Node.js", "18", "2025-04-30"},
    {"Node.js", "20", "2026-04-30"},    {"Node.js", "21", "2024-06-01"},    {"Node.js", "22", "2027-04-30"},
    {"Node.js", "23", "2025-06-01"},    {"Node.js", "24", "2028-04-30"},    {"Python", "3.7", "2023-06-27"},
    {"Python", "3.8", "2024-10-07"},    {"Python", "3.9", "2025-10-31"},    {"Python", "3.10", "2026-10-31"},
    {"Python", "3.11", "2027-10-31"},   {"Python", "3.12", "2028-10-31"},   {"Python", "3.13", "2029-10-31"},
};

struct Product {
  std::string_view name, source, managed;
};
constexpr Product kProducts[] = {
    {"PostgreSQL", "postgresql.org/support/versioning", "a managed PostgreSQL database"},
    {"MySQL", "oracle.com/support/lifetime-support", "a managed MySQL database"},
    {"MariaDB", "mariadb.org/about/#maintenance-policy", "a managed MariaDB or MySQL database"},
    {"Redis", "redis.io/docs: releases", "a managed in-memory store"},
    {"Valkey", "", "a managed in-memory store"},
    {"MongoDB", "", "a managed document database"},
    {"RabbitMQ", "", "a managed message queue"},
    {"Kafka", "", "a managed event stream"},
    {"Elasticsearch", "", "a managed search service"},
    {"OpenSearch", "", "a managed search service"},
    {"nginx", "nginx.org/en/download.html", "a managed load balancer or gateway"},
    {"HAProxy", "", "a managed load balancer or gateway"},
    {"Node.js", "github.com/nodejs/release", ""},
    {"Python", "devguide.python.org/versions", ""},
};

const Product* product_of(std::string_view name) {
  const auto at =
      std::find_if(std::begin(kProducts), std::end(kProducts), [&](const auto& row) { return row.name == name; });
  return at == std::end(kProducts) ? nullptr : at;
}

/// "10.5" is the line of "10.5.22" and of "10.5", not of "10.50".
bool belongs(std::string_view version, std::string_view line) {
  return version.starts_with(line) && (version.size() == line.size() || version[line.size()] == '.');
}

}  // namespace

std::optional<Life> life_of(std::string_view product, std::string_view version) {
  for (const Life& row : kLives) {
    if (row.product == product && belongs(version, row.line)) return row;
  }
  return std::nullopt;
}

std::string_view life_source(std::string_view product) {
  const Product* row = product_of(product);
  return row == nullptr ? std::string_view() : row->source;
}

std::string_view managed_kind(std::string_view product) {
  const Product* row = product_of(product);
  return row == nullptr ? std::string_view() : row->managed;
}

}  // namespace pl::checks
