#include "engine/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/sha256.h"
#include "engine/derive.h"
#include "engine/run.h"
#include "engine/run_folder.h"
#include "os/file.h"

namespace pl::engine {
namespace {

Result<std::string> file_of(const std::string& folder, const std::string& name) {
  const std::string path = folder + "/" + name;
  if (!os::file_exists(path)) return fail(Errc::corrupt, name + ": missing from the run folder");
  return os::read_file(path);
}

/// The public key beside the signature must be the one that the envelope names.
Result<void> check_key_beside(const std::string& beside, const std::string& key_id) {
  const auto key = sign::Key::from_public_pem(beside);
  if (key && key->id() == key_id && key->public_pem() == beside) return {};
  return fail(Errc::corrupt, fmt::format("{}: altered: it is not the key that signed", kKeyFile));
}

Result<void> check_files(const std::string& folder, const sign::Statement& statement) {
  for (const char* needed : {kLogFile, "report.html", "report.json"}) {
    if (std::ranges::find(statement.subjects, needed, &sign::Subject::name) != statement.subjects.end()) continue;
    return fail(Errc::corrupt, fmt::format("{}: says nothing of {}", kEnvelopeFile, needed));
  }
  for (const sign::Subject& subject : statement.subjects) {
    if (subject.name.find('/') != std::string::npos) {
      return fail(Errc::corrupt, fmt::format("{}: speaks of a file outside the run folder", kEnvelopeFile));
    }
    const std::string content = PL_TRY(file_of(folder, subject.name));
    if (subject.name == kLogFile) PL_TRY(read_run_log(content, kLogFile));
    PL_TRY(sign::check_subject(statement, subject.name, content));
  }
  return {};
}

Result<void> check_derivation(const std::string& folder, const record::ReadResult& log) {
  const report::Report report = derive(log);
  for (const report::WriterRow& writer : report::writers()) {
    if (writer.file.empty()) continue;
    if (PL_TRY(file_of(folder, std::string(writer.file))) == writer.write(report, {})) continue;
    return fail(Errc::corrupt, fmt::format("{}: does not derive from the log", writer.file));
  }
  return {};
}

}  // namespace

Result<Verified> verify(const std::string& run, const std::optional<sign::Key>& trusted) {
  const std::string log_file = PL_TRY(log_path(run));
  const std::string beside_log = std::filesystem::path(log_file).parent_path().string();
  const std::string folder = beside_log.empty() ? "." : beside_log;
  const std::string envelope = PL_TRY(file_of(folder, kEnvelopeFile));
  const std::string beside = PL_TRY(file_of(folder, kKeyFile));
  const auto checked = sign::check_envelope(envelope, trusted, beside);
  if (!checked) return in_context(checked.error(), kEnvelopeFile);
  PL_TRY(check_key_beside(beside, checked->key_id));
  const sign::Statement& statement = checked->statement;
  Verified verified{.lines = {}, .verdict = statement.verdict, .key_id = checked->key_id, .trusted = checked->trusted};
  verified.lines.push_back(fmt::format("signature    good, by {}", checked->key_id));
  PL_TRY(check_files(folder, statement));
  const std::string bytes = PL_TRY(file_of(folder, kLogFile));
  const record::ReadResult log = PL_TRY(read_run_log(bytes, kLogFile));
  if (to_hex(log.chain_head) != statement.chain_head) {
    return fail(Errc::corrupt, fmt::format("{}: its hash chain does not end where the signature says", kLogFile));
  }
  verified.lines.push_back(fmt::format("files        {} as signed", statement.subjects.size()));
  verified.lines.push_back(fmt::format("hash chain   good, {} frames", log.observations.size()));
  if (statement.version != kVersion) {
    verified.lines.push_back(
        fmt::format("derivation   not checked: made by proofload {}, this is {}", statement.version, kVersion));
    return verified;
  }
  PL_TRY(check_derivation(folder, log));
  verified.lines.push_back("derivation   the report follows from the log, byte for byte");
  return verified;
}

}  // namespace pl::engine
