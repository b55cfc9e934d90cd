// Writes the sample report in every format into a folder: gold data and the pages that the browser test opens.
#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <string>

#include "report/sample.h"
#include "report/writers.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: write_sample FOLDER\n");
    return 2;
  }
  for (const bool hostile : {false, true}) {
    const pl::report::Sample made = pl::report::sample(hostile);
    const pl::report::Report report = pl::report::build(made.facts, made.verdict, made.inputs);
    for (const pl::report::WriterRow& row : pl::report::writers()) {
      const std::string path = fmt::format("{}/{}.{}", argv[1], hostile ? "hostile" : "report", row.name);
      std::ofstream file(path, std::ios::binary);
      file << row.write(report, {});
      if (!file.flush()) return 1;
    }
  }
  return 0;
}
