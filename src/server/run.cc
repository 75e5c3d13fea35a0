// SPDX-License-Identifier: BSD-3-Clause
//
// From a command line to a running server. The command line is that of redis-server:
//
//   sorrel [FILE | -] [--directive value ...] [-]
//
// A file (or standard input, "-") is read first, then the directives of the command line, which so
// win. Whatever is wrong is one clear line on standard error and exit status 1.
#include <fcntl.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <sstream>

#include <fmt/format.h>

#include <sorrel/base/item_heap.h>
#include <sorrel/base/text.h>
#include <sorrel/exec/identity.h>
#include <sorrel/server/server.h>

#include "crash_report.h"
#include "log.h"
#include "option_rows.h"
#include "server_state.h"

namespace sorrel::server {
namespace {

constexpr const char* kUsage =
    "Usage: sorrel [FILE] [--directive value ...] [-]\n"
    "       sorrel -                        read the configuration from standard input\n"
    "       sorrel healthcheck [options]    one PING to a running server: exit status 0 on PONG\n"
    "       sorrel check-aof [--fix] FILE    whether a log is whole, and its repair\n"
    "       sorrel check-rdb [--fix] FILE    the same of a snapshot\n"
    "       sorrel -v | --version\n"
    "       sorrel -h | --help\n"
    "\n"
    "Examples:\n"
    "       sorrel                                  port 6379, snapshots to dump.rdb\n"
    "       sorrel --port 7777 --appendonly yes\n"
    "       sorrel /etc/sorrel.conf --loglevel verbose\n"
    "       echo 'maxmemory 128mb' | sorrel -\n";

// Where keys and members will be. What is reserved costs nothing until it is used.
std::string reserve_addresses() {
  base::ItemHeap& items = base::item_heap();
  if (!items.reserve()) {
    return "there are no addresses for the data: the limit of virtual memory (ulimit -v) is too "
           "low";
  }
  const std::size_t bytes = items.statistics().range_bytes;
  if (bytes < base::ItemHeap::kMostBytes) {
    log_notice("The limit of virtual memory leaves {} MB for keys and members", bytes >> 20);
  }
  return {};
}

int fail(const std::string& text) {
  std::cerr << "sorrel: " << text << std::endl;
  return 1;
}

// What the command line asks for.
struct CommandLine {
  std::optional<std::string> file;
  bool standard_input = false;
  // Directives in order: the name and its words.
  std::vector<std::vector<std::string>> directives;
};

std::string parse_command_line(std::span<const std::string> arguments, CommandLine& result) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "-") {
      result.standard_input = true;
    } else if (argument.starts_with("--")) {
      // The words behind it belong to it; one argument may also hold both ("--maxmemory 1gb").
      auto words = base::split_quoted(argument.substr(2));
      if (!words || words->empty()) {
        return "bad option '" + argument + "'";
      }
      result.directives.push_back(*std::move(words));
    } else if (result.directives.empty()) {
      if (result.file) {
        return "more than one configuration file: '" + argument + "'";
      }
      result.file = argument;
    } else {
      result.directives.back().push_back(argument);
    }
  }
  return {};
}

// What is being read, and what comes of it.
struct Reading {
  Options& options;
  config::OptionTable& table;
  std::vector<std::string>& notices;
};

// The directives that are no options. Returns: nothing when it is none of them, else an empty text
// or what is wrong.
std::optional<std::string> apply_other(Options& options, std::string_view name,
                                       std::vector<std::string> values, const std::string& origin) {
  if (base::equals_ignoring_case(name, "loadmodule")) {
    return "this version has no 'loadmodule'";
  }
  const bool user = base::equals_ignoring_case(name, "user");
  if (!user && !base::equals_ignoring_case(name, "rename-command")) {
    return std::nullopt;
  }
  // On the command line all of them may be one word.
  if (values.size() == 1) {
    values = base::split_quoted(values[0]).value_or(values);
  }
  if (user) {
    options.users.push_back({origin, std::move(values)});
    return std::string();
  }
  if (values.size() != 2) {
    return "wrong number of arguments";
  }
  options.renamed_commands.push_back({origin, values[0], values[1]});
  return std::string();
}

// Applies one directive of a file or of the command line.
std::string apply(const Reading& to, const std::vector<std::string>& words,
                  const std::string& origin) {
  const std::vector<std::string> values(words.begin() + 1, words.end());
  if (const auto other = apply_other(to.options, words[0], values, origin)) {
    return *other;
  }
  auto& [options, table, notices] = to;
  std::string error = table.set_at_start(words[0], values);
  if (const config::Option* option = table.find(words[0]);
      error.empty() && option != nullptr && !option->note.empty() &&
      option->codec.show() != option->initial) {
    notices.push_back(std::string(option->name) + ": " + std::string(option->note));
  }
  return error;
}

