#include "facts/program_name.h"

#include <doctest/doctest.h>

namespace pl::facts {

TEST_CASE("programs are called by their script, jar or module, else by their own name") {
  CHECK(program_name({"node", "server.js"}, "/usr/bin/node") == "server.js");
  CHECK(program_name({"/usr/bin/node", "--require", "./x.js", "--inspect", "srv.mjs"}, "") == "srv.mjs");
  CHECK(program_name({"node", "/opt/shop/dist/index.js"}, "") == "shop/index.js");
  CHECK(program_name({"node", "./dist/main.js"}, "") == "main.js");
  CHECK(program_name({"python3.11", "-m", "uvicorn", "app:app"}, "") == "uvicorn");
  CHECK(program_name({"php8.2", "-S", "localhost:8000", "-t", "web"}, "") == "web");
  CHECK(program_name({"php8.2", "-S", "localhost:8000"}, "") == "php8.2");
  CHECK(program_name({"java", "-Xmx1g", "-cp", "a:b", "-jar", "/srv/api.jar"}, "") == "api.jar");
  CHECK(program_name({"nginx: master process"}, "") == "nginx");
  CHECK(program_name({"node", "-e", "listen()"}, "") == "node");
  CHECK(program_name({}, "/usr/sbin/redis-server") == "redis-server");
}

TEST_CASE("products and versions as people say them") {
  CHECK(product_name("PostgreSQL", "postgres") == "postgres");
  CHECK(product_name("", "redis") == "redis");
  CHECK(product_name("", "http").empty());
  CHECK(short_version("15.18 (Debian 15.18-0+deb12u1)") == "15.18");
}

}  // namespace pl::facts
