#pragma once
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "base/result.h"

namespace pl::sandbox {

/// What must be removed when this process dies before it could do so itself: a file in a folder of the user's own,
/// /tmp/proofload-UID/PID-START.journal, with a line for every addition. Removed with the object. Thread-safe.
class Journal {
 public:
  static Result<std::unique_ptr<Journal>> open();
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// A folder to remove with all that is in it. Its last part must begin with "proofload-", so that a damaged journal
  /// can never name anybody else's; Errc::usage otherwise.
  Result<void> add_folder(const std::string& path);
  /// The folder has been removed.
  void forget_folder(const std::string& path);
  /// A process to kill; known by its start time too, so that a later process of the same id is left alone.
  Result<void> add_process(pid_t pid);
  const std::string& path() const { return path_; }

 private:
  Journal() = default;
  Result<void> append(const std::string& line);

  std::mutex mutex_;
  std::string path_;
  int fd_ = -1;
};

/// What clean_leftovers() did.
struct Leftovers {
  int runs = 0, processes = 0, folders = 0;
};
/// Ends and removes what runs of this user that died left behind. Called at every start.
Leftovers clean_leftovers();
/// Does what one journal says, whether its writer lives or not, and removes it.
Leftovers sweep_journal(const std::string& path);

}  // namespace pl::sandbox
