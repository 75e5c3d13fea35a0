// SPDX-License-Identifier: BSD-3-Clause
// script_runner: runs .resp scripts against a server, in the ways and protocols asked for.
//
//   script_runner [--mode in-process,tcp,split,pipeline,transaction,script,restart]
//                 [--protocol 2|3|both] [--seed N]
//                 [--restart-every N] [--filter TEXT] [--fill] [--complete] [--verbose]
//                 (--server "COMMAND PREFIX" | --server-from VARIABLE | --address HOST:PORT)
//                 FILE_OR_FOLDER...
//
// in-process runs the server's parts inside this program and needs none of the servers; script does
// so, too, where none is named. Mode "all" stands for the six over TCP.
// With --server the program is started on a free port with an empty directory for each way of
// running; only such a server can be restarted. --server-from takes the command prefix from an
// environment variable and exits with 77 where that is not set, which ctest counts as skipped.
// --fill writes the replies of the server below commands that have no expectation yet, for a person
// to review. --complete runs nothing: it looks whether each command of the table has its script.
// Exit status: 0 all passed, 1 a script failed, 2 wrong use or no server, 77 skipped.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>

#include "complete.h"
#include "fill.h"
#include "in_process_target.h"
#include "server_process.h"
#include "support/resp_expect.h"
#include "support/resp_script.h"
#include "tcp_target.h"

namespace {

using namespace sorrel::test;

constexpr int kSkipped = 77;
constexpr const char* kInProcess = "in-process";
constexpr const char* kScript = "script";

struct Options {
  std::vector<std::string> modes{"tcp"};
  std::vector<int> protocols{2, 3};
  std::vector<std::string> server;
  std::string unset_variable;  // that --server-from named
  std::string host;
  std::uint16_t port = 0;
  std::uint64_t seed = 1;
  int restart_every = 7;
  std::string filter;
  bool fill = false;
  bool complete = false;
  bool verbose = false;
  std::vector<std::string> paths;
};

struct Totals {
  int passed = 0;
  int failed = 0;
  int skipped = 0;  // nothing in them is for this server
  int commands = 0;
};

std::vector<std::string> split_list(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) {
    if (!part.empty()) parts.push_back(part);
  }
  return parts;
}

std::vector<std::string> words_of(const std::string& text) {
  auto words = Notation(text).words();
  if (!words || words->empty()) throw std::invalid_argument("not a command: " + text);
  return std::move(*words);
}

RunMode mode_named(const std::string& name) {
  if (name == "in-process" || name == "tcp") return RunMode::whole;
  if (name == "split") return RunMode::split;
  if (name == "pipeline") return RunMode::pipeline;
  if (name == "restart") return RunMode::restart;
  if (name == "transaction") return RunMode::transaction;
  if (name == kScript) return RunMode::script;
  throw std::invalid_argument("unknown mode: " + name);
}

void set_address(Options& options, const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) throw std::invalid_argument("--address takes HOST:PORT");
  options.host = text.substr(0, colon);
  options.port = static_cast<std::uint16_t>(std::stoul(text.substr(colon + 1)));
}

void set_option(Options& options, const std::string& name, const std::string& value) {
  if (name == "--mode") {
    options.modes = split_list(
        value == "all" ? std::string("tcp,split,pipeline,transaction,script,restart") : value, ',');
    for (const std::string& mode : options.modes) mode_named(mode);
  } else if (name == "--protocol") {
    if (value != "2" && value != "3" && value != "both") {
      throw std::invalid_argument("--protocol takes 2, 3 or both");
    }
    if (value != "both") options.protocols = {std::stoi(value)};
  } else if (name == "--server") {
    options.server = words_of(value);
  } else if (name == "--server-from") {
    const char* prefix = std::getenv(value.c_str());
    if (prefix == nullptr || *prefix == '\0') {
      options.unset_variable = value;
    } else {
      options.server = words_of(prefix);
    }
  } else if (name == "--address") {
    set_address(options, value);
  } else if (name == "--seed") {
    options.seed = std::stoull(value);
  } else if (name == "--restart-every") {
    options.restart_every = std::max(1, std::stoi(value));
  } else if (name == "--filter") {
    options.filter = value;
  } else {
    throw std::invalid_argument("unknown option: " + name);
  }
}

Options parse_arguments(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--fill") {
      options.fill = true;
    } else if (word == "--complete") {
      options.complete = true;
      options.modes = {kInProcess};
    } else if (word == "--verbose") {
      options.verbose = true;
    } else if (word.substr(0, 2) != "--") {
      options.paths.push_back(word);
    } else if (i + 1 < argc) {
      set_option(options, word, argv[++i]);
    } else {
      throw std::invalid_argument(word + " takes a value");
    }
  }
  const bool needs_server =
      options.fill || std::any_of(options.modes.begin(), options.modes.end(),
                                  [](auto& mode) { return mode != kInProcess && mode != kScript; });
  const bool named =
      options.unset_variable.empty() && options.server.empty() == (options.port == 0);
  if (needs_server && named) {
    throw std::invalid_argument("one of --server, --server-from and --address is needed");
  }
  if (options.paths.empty()) throw std::invalid_argument("no scripts named");
  return options;
}

