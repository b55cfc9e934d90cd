#pragma once

/// The init's work once it stands: start commands that the supervisor asks for, and reap.
namespace pl::sandbox {

/// Serves the channel until its other end is closed. Requests are {op: "spawn", id, argv, env, folder, output, uid,
/// gid}; the answers are {op: "forked", id, pid} with a pidfd, before the command may run, and {op: "spawned", id,
/// error, doing}. With `report_reaped`: {op: "reaped", pid, status} for every child reaped. Ids are of this namespace.
void spawn_and_reap(int channel, bool report_reaped);

}  // namespace pl::sandbox
