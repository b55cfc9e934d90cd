#include "cli/single_dash.h"

#include <doctest/doctest.h>

#include <CLI/CLI.hpp>

namespace pl::cli {
namespace {

using Args = std::vector<std::string>;

Args spelled(const Args& args) {
  CLI::App command("", "proxy");
  command.add_option("--host");
  command.add_subcommand("list", "")->alias("ls");
  CLI::App* add = command.add_subcommand("toxic", "")->add_subcommand("add", "");
  add->add_option("-t,--type");
  add->add_option("--toxicity,--tox");
  add->add_option("-n,--toxicName");
  add->add_flag("-u,--upstream");
  return with_double_dashes(command, args);
}

}  // namespace

TEST_CASE("long flags may stand behind one dash, as in the original") {
  CHECK(spelled({"toxic", "add", "-type", "latency", "-tox=0.5", "-toxicName", "n", "db"}) ==
        Args{"toxic", "add", "--type", "latency", "--tox=0.5", "--toxicName", "n", "db"});
  CHECK(spelled({"toxic", "add", "-t", "latency", "--tox", "0.5", "-", "-nothing"}) ==
        Args{"toxic", "add", "-t", "latency", "--tox", "0.5", "-", "-nothing"});
  CHECK(spelled({"-help"}) == Args{"--help"});
}

TEST_CASE("a short flag may have its value behind a mark, and a value may be empty") {
  CHECK(spelled({"toxic", "add", "-t=latency", "-n=a=b", "-u=false", "-x=1", "-tlatency"}) ==
        Args{"toxic", "add", "--type=latency", "--toxicName=a=b", "--upstream=false", "-x=1", "-tlatency"});
  CHECK(spelled({"toxic", "add", "-n=", "-tox=", "--type=", "--upstream=", "x"}) ==
        Args{"toxic", "add", "--toxicName", "", "--tox", "", "--type", "", "--upstream=", "x"});
}

TEST_CASE("nothing behind two dashes is a flag") {
  CHECK(spelled({"toxic", "add", "-type", "a", "--", "-type", "-n=x", "--tox="}) ==
        Args{"toxic", "add", "--type", "a", "--", "-type", "-n=x", "--tox="});
}

TEST_CASE("-h names the host before an order, and asks for help else") {
  CHECK(spelled({"-h", "http://127.0.0.1:1", "list"}) == Args{"--host", "http://127.0.0.1:1", "list"});
  CHECK(spelled({"-h=127.0.0.1:1", "ls"}) == Args{"--host=127.0.0.1:1", "ls"});
  for (const Args& args :
       {Args{"-h"}, Args{"-h", "ls"}, Args{"toxic", "add", "-h"}, Args{"toxic", "add", "-h", "db"}}) {
    CHECK(spelled(args) == args);
  }
}

}  // namespace pl::cli
