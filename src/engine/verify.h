#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "sign/sign.h"

namespace pl::engine {

/// What a check of a run folder found to be right.
struct Verified {
  std::vector<std::string> lines;  ///< What was checked, a line each.
  std::string verdict;             ///< As signed.
  std::string key_id;
  bool trusted = false;  ///< Signed by the key that the reader trusts; else the signer is unknown.
};

/// Checks a run folder: signature, the hash of every file, the log's hash chain, and that the report derives from the
/// log byte for byte. Errc::corrupt names what was altered and where.
Result<Verified> verify(const std::string& run, const std::optional<sign::Key>& trusted);

}  // namespace pl::engine
