// SPDX-License-Identifier: BSD-3-Clause
//
// bench_instructions: runs the workloads, or those of some families. Under callgrind, started with
// --instr-atstart=no, it lets instructions be counted for the counted part of each workload alone
// and has them written out under the workload's name (valgrind.org, "Client requests"). On its own
// it runs the same work and counts nothing, which shows that the workloads are sound.
//
//   bench_instructions --list          the workloads, as family/name, one a line
//   bench_instructions --built-with    what the figures depend on beside the source, as JSON
//   bench_instructions [FAMILY...]     for each workload, or those of the families: name requests
//
// Exit status: 0, 1 when a workload did not do what it is about, 2 when the arguments are wrong.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include <gnu/libc-version.h>

#include <sorrel/base/memory.h>

#ifdef SORREL_HAVE_VALGRIND
#include <valgrind/callgrind.h>
#endif

#include "workload.h"

namespace sorrel::bench {
namespace {

#ifdef SORREL_HAVE_VALGRIND
constexpr bool kCounts = true;

void count(Work& work, const std::string& name) {
  CALLGRIND_START_INSTRUMENTATION;
  CALLGRIND_ZERO_STATS;
  work.run();
  CALLGRIND_DUMP_STATS_AT(name.c_str());
  CALLGRIND_STOP_INSTRUMENTATION;
}
#else
constexpr bool kCounts = false;

void count(Work& work, const std::string&) { work.run(); }
#endif

std::vector<std::string> families() {
  std::vector<std::string> names;
  for (const Workload& workload : all_workloads()) {
    names.push_back(workload.family);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::string full_name(const Workload& workload) { return workload.family + "/" + workload.name; }

void print_list() {
  for (const Workload& workload : all_workloads()) {
    std::printf("%s\n", full_name(workload).c_str());
  }
}

void print_built_with() {
#ifdef __clang__
  const std::string compiler = "clang " __clang_version__;
#else
  const std::string compiler = "GCC " __VERSION__;
#endif
  const std::string allocator(base::allocator_name());
  std::printf(
      "{\"compiler\": \"%s\", \"allocator\": \"%s\", \"c_library\": \"glibc %s\", "
      "\"counts\": %s}\n",
      compiler.c_str(), allocator.c_str(), gnu_get_libc_version(), kCounts ? "true" : "false");
}

// Returns: whether the workload did what it is about.
bool run(const Workload& workload) {
  const std::string name = full_name(workload);
  try {
    const std::unique_ptr<Work> work = workload.build();
    work->warm_up();
    count(*work, name);
    work->check();
    std::printf("%s %llu\n", name.c_str(), static_cast<unsigned long long>(work->units()));
    std::fflush(stdout);
    return true;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", name.c_str(), error.what());
    return false;
  }
}

// Without a name: all of them.
int run_families(std::vector<std::string> wanted) {
  const std::vector<std::string> known = families();
  if (wanted.empty()) {
    wanted = known;
  }
  for (const std::string& name : wanted) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      std::fprintf(stderr, "no family '%s'\n", name.c_str());
      return 2;
    }
  }
  bool sound = true;
  for (const Workload& workload : all_workloads()) {
    if (std::find(wanted.begin(), wanted.end(), workload.family) != wanted.end()) {
      sound = run(workload) && sound;
    }
  }
  return sound ? 0 : 1;
}

}  // namespace
}  // namespace sorrel::bench

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const std::string_view first = arguments.empty() ? std::string_view() : arguments.front();
  if (first == "--list") {
    sorrel::bench::print_list();
    return 0;
  }
  if (first == "--built-with") {
    sorrel::bench::print_built_with();
    return 0;
  }
  return sorrel::bench::run_families(arguments);
}
