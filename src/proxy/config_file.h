#pragma once
#include <span>
#include <string>

#include "base/result.h"
#include "proxy/api_error.h"

namespace pl::proxy {

/// A file of proxies to begin with: a JSON list, as of /populate.
class ConfigFile {
 public:
  /// Reads it. What cannot be read and what is not JSON are Errc::config.
  static Result<ConfigFile> read(const std::string& path);
  /// The same for one that has been read: `text` stands in it.
  static Result<ConfigFile> parse(const std::string& path, std::string text);

  const Json& proxies() const { return proxies_; }
  /// "proxies.json:7:5: proxy db, toxics[0].type: what": why its proxies are refused, in the form of all configuration
  /// errors. The place is that of the field's name, or of what it is missing in.
  Error error(const ApiError& refusal) const;

 private:
  std::string where(std::span<const std::string> path) const;

  std::string path_, text_;
  Json proxies_;
};

}  // namespace pl::proxy
