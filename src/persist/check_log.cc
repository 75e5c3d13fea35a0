// SPDX-License-Identifier: BSD-3-Clause
//
// The files are read by the same reader that a start uses, so what is valid here loads there.
#include <algorithm>
#include <system_error>
#include <vector>

#include <sorrel/persist/check_log.h>
#include <sorrel/persist/file_kind.h>
#include <sorrel/persist/log_reader.h>
#include <sorrel/persist/manifest.h>

#include "file_repair.h"
#include "log_loader.h"

namespace sorrel::persist {
namespace {

using Status = ReplayResult::Status;

std::string number(std::uint64_t value) { return std::to_string(value); }

std::string head_of(Disk& disk, const std::string& path) {
  int error = 0;
  const auto file = disk.open_for_read(path, error);
  char bytes[64];
  const std::int64_t got = file == nullptr ? 0 : file->read(bytes);
  return {bytes, static_cast<std::size_t>(std::max<std::int64_t>(got, 0))};
}

// The line in which this byte stands, counted from 1.
std::uint64_t line_of(Disk& disk, const std::string& path, std::uint64_t offset) {
  int error = 0;
  const auto file = disk.open_for_read(path, error);
  std::uint64_t lines = 1;
  std::vector<char> piece(64 * 1024);
  while (file != nullptr && offset > 0) {
    const std::int64_t got =
        file->read(std::span<char>(piece).first(std::min<std::uint64_t>(piece.size(), offset)));
    if (got <= 0) {
      break;
    }
    lines += static_cast<std::uint64_t>(std::count(piece.begin(), piece.begin() + got, '\n'));
    offset -= static_cast<std::uint64_t>(got);
  }
  return lines;
}

class Checker {
 public:
  Checker(Disk& disk, const CheckLogOptions& options) : disk_(disk), options_(options) {}

  int check(const std::string& path);

 private:
  bool check_manifest(const std::string& path);
  bool check_file(const std::string& path, const std::string& kind, bool last);
  bool judge(const std::string& path, const ReplayResult& result, bool last);
  bool judge_time(const std::string& path, const ReplayResult& result, bool last);
  bool repair(const std::string& path, const ReplayResult& result, bool last);
  bool take_out(const std::string& path, const ReplayResult& result);
  bool cut(const std::string& path, std::uint64_t size, const std::string& success);
  bool confirmed();
  bool fail(const std::string& text) {
    options_.say(text);
    return false;
  }
  // As the report names it.
  static std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

