// SPDX-License-Identifier: BSD-3-Clause
//
// Fuzzes the replay of a log. The first byte chooses the size of the reads and whether damage is
// left out; the rest is a file. Whatever it is, the replay ends with a clear verdict, and what it
// calls good is good: those bytes alone load whole and to the same data. Where damage was left out,
// the file without the gaps loads whole. The check that applies nothing comes to the same verdict.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <sorrel/commands/families.h>
#include <sorrel/persist/log_reader.h>
#include <sorrel/persist/manifest.h>

#include "support/log_fixture.h"
#include "support/simulated_disk.h"

namespace {

using namespace sorrel;
using persist::ReplayOptions;
using persist::ReplayResult;
using Status = ReplayResult::Status;

void require(bool condition, int line = __builtin_LINE()) {
  if (!condition) {
    std::fprintf(stderr, "not so: line %d\n", line);
    std::abort();
  }
}

struct Replayed {
  ReplayResult result;
  std::string dump;
};

Replayed replay(std::string_view file, const ReplayOptions& options) {
  test::SimulatedDisk disk(1);
  disk.put("log", file);
  test::LogFixture server;
  Replayed replayed;
  replayed.result = persist::replay_log(disk, "log", server.executor, options);
  replayed.dump = server.dump();
  return replayed;
}

ReplayResult check(std::string_view file, const ReplayOptions& options) {
  test::SimulatedDisk disk(1);
  disk.put("log", file);
  return persist::check_log_file(disk, "log", options);
}

std::string without_gaps(std::string_view file, const ReplayResult& result) {
  std::string left;
  std::size_t at = 0;
  for (const persist::LogGap& gap : result.gaps) {
    left += file.substr(at, gap.begin - at);
    at = gap.end;
  }
  return left + std::string(file.substr(at));
}

void check_manifest(std::string_view text) {
  const persist::ParsedManifest parsed = persist::parse_manifest(text);
  if (parsed.error.empty()) {
    const persist::ParsedManifest again =
        persist::parse_manifest(persist::format_manifest(parsed.manifest));
    require(again.error.empty() && again.manifest == parsed.manifest);
  }
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view file(reinterpret_cast<const char*>(data) + 1, size - 1);
  check_manifest(file);
  ReplayOptions options;
  options.read_bytes = 1 + data[0] % 64;
  options.max_skipped_bytes = data[0] >= 128 ? UINT64_MAX : 0;
  const Replayed first = replay(file, options);
  const ReplayResult& result = first.result;
  require(result.good_bytes <= result.size && result.size <= file.size());
  require(result.status == Status::kComplete || !result.reason.empty());
  if (result.status == Status::kBadImage || result.unknown_command) {
    return 0;
  }
  const ReplayResult checked = check(file, options);
  if (!checked.unknown_command && checked.errors == 0 && result.errors == 0) {
    require(checked.status == result.status || result.status == Status::kDamaged);
  }
  ReplayOptions large;
  const Replayed other = replay(file, large);
  require(!result.gaps.empty() || options.max_skipped_bytes > 0 ||
          (other.result.status == result.status && other.dump == first.dump));
  if (result.gaps.empty()) {
    const Replayed good = replay(file.substr(0, result.good_bytes), large);
    require(good.result.status == Status::kComplete && good.dump == first.dump);
  } else if (result.status == Status::kComplete) {
    require(replay(without_gaps(file, result), large).dump == first.dump);
  }
  return 0;
}
