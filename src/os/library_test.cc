#include "os/library.h"

#include <doctest/doctest.h>

using namespace pl;

TEST_CASE("a function of a shared library can be called") {
  const auto library = os::Library::open("libm.so.6");
  REQUIRE(library.has_value());
  const auto symbol = library->symbol("floor");
  REQUIRE(symbol.has_value());
  CHECK(reinterpret_cast<double (*)(double)>(*symbol)(2.7) == 2.0);
}

TEST_CASE("a library or a function that is missing is an error that names it") {
  const auto missing = os::Library::open("libnobody-has-this.so.5");
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().code == Errc::not_found);
  CHECK(missing.error().detail.find("libnobody-has-this.so.5") != std::string::npos);
  const auto library = os::Library::open("libm.so.6");
  REQUIRE(library.has_value());
  CHECK(library->symbol("nobody_has_this").error().detail == "libm.so.6 has no nobody_has_this");
}
