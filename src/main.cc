// SPDX-License-Identifier: BSD-3-Clause
//
// Command line -> server. `sorrel healthcheck` is a client, `sorrel check-aof` and `check-rdb` look
// at files; everything else starts a server.
#include <string>
#include <vector>

#include <sorrel/server/check_files.h>
#include <sorrel/server/health_check.h>
#include <sorrel/server/server.h>

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (!arguments.empty() && arguments[0] == "healthcheck") {
    return sorrel::server::health_check({arguments.begin() + 1, arguments.end()});
  }
  const std::string program = argv[0];
  if (const auto checked = sorrel::server::check_files(program, arguments); checked) {
    return *checked;
  }
  sorrel::server::adopt_command_line(argc, argv);
  return sorrel::server::run(arguments, program);
}
