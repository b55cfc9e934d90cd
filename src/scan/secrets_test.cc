#include "scan/secrets.h"

#include <doctest/doctest.h>

#include "base/sha256.h"
#include "os/file.h"
#include "scan/files.h"
#include "scan/git_index.h"

namespace pl::scan {
namespace {

/// Written in two parts, so that no search for secrets finds this file.
std::string openai() { return std::string("sk-") + "proj-Zk3vQ9xLr7TbW2mN8cYd5HfA"; }

std::vector<std::string> rules(const std::string& path, const std::string& text) {
  std::vector<std::string> out;
  for (const Secret& secret : find_secrets(path, text)) out.push_back(secret.rule);
  return out;
}

}  // namespace

TEST_CASE("secrets by their form, their place and their name") {
  CHECK(rules("a.js", "const k = '" + openai() + "';") == std::vector<std::string>{"OpenAI key"});
  CHECK(rules("a.yml", "url: postgres://app:gR7x2Lq9Vz@db.internal/shop") ==
        std::vector<std::string>{"password in a URL"});
  CHECK(rules(".env", "# keys\nMODEL_KEY=house-live-7Qd2mX9rTb4LwZ\nPORT=3000\n") ==
        std::vector<std::string>{"value of MODEL_KEY"});
  CHECK(rules("c.py", "SECRET_KEY = 'q8Z3rT7wLx2Vb9NcK4mD6f'") == std::vector<std::string>{"value of secret"});
  const std::string pem = std::string("-----BEGIN RSA ") + "PRIVATE KEY-----\n" + std::string(70, 'M') + "\n";
  CHECK(rules("key.pem", pem) == std::vector<std::string>{"private key"});
  CHECK(find_secrets(".env", "\n\nA_TOKEN=\"q8Z3rT7wLx2Vb9\"")[0].line == 3);
}

TEST_CASE("placeholders, references, words and other people's hashes are no secrets") {
  for (const char* text :
       {"OPENAI_API_KEY=sk-your-key-goes-here-1234567890abcdef", "DATABASE_URL=postgres://user:password@localhost/app",
        "API_KEY=${KEY_FROM_VAULT_1}", "PASSWORD=", "TOKEN=changeme1", "NEXT_PUBLIC_KEY=q8Z3rT7wLx2Vb9",
        "KEYBOARD_LAYOUT=english", "# API_KEY=q8Z3rT7wLx2Vb9", "url=postgres://localhost/house"}) {
    CHECK(rules(".env", text).empty());
  }
  CHECK(rules(".env.example", "API_KEY=q8Z3rT7wLx2Vb9").empty());
  CHECK(rules("package-lock.json", "\"password\": \"q8Z3rT7wLx2Vb9NcK4mD6f\"").empty());
  CHECK(rules("setup.rb", "user.hashed_password = \"q8Z3rT7wLx2Vb9NcK4mD6f\"").empty());
  CHECK(rules("seed.py", "password_digest: 'q8Z3rT7wLx2Vb9NcK4mD6f'").empty());
  CHECK(rules("app.js", "const password = req.body.password; const key = 'my.translation.key1';").empty());
}

TEST_CASE("a walk tells secrets by hash and two characters, and passes libraries over") {
  const auto folder = os::TempFolder::create();
  REQUIRE(folder);
  REQUIRE(os::make_folders(folder->path() + "/node_modules/x"));
  REQUIRE(os::write_file(folder->path() + "/.env", "API_KEY=q8Z3rT7wLx2Vb9\n"));
  REQUIRE(os::write_file(folder->path() + "/node_modules/x/.env", "API_KEY=q8Z3rT7wLx2Vb8\n"));
  REQUIRE(os::write_file(folder->path() + "/picture", std::string("\0\1", 2)));
  const FileSecrets secrets = search_files(folder->path(), "key", [] { return false; });
  REQUIRE(secrets.found.size() == 1);
  CHECK(secrets.found[0].file == ".env");
  CHECK(secrets.found[0].hash == keyed_hash("key", "q8Z3rT7wLx2Vb9"));
  CHECK(secrets.found[0].tail == "b9");
  CHECK(secrets.read.files == 1);
  CHECK(secrets.read.skipped == 1);
}

TEST_CASE("a git index is read, and a damaged one is not believed") {
  std::string index("DIRC\0\0\0\2\0\0\0\2", 12);
  for (const std::string path : {"a/.env", "b.js"}) {
    std::string entry(60, '\0');
    entry += '\0';
    entry += static_cast<char>(path.size());
    entry += path;
    entry.resize((entry.size() / 8 + 1) * 8, '\0');
    index += entry;
  }
  const auto paths = read_git_index(index);
  REQUIRE(paths);
  CHECK(*paths == std::set<std::string>{"a/.env", "b.js"});
  CHECK_FALSE(read_git_index(index.substr(0, 100)));
  CHECK_FALSE(read_git_index("no index"));
}

}  // namespace pl::scan
