#include "wire/sender.h"

#include <doctest/doctest.h>

namespace pl::wire {

TEST_CASE("credentials, run time and trace context of a request") {
  HttpHead request;
  request.method = "POST";
  request.target = "/v1/chat/completions";
  request.headers = {{"Authorization", "Bearer sk-something"},
                     {"X-API-Key", "k1"},
                     {"User-Agent", "OpenAI/JS 4.1.0"},
                     {"X-Stainless-Runtime", "node"},
                     {"X-Stainless-Runtime-Version", "v24.1.0"},
                     {"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}};
  const Sender sender = read_sender(request);
  REQUIRE(sender.credentials.size() == 2);
  CHECK(sender.credentials[0].field == "authorization");
  CHECK(sender.credentials[0].secret == "sk-something");
  CHECK(sender.credentials[1].secret == "k1");
  CHECK(sender.product == "Node.js");
  CHECK(sender.version == "24.1.0");
  CHECK(sender.traced);
}

TEST_CASE("the password of Basic, the version in a User-Agent, an export of traces") {
  HttpHead request;
  request.method = "POST";
  request.target = "/v1/traces";
  request.headers = {{"Authorization", "Basic dXNlcjpodXNo"}, {"User-Agent", "python-httpx/0.27 Python/3.8.2 aiohttp"}};
  const Sender sender = read_sender(request);
  CHECK(sender.credentials.at(0).secret == "hush");
  CHECK(sender.product == "Python");
  CHECK(sender.version == "3.8.2");
  CHECK(sender.traced);
}

TEST_CASE("a plain request says nothing") {
  HttpHead request;
  request.headers = {{"User-Agent", "node"}, {"Authorization", "Digest username=\"x\""}, {"Accept", "*/*"}};
  const Sender sender = read_sender(request);
  CHECK(sender.credentials.empty());
  CHECK(sender.product.empty());
  CHECK_FALSE(sender.traced);
}

}  // namespace pl::wire
