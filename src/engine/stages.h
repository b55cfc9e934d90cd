#pragma once
#include "base/result.h"
#include "engine/state.h"

/// The stages of a run; run.cc lists them in order.
namespace pl::engine {

/// Sandbox, relay, throw-away services and the application, until it answers its customers' address.
Result<void> start(Run& run);
/// Journeys, declared or crawled, and the load generator.
Result<void> discover(Run& run);
/// The rate of the load, what each journey uses when it runs alone, and the steady state.
Result<void> steady(Run& run);
/// The statements of each journey, made alone by a user whom the journeys share; a part of `steady`. After `most` no
/// further round is begun.
Result<void> trace_statements(Run& run, Ns most);
/// A few harmless questions outside the load, and secrets in the application's files.
Result<void> probe(Run& run);
/// The experiments: one fault at a time under all journeys together, and longer holds of what hangs.
Result<void> chaos(Run& run);
/// How much it carries: a ladder of rates, on a fresh start without the relay and again through it.
Result<void> capacity(Run& run);
/// What a throw-away database says of its statements, tables and indices, and how its statements' times grow when its
/// data do. Nothing where there is none.
Result<void> grow(Run& run);
/// Two instances of the application at once: is the work spread, or is state kept in memory?
Result<void> second_instance(Run& run);
/// Says of every planned experiment that was not made why it will not be.
void leave_out_rest(Run& run, const std::string& why);
/// Acknowledged writes of the whole run, read back.
Result<void> read_back(Run& run);
/// The application is told to end with requests in flight.
Result<void> terminate(Run& run);
/// The application is started while one of its dependencies refuses, for each of them.
Result<void> absent(Run& run);

}  // namespace pl::engine
