#include "engine/conclude.h"

#include "base/sha256.h"
#include "checks/checks.h"
#include "engine/derive.h"
#include "os/file.h"
#include "report/writers.h"
#include "verdict/verdict.h"

namespace pl::engine {
namespace {

std::string digest(std::string_view bytes) { return to_hex(sha256(bytes)); }

}  // namespace

void place_graph(Run& run) {
  const facts::Facts facts = run.live.finished();
  const report::Report report = report::build(facts, verdict::judge(facts, {}, {}), {});
  record::GraphPlaced placed;
  for (const report::Part& part : report.parts) {
    placed.layer.push_back(part.layer);
    placed.row.push_back(part.row);
  }
  run.observe(placed);
}

Result<report::Report> conclude(RunFolder& folder, const std::optional<sign::Key>& key) {
  const std::string path = folder.file(kLogFile);
  const std::string bytes = PL_TRY(os::read_file(path));
  const record::ReadResult log = PL_TRY(read_run_log(bytes, path));
  report::Report report = derive(log);
  sign::Statement statement;
  statement.version = report.run.version;
  statement.verdict = report.overall;
  statement.chain_head = report.run.chain_head;
  statement.wall_time = report.run.wall_time;
  statement.subjects.push_back({kLogFile, digest(bytes)});
  for (const report::WriterRow& writer : report::writers()) {
    if (writer.file.empty()) continue;
    const std::string text = writer.write(report, {});
    PL_TRY(os::write_file(folder.file(writer.file), text));
    statement.subjects.push_back({std::string(writer.file), digest(text)});
  }
  if (const auto output = os::read_file(folder.file(kApplicationLog))) {
    statement.subjects.push_back({kApplicationLog, digest(*output)});
  }
  const sign::Key signer = key ? *key : PL_TRY(sign::Key::generate());
  const std::string envelope = PL_TRY(sign::sign_statement(statement, signer));
  PL_TRY(os::write_file(folder.file(kEnvelopeFile), envelope));
  PL_TRY(os::write_file(folder.file(kKeyFile), signer.public_pem()));
  return report;
}

}  // namespace pl::engine
