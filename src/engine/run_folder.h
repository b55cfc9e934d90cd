#pragma once
#include <memory>
#include <string>

#include "base/result.h"
#include "os/file.h"
#include "record/log.h"

namespace pl::engine {

inline constexpr const char* kLogFile = "run.plog";
inline constexpr const char* kApplicationLog = "application.log";
inline constexpr const char* kEnvelopeFile = "signature.dsse.json";
inline constexpr const char* kKeyFile = "signature.pub.pem";

/// The folder of a run with its log, new and open for appending.
class RunFolder {
 public:
  /// Makes `wanted`, or a dated folder below runs/ where it is empty. Errc::permission where it cannot be written,
  /// Errc::usage where it holds a run already. What the log appends is also told to the observer.
  static Result<RunFolder> create(const std::string& wanted, record::LogWriter::Observer observer);

  const std::string& path() const { return path_; }
  /// Its last part: what people and commands call the run.
  std::string name() const;
  std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }
  record::LogWriter& log() { return *log_; }
  /// Removes what create() made, where nothing of it is worth keeping.
  void discard();

 private:
  RunFolder() = default;
  std::string path_;
  bool made_ = false;
  std::unique_ptr<record::LogWriter> log_;
};

}  // namespace pl::engine