std::string read_all(std::istream& stream) {
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

std::string apply_text(const Reading& to, std::string_view text, const std::string& source,
                       int depth = 0) {
  std::string error;
  const auto directives = config::parse_file(text, error);
  if (!error.empty()) {
    return source + ": " + error;
  }
  for (const config::Directive& directive : directives) {
    if (base::equals_ignoring_case(directive.words[0], "include")) {
      std::ifstream file(directive.words.size() == 2 ? directive.words[1] : std::string());
      if (!file || depth >= 16) {
        return source + ", line " + std::to_string(directive.line) + ": can't include: '" +
               directive.text + "'";
      }
      error = apply_text(to, read_all(file), directive.words[1], depth + 1);
      if (!error.empty()) {
        return error;
      }
      continue;
    }
    const std::string origin = fmt::format("{}, line {}", source, directive.line);
    error = apply(to, directive.words, origin);
    if (!error.empty()) {
      return fmt::format("{}: '{}': {}", origin, directive.text, error);
    }
  }
  return {};
}

std::string configure(const CommandLine& line, Options& options, config::OptionTable& table,
                      std::vector<std::string>& notices) {
  const Reading to{options, table, notices};
  std::string error;
  if (line.file) {
    std::error_code not_there;
    std::ifstream file(*line.file);
    if (!file || std::filesystem::is_directory(*line.file, not_there)) {
      return "can't open config file '" + *line.file + "'";
    }
    options.config_file = std::filesystem::absolute(*line.file).string();
    error = apply_text(to, read_all(file), *line.file);
  }
  if (error.empty() && line.standard_input) {
    error = apply_text(to, read_all(std::cin), "standard input");
  }
  for (std::size_t i = 0; error.empty() && i < line.directives.size(); ++i) {
    const std::string origin = "--" + line.directives[i][0];
    error = apply(to, line.directives[i], origin);
    if (!error.empty()) {
      return error.insert(0, origin + ": ");
    }
  }
  return error;
}

std::string enter_directory(Options& options) {
  std::error_code error;
  if (!options.directory.empty()) {
    std::filesystem::current_path(options.directory, error);
    if (error) {
      return "can't chdir to '" + options.directory + "': " + error.message();
    }
  }
  options.directory = std::filesystem::current_path(error).string();
  return error ? "the working directory is gone: " + error.message() : std::string();
}

// Room for all clients, or as many as the system allows.
void raise_descriptor_limit(Options& options, std::vector<std::string>& notices) {
  const rlim_t reserve = options.admin_port == 0 ? 32 : 112;
  rlimit limit{};
  const rlim_t wanted = static_cast<rlim_t>(options.max_clients) + reserve;
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) {
    return;
  }
  rlimit raised = limit;
  raised.rlim_cur = wanted;
  raised.rlim_max = std::max(limit.rlim_max, wanted);
  if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) {
    return;
  }
  raised = limit;
  raised.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &raised);
  if (raised.rlim_cur < wanted && raised.rlim_cur > reserve) {
    options.max_clients = static_cast<std::int64_t>(raised.rlim_cur - reserve);
    notices.push_back("maxclients was lowered to " + std::to_string(options.max_clients) +
                      ": the system allows no more open files");
  }
}

void detach() {
  if (const pid_t pid = ::fork(); pid != 0) {
    ::_exit(pid > 0 ? 0 : 1);
  }
  ::setsid();
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    ::dup2(null, descriptor);
  }
  ::close(null);
}

std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  if (::getrandom(&seed, sizeof seed, 0) != static_cast<ssize_t>(sizeof seed)) {
    seed = static_cast<std::uint64_t>(base::SystemClock().wall_us()) ^
           static_cast<std::uint64_t>(::getpid());
  }
  return seed;
}

int serve(Options& options, config::OptionTable& table, const std::vector<std::string>& notices) {
  if (const std::string error = open_log_output(options); !error.empty()) {
    return fail(error);
  }
  prepare_crash_report(options.log_file);
  set_crash_report(options.crash_log);
  set_exit_on_panic(options.exit_on_panic);
  log_notice("Sorrel {} is starting, pid={}, compatible with Redis {}", SORREL_VERSION, ::getpid(),
             exec::kRedisVersion);
  for (const std::string& notice : notices) {
    log_warning("{}", notice);
  }
  if (const std::string error = reserve_addresses(); !error.empty()) {
    log_warning("{}", error);
    return fail(error);
  }
  if (!options.pid_file.empty()) {
    std::ofstream(options.pid_file) << ::getpid() << "\n";
  }
  int status = 0;
  {
    const base::SystemClock clock;
    Server server(options, table, clock, random_seed());
    connect_options(table, server);
    std::string error = server.load_users();
    error = error.empty() ? server.listen() : error;
    error = error.empty() ? server.load() : error;
    if (error.empty()) {
      server.run();
    } else {
      log_warning("{}", error);
      status = fail(error);
    }
  }
  if (!options.pid_file.empty()) {
    std::remove(options.pid_file.c_str());
  }
  close_log_output();
  return status;
}

}  // namespace

int run(std::span<const std::string> arguments, const std::string& program) {
  if (!arguments.empty() && (arguments[0] == "-v" || arguments[0] == "--version")) {
    std::cout << "Sorrel server v=" << SORREL_VERSION << " redis=" << exec::kRedisVersion
              << " bits=" << sizeof(void*) * 8 << std::endl;
    return 0;
  }
  if (!arguments.empty() && (arguments[0] == "-h" || arguments[0] == "--help")) {
    std::cout << kUsage;
    return 0;
  }
  ::signal(SIGPIPE, SIG_IGN);
  // A limit on file sizes is then a failed write, which the log reports and gets over.
  ::signal(SIGXFSZ, SIG_IGN);
  ::signal(SIGHUP, SIG_IGN);
  CommandLine line;
  Options options;
  options.program = program;
  config::OptionTable table;
  std::vector<std::string> notices;
  add_options(table, options);
  std::string error = parse_command_line(arguments, line);
  error = error.empty() ? configure(line, options, table, notices) : error;
  error = error.empty() ? enter_directory(options) : error;
  if (!error.empty()) {
    return fail(error);
  }
  raise_descriptor_limit(options, notices);
  if (options.daemonize &&
      !Supervision(static_cast<Supervisor>(options.supervised)).expects_this_process()) {
    detach();
  }
  try {
    return serve(options, table, notices);
  } catch (const std::exception& failure) {
    close_log_output();
    return fail(failure.what());
  }
}

}  // namespace sorrel::server