  Disk& disk_;
  const CheckLogOptions& options_;
};

bool Checker::confirmed() {
  if (options_.confirm != nullptr && !options_.confirm()) {
    return fail("Aborting...");
  }
  return true;
}

bool Checker::cut(const std::string& path, std::uint64_t size, const std::string& success) {
  const RepairedFile done = remove_ranges(disk_, path, {{size, UINT64_MAX}});
  if (!done.error.empty()) {
    return fail("Failed to truncate AOF " + name_of(path) + ": " + done.error);
  }
  options_.say("The file as it was is " + done.backup);
  options_.say(success);
  return true;
}

// Takes out the stretches whose checksums are wrong, and a torn tail behind them.
bool Checker::take_out(const std::string& path, const ReplayResult& result) {
  ReplayOptions options;
  options.max_skipped_bytes = UINT64_MAX;
  const ReplayResult skipped = check_log_file(disk_, path, options);
  std::vector<FileRange> ranges;
  std::uint64_t bytes = 0;
  for (const LogGap& gap : skipped.gaps) {
    ranges.push_back({gap.begin, gap.end});
    bytes += gap.end - gap.begin;
    options_.say("Damaged: the bytes " + number(gap.begin) + " to " + number(gap.end) + ": " +
                 gap.reason);
  }
  options_.say("This will take " + number(bytes) + " bytes out of the middle of the AOF " +
               name_of(path) + " of " + number(result.size) + " bytes");
  if (!confirmed()) {
    return false;
  }
  const RepairedFile done = remove_ranges(disk_, path, ranges);
  if (!done.error.empty()) {
    return fail(done.error);
  }
  options_.say("The file as it was is " + done.backup);
  options_.say("Successfully repaired AOF " + name_of(path));
  return true;
}

bool Checker::repair(const std::string& path, const ReplayResult& result, bool last) {
  const std::string name = name_of(path);
  if (result.status == Status::kDamaged && result.sealed) {
    return take_out(path, result);
  }
  if (!last) {
    return fail("Failed to truncate AOF " + name + " because it is not the last file");
  }
  options_.say("This will shrink the AOF " + name + " from " + number(result.size) +
               " bytes, with " + number(result.size - result.good_bytes) + " bytes, to " +
               number(result.good_bytes) + " bytes");
  return confirmed() && cut(path, result.good_bytes, "Successfully truncated AOF " + name);
}

bool Checker::judge_time(const std::string& path, const ReplayResult& result, bool last) {
  const std::string name = name_of(path);
  const std::string time = std::to_string(*options_.truncate_to_timestamp);
  if (!result.stopped) {
    options_.say("Truncate nothing in AOF " + name + " to timestamp " + time);
    return true;
  }
  if (result.good_bytes == 0) {
    return fail("AOF " + name + " has nothing before timestamp " + time + ", aborting...");
  }
  if (!last) {
    return fail("Failed to truncate AOF " + name + " to timestamp " + time + " to offset " +
                number(result.good_bytes) + " because it is not the last file.");
  }
  return cut(path, result.good_bytes,
             "Successfully truncated AOF " + name + " to timestamp " + time);
}

bool Checker::judge(const std::string& path, const ReplayResult& result, bool last) {
  const std::string name = name_of(path);
  if (result.status == Status::kUnreadable) {
    return fail("Cannot read file " + path + ": " + result.reason + ", aborting...");
  }
  if (result.status == Status::kBadImage) {
    options_.say(result.reason);
    return fail("RDB preamble of AOF file is not sane, aborting.");
  }
  if (result.status == Status::kComplete && options_.truncate_to_timestamp.has_value()) {
    return judge_time(path, result, last);
  }
  const bool valid = result.status == Status::kComplete;
  if (result.status == Status::kTorn) {
    options_.say("Unexpected end of the AOF " + name + ": " + result.reason);
  } else if (!valid) {
    options_.say("AOF " + name + " format error: " + result.reason);
    const std::string what = result.good_bytes == 0 ? describe_file(head_of(disk_, path)) : "";
    if (!what.empty() && !what.starts_with("a log")) {
      options_.say("It is " + what);
    }
  }
  const std::uint64_t shown = result.status == Status::kTorn ? result.size : result.good_bytes;
  options_.say("AOF analyzed: filename=" + name + ", size=" + number(result.size) +
               ", ok_up_to=" + number(result.good_bytes) +
               ", ok_up_to_line=" + number(line_of(disk_, path, shown)) +
               ", diff=" + number(result.size - result.good_bytes));
  if (valid) {
    return true;
  }
  if (options_.fix) {
    return repair(path, result, last);
  }
  return fail("AOF " + name + " is not valid. Use the --fix option to try fixing it.");
}

// `kind` begins the line that says that it is valid.
bool Checker::check_file(const std::string& path, const std::string& kind, bool last) {
  const std::string name = name_of(path);
  const std::int64_t size = disk_.size(path);
  if (size < 0) {
    return fail("Cannot open file " + path + ": No such file or directory, aborting...");
  }
  if (size == 0) {
    options_.say("AOF " + name + " is empty");
    return true;
  }
  ReplayOptions options;
  options.last_second = options_.truncate_to_timestamp.value_or(INT64_MAX);
  options.library = [](std::string_view) { return std::string(); };
  const std::string head = head_of(disk_, path);
  if (head.starts_with("REDIS") || head.starts_with("VALKEY")) {
    options_.say("The AOF appears to start with an RDB preamble.");
    options_.say("Checking the RDB preamble to start:");
  }
  const ReplayResult result = check_log_file(disk_, path, options, [this] {
    options_.say("RDB preamble is OK, proceeding with AOF tail...");
  });
  if (!judge(path, result, last)) {
    return false;
  }
  const bool changed = result.status != Status::kComplete || result.stopped;
  if (!changed) {
    options_.say(kind + name + " is valid");
  }
  return true;
}

bool Checker::check_manifest(const std::string& path) {
  options_.say("Start checking Multi Part AOF");
  const ParsedManifest parsed = read_manifest(disk_, path);
  if (!parsed.error.empty()) {
    return fail(parsed.error);
  }
  const std::size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash);
  const LoadOrder order = load_order(disk_, directory, parsed.manifest);
  bool increments = false;
  for (std::size_t i = 0; i < order.files.size(); ++i) {
    const ManifestEntry& entry = *order.files[i];
    const std::string file = directory + "/" + entry.name;
    if (entry.type == 'b') {
      const std::string head = head_of(disk_, file);
      const bool image = head.starts_with("REDIS") || head.starts_with("VALKEY");
      options_.say(std::string("Start to check BASE AOF (") + (image ? "RDB" : "RESP") +
                   " format).");
    } else if (!increments) {
      increments = true;
      options_.say("Start to check INCR files.");
    }
    if (!check_file(file, entry.type == 'b' ? "BASE AOF " : "INCR AOF ", i >= order.last_written)) {
      return false;
    }
  }
  options_.say("All AOF files and manifest are valid");
  return true;
}

int Checker::check(const std::string& path) {
  if (!disk_.exists(path)) {
    options_.say("Cannot open file " + path + ": No such file or directory");
    return 1;
  }
  if (path.ends_with(".manifest") || head_of(disk_, path).starts_with("file ")) {
    return check_manifest(path) ? 0 : 1;
  }
  options_.say("Start checking Old-Style AOF");
  return check_file(path, "AOF ", true) ? 0 : 1;
}

}  // namespace

int check_log(Disk& disk, const std::string& path, const CheckLogOptions& options) {
  return Checker(disk, options).check(path);
}

}  // namespace sorrel::persist