std::vector<std::string> script_files(const Options& options) {
  namespace fs = std::filesystem;
  std::vector<std::string> files;
  for (const std::string& path : options.paths) {
    if (!fs::is_directory(path)) {
      files.push_back(path);
      continue;
    }
    for (const auto& entry : fs::recursive_directory_iterator(path)) {
      if (entry.path().extension() == ".resp") files.push_back(entry.path().string());
    }
  }
  std::erase_if(files, [&](const std::string& file) {
    return file.find(options.filter) == std::string::npos;
  });
  std::sort(files.begin(), files.end());
  if (files.empty()) throw std::invalid_argument("no script matches");
  return files;
}

Script load(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::invalid_argument("cannot read " + path);
  std::ostringstream text;
  text << file.rdbuf();
  return parse_script(path, text.str());
}

void report(const Script& script, const std::string& way, const Outcome& outcome, bool verbose,
            Totals& totals) {
  totals.commands += outcome.commands;
  if (outcome.failures.empty() && outcome.commands == 0) {
    ++totals.skipped;
    std::printf("skipped %s (%s): %s\n", script.path.c_str(), way.c_str(),
                outcome.missing.empty() ? "nothing in it is for this server"
                                        : ("the server has no " + outcome.missing).c_str());
    return;
  }
  if (outcome.failures.empty()) {
    ++totals.passed;
    if (verbose)
      std::printf("ok      %s (%s, %d commands)\n", script.path.c_str(), way.c_str(),
                  outcome.commands);
    return;
  }
  ++totals.failed;
  std::printf("FAILED  %s (%s)\n", script.path.c_str(), way.c_str());
  for (const std::string& failure : outcome.failures) std::printf("  %s\n", failure.c_str());
}

void run_scripts(ScriptTarget& target, const Options& options, const std::string& mode,
                 const std::vector<Script>& scripts, Totals& totals) {
  for (const int protocol : options.protocols) {
    ScriptRunner runner(target,
                        {mode_named(mode), protocol, options.seed, options.restart_every, false});
    const std::string way = mode + ", RESP" + std::to_string(protocol);
    for (const Script& script : scripts) {
      report(script, way, runner.run(script), options.verbose, totals);
    }
  }
}

// Runs all scripts in one way, on a server of its own unless an address was given.
bool run_mode(const Options& options, const std::string& mode, const std::vector<Script>& scripts,
              Totals& totals) {
  if (mode == kInProcess || (mode == kScript && options.server.empty() && options.port == 0)) {
    InProcessTarget target(options.seed);
    run_scripts(target, options, mode, scripts, totals);
    return true;
  }
  std::unique_ptr<ServerProcess> server;
  std::string host = options.host;
  std::uint16_t port = options.port;
  std::function<bool(const ConfigValues&)> restart;
  if (!options.server.empty()) {
    server = std::make_unique<ServerProcess>(options.server, mode == "restart");
    if (!server->start()) {
      std::fprintf(stderr, "the server does not start:\n%s\n", server->output().c_str());
      return false;
    }
    host = "127.0.0.1";
    port = server->port();
    restart = [&server](const ConfigValues& values) {
      server->kill();
      return server->start(values);
    };
  } else if (mode == "restart") {
    std::fprintf(stderr, "restart needs --server: the server at an address cannot be restarted\n");
    return false;
  }
  TcpTarget target(host, port, restart);
  run_scripts(target, options, mode, scripts, totals);
  return true;
}

int run_all(const Options& options) {
  std::vector<Script> scripts;
  for (const std::string& file : script_files(options)) scripts.push_back(load(file));
  Totals totals;
  for (const std::string& mode : options.modes) {
    if (!run_mode(options, mode, scripts, totals)) return 2;
  }
  std::printf("%d passed, %d failed, %d skipped (%zu scripts, %d commands, seed %llu)\n",
              totals.passed, totals.failed, totals.skipped, scripts.size(), totals.commands,
              static_cast<unsigned long long>(options.seed));
  return totals.failed == 0 ? 0 : 1;
}

int check_complete(const Options& options) {
  std::vector<Script> scripts;
  for (const std::string& file : script_files(options)) scripts.push_back(load(file));
  InProcessTarget target(options.seed);
  const std::vector<std::string> gaps = find_gaps(target, scripts);
  for (const std::string& gap : gaps) std::printf("%s\n", gap.c_str());
  std::printf("%zu commands without their script\n", gaps.size());
  return gaps.empty() ? 0 : 1;
}

int fill_all(const Options& options) {
  ServerProcess server(options.server, false);
  if (!server.start()) {
    std::fprintf(stderr, "the server does not start:\n%s\n", server.output().c_str());
    return 2;
  }
  TcpTarget target("127.0.0.1", server.port(), {});
  for (const std::string& file : script_files(options)) {
    const std::string problem = fill_script(target, load(file));
    if (!problem.empty()) std::printf("%s\n", problem.c_str());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Options options = parse_arguments(argc, argv);
    if (!options.unset_variable.empty()) {
      std::printf("skipped: %s is not set\n", options.unset_variable.c_str());
      return kSkipped;
    }
    if (options.fill && options.server.empty()) {
      throw std::invalid_argument("--fill needs --server");
    }
    if (options.complete) return check_complete(options);
    return options.fill ? fill_all(options) : run_all(options);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "script_runner: %s\n", problem.what());
    return 2;
  }
}
