// SPDX-License-Identifier: BSD-3-Clause
//
// The command line of the two checks, and what they print. A repair of a log asks first, as
// redis-check-aof does, unless --yes is given.
#include <iostream>
#include <span>

#include <sorrel/base/clock.h>
#include <sorrel/base/numbers.h>
#include <sorrel/persist/check_log.h>
#include <sorrel/persist/check_rdb.h>
#include <sorrel/server/check_files.h>

namespace sorrel::server {
namespace {

constexpr int kBadArguments = 1;  // as redis-check-aof and redis-check-rdb
constexpr const char* kLogUsage =
    "Usage: sorrel check-aof [--fix [--yes]] [--truncate-to-timestamp SECONDS] FILE\n"
    "FILE is a manifest, or one file of an append only log. A repair keeps the file as it was in\n"
    "FILE.bak.\n";
constexpr const char* kRdbUsage =
    "Usage: sorrel check-rdb [--fix] FILE\n"
    "A repair keeps every key before the damage, and the file as it was in FILE.bak.\n";

void print(std::string_view line) { std::cout << line << "\n"; }

bool confirmed() {
  std::cout << "Continue? [y/N]: " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  if (answer.starts_with('y') || answer.starts_with('Y')) {
    return true;
  }
  std::cout << "Aborting...\n";
  return false;
}

int bad_arguments(const char* usage) {
  std::cerr << usage;
  return kBadArguments;
}

int check_log_file(std::span<const std::string> arguments) {
  persist::CheckLogOptions options;
  options.say = &print;
  options.confirm = &confirmed;
  std::optional<std::string> file;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (word == "--fix") {
      options.fix = true;
    } else if (word == "--yes") {
      options.confirm = nullptr;
    } else if (word == "--truncate-to-timestamp" && i + 1 < arguments.size()) {
      options.truncate_to_timestamp = base::parse_integer(arguments[++i]);
      if (options.truncate_to_timestamp.value_or(0) <= 0) {
        std::cerr << "Invalid timestamp, aborting...\n";
        return 1;
      }
    } else if (word.starts_with("--") || file) {
      return bad_arguments(kLogUsage);
    } else {
      file = word;
    }
  }
  if (!file) {
    return bad_arguments(kLogUsage);
  }
  const auto disk = persist::make_disk();
  return persist::check_log(*disk, *file, options);
}

int check_rdb_file(std::span<const std::string> arguments) {
  persist::CheckRdbOptions options;
  options.print = &print;
  options.now_ms = base::SystemClock().wall_ms();
  std::optional<std::string> file;
  for (const std::string& word : arguments) {
    if (word == "--fix") {
      options.fix = true;
    } else if (word.starts_with("--") || file) {
      return bad_arguments(kRdbUsage);
    } else {
      file = word;
    }
  }
  if (!file) {
    return bad_arguments(kRdbUsage);
  }
  const auto disk = persist::make_disk();
  const persist::CheckRdbResult result = persist::check_rdb(*disk, *file, options);
  return result.whole || result.fixed ? 0 : 1;
}

}  // namespace

std::optional<int> check_files(std::string_view program,
                               const std::vector<std::string>& arguments) {
  const std::string_view name = program.substr(program.rfind('/') + 1);
  if (name.ends_with("check-aof")) {
    return check_log_file(arguments);
  }
  if (name.ends_with("check-rdb")) {
    return check_rdb_file(arguments);
  }
  if (!arguments.empty() && arguments[0] == "check-aof") {
    return check_log_file(std::span(arguments).subspan(1));
  }
  if (!arguments.empty() && arguments[0] == "check-rdb") {
    return check_rdb_file(std::span(arguments).subspan(1));
  }
  return std::nullopt;
}

}  // namespace sorrel::server
