#include "base/errors.h"

#include "base/assert.h"

namespace pl {
namespace {

constexpr ErrorRow kRows[] = {
    {Errc::usage, "usage", 2},
    {Errc::config, "config", 2},
    {Errc::not_found, "not_found", 2},
    {Errc::permission, "permission", 2},
    {Errc::port_taken, "port_taken", 2},
    {Errc::no_traffic, "no_traffic", 2},
    {Errc::not_ready, "not_ready", 3},
    {Errc::ended_early, "ended_early", 3},
    {Errc::disk_full, "disk_full", 3},
    {Errc::io, "io", 3},
    {Errc::protocol, "protocol", 3},
    {Errc::timeout, "timeout", 3},
    {Errc::limit, "limit", 3},
    {Errc::corrupt, "corrupt", 1},
    {Errc::unsupported, "unsupported", 3},
    {Errc::interrupted, "interrupted", 130},
};

}  // namespace

const ErrorRow& error_row(Errc code) {
  for (const ErrorRow& row : kRows) {
    if (row.code == code) return row;
  }
  PL_UNREACHABLE("an error code without a row");
}

}  // namespace pl
