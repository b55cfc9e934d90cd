#include "sandbox/redact.h"

#include <doctest/doctest.h>

using namespace pl::sandbox;

TEST_CASE("secrets in arguments are hidden, the rest stays") {
  for (const char* plain : {"node", "server.js", "--port=3000", "postgres://app@127.0.0.1/db", "a=b", "--keyspace=main",
                            "http://127.0.0.1:80/x", "select * from keys where key = 1", "--monkey", "KEY="}) {
    CHECK(redact(plain) == plain);
  }
  for (const char* secret : {"--password=hunter2abc", "PGPASSWORD=hunter2abc", "--api-key=hunter2abc",
                             "postgres://app:hunter2abc@127.0.0.1:5432/db", "sk-proj-hunter2abchunter2abc"}) {
    CHECK(redact(secret).find("hunter2") == std::string::npos);
    CHECK(redact(secret) == redact(secret));
  }
  CHECK(redact("redis://:hunter2abc@127.0.0.1").ends_with("bc>@127.0.0.1"));
  const auto all = redact_all({"redis-server", "--requirepass", "hunter2abc", "--port", "7"});
  CHECK(all[2].find("hunter2") == std::string::npos);
  CHECK(all[4] == "7");
}
