#pragma once
#include "base/time.h"

/// The user's wish to stop: Ctrl-C (SIGINT) and SIGTERM, as a state instead of an end.
namespace pl::os {

/// From now on SIGINT and SIGTERM only set the state, and SIGPIPE is ignored. Programs that this process starts are not
/// touched by it. The third signal ends the process at once, for the case that stopping itself hangs.
void catch_stop_signals();
/// Whether a stop was asked for. Any thread.
bool stop_requested();
/// Asks for a stop as a signal would. Any thread.
void request_stop();
/// Readable once a stop is asked for, and never to be read; -1: there was none to be had.
int stop_descriptor();
/// Sleeps this long, or until a stop is asked for; true when one is. Any thread.
bool sleep_or_stop(Ns length);

}  // namespace pl::os
