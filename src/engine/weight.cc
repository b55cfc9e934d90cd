#include "engine/weight.h"

#include "os/process.h"

namespace pl::engine {

Weight::Weight(Run& run) : from_(run.clock.now()), before_(read(run)) {}

Weight::Times Weight::read(Run& run) {
  Times times;
  times["relay"] = run.relay->processor_time();
  if (run.load) times["load"] = run.load->processor_time();
  if (const auto stat = os::process_stat(run.sandbox->supervisor_pid())) times["supervisor"] = stat->processor;
  if (const auto stat = os::process_stat(os::own_process())) times["proofload"] = stat->processor;
  for (const pid_t root : run.sandbox->roots()) {
    times["component:" + std::to_string(root)] = run.sandbox->processor_time(root);
  }
  return times;
}

void Weight::report(Run& run) const {
  const Ns now = run.clock.now();
  for (const auto& [who, used] : read(run)) {
    const auto before = before_.find(who);
    if (before == before_.end()) continue;
    run.observe(record::ProcessorUsed{who, from_, now, std::max<Ns>(0, used - before->second)});
  }
}

}  // namespace pl::engine
