// SPDX-License-Identifier: BSD-3-Clause
//
// Texts begin as Redis' own do, for people and tests look for these. A file that is named and not
// there is lost data, not a start; so all of them are looked for before the first is loaded.
#include "log_loader.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include <sorrel/persist/file_kind.h>

#include "file_repair.h"

namespace sorrel::persist {
namespace {

std::string message(int error) { return std::generic_category().message(error); }

}  // namespace

ParsedManifest read_manifest(Disk& disk, const std::string& path) {
  ParsedManifest parsed;
  std::string text;
  if (const int error = read_file(disk, path, text); error != 0) {
    parsed.error = "Can't read the AOF manifest " + path + ": " + message(error);
    return parsed;
  }
  parsed = parse_manifest(text);
  if (!parsed.error.empty()) {
    const std::string what = describe_file(std::string_view(text).substr(0, 64));
    parsed.error += " (" + path +
                    (what.empty() || what.starts_with("a manifest") ? "" : ": it is ") +
                    (what.starts_with("a manifest") ? "" : what) + ")";
  }
  return parsed;
}

LoadOrder load_order(Disk& disk, const std::string& directory, const Manifest& manifest) {
  LoadOrder order;
  order.files = manifest.increments();
  if (const ManifestEntry* base = manifest.base()) {
    order.files.insert(order.files.begin(), base);
  }
  order.last_written = order.files.size();
  while (order.last_written > 0) {
    --order.last_written;
    if (disk.size(directory + "/" + order.files[order.last_written]->name) != 0) {
      break;
    }
  }
  return order;
}

LogLoader::LogLoader(Disk& disk, const AppendLogOptions& options, exec::Executor& executor)
    : disk_(disk), options_(options), executor_(executor) {}

bool LogLoader::fail(std::string text) {
  loaded_->error = std::move(text);
  return false;
}

bool LogLoader::find_files() {
  for (const ManifestEntry& entry : files_->manifest().entries) {
    const std::string file = files_->path(entry.name);
    if (entry.type == 'h' || disk_.exists(file)) {
      continue;
    }
    std::string text = "Fatal error: the AOF file " + entry.name +
                       " can't be opened: No such file or directory. The manifest " +
                       files_->manifest_path() + " names it, and the data is not whole without it.";
    std::vector<std::string> there;
    disk_.list(files_->directory(), there);
    text += " There are:";
    for (const std::string& name : there) {
      text += " " + name;
    }
    return fail(text +
                ". Put the file back, or take its line out of the manifest to go on without it");
  }
  loaded_->bytes = files_->total_size();
  return true;
}

bool LogLoader::load(LogFiles& files, LoadedLog& loaded) {
  files_ = &files;
  loaded_ = &loaded;
  if (!find_files()) {
    return false;
  }
  const LoadOrder order = load_order(disk_, files.directory(), files.manifest());
  for (std::size_t i = 0; i < order.files.size(); ++i) {
    if (!load_file(*order.files[i], i >= order.last_written)) {
      return false;
    }
  }
  return true;
}

bool LogLoader::load_file(const ManifestEntry& entry, bool last) {
  const std::string path = files_->path(entry.name);
  const bool must_be_image = entry.name.ends_with(".rdb");
  if (must_be_image) {
    const std::string head = read_head(disk_, path);
    if (!head.starts_with("REDIS") && !head.starts_with("VALKEY")) {
      const std::string what = describe_file(head);
      return fail("Error reading the RDB preamble of the AOF file " + path +
                  ", AOF loading aborted: it does not begin as an RDB file" +
                  (what.empty() ? "" : "; it is " + what));
    }
  }
  ReplayOptions options;
  if (options_.skip_damage) {
    options.max_skipped_bytes =
        options_.max_skipped_bytes != 0 ? options_.max_skipped_bytes : UINT64_MAX;
  }
  options.library = options_.library;
  if (options_.progress != nullptr) {
    options.progress = [this](std::uint64_t bytes) {
      options_.progress(bytes_before_ + bytes, loaded_->bytes);
    };
  }
  if (options_.after_some != nullptr) {
    options.after_some = [this](std::uint64_t steps, std::uint64_t bytes) {
      options_.after_some(steps, bytes_before_ + bytes, loaded_->bytes);
    };
  }
  const ReplayResult result = replay_log(disk_, path, executor_, options);
  bytes_before_ += result.size;
  uncovered_begin_ = result.uncovered_begin;
  sealed_ = result.sealed;
  loaded_->commands += result.commands;
  if (result.has_image) {
    loaded_->has_image = true;
    loaded_->image = result.image;
  }
  for (const std::string& notice : result.notices) {
    loaded_->notices.push_back(notice);
  }
  if (result.missing_database >= 0) {
    return fail("The append only file " + path + " has keys in database " +
                std::to_string(result.missing_database) + ", and there are only " +
                std::to_string(executor_.keyspace().database_count()) +
                ". Nothing was changed. Start with more: databases " +
                std::to_string(result.missing_database + 1));
  }
  if (result.errors > 0) {
    loaded_->notices.push_back(std::to_string(result.errors) + " commands of " + entry.name +
                               " were refused, the first with: " + result.first_error);
  }
  return judge(entry, result, last);
}

std::string LogLoader::nothing_changed() const {
  return ". Nothing was changed. Make a backup, then use: sorrel check-aof --fix " +
         files_->manifest_path();
}

// What is wrong with a file that could not be loaded.
std::string LogLoader::said_of(const std::string& path, const ReplayResult& result) const {
  switch (result.status) {
    case ReplayResult::Status::kUnreadable:
      return "Unrecoverable error reading the append only file " + path + ": " + result.reason;
    case ReplayResult::Status::kBadImage:
      return "Error reading the RDB preamble of the AOF file " + path +
             ", AOF loading aborted: " + result.reason;
    case ReplayResult::Status::kTorn:
      return "Unexpected end of file reading the append only file " + path + ": behind byte " +
             std::to_string(result.good_bytes) + " " + result.reason;
    default:
      break;
  }
  if (result.unknown_command) {
    return result.reason + " reading the append only file " + path + " at byte " +
           std::to_string(result.good_bytes) +
           ". It was written by a later version or by another server; nothing was changed";
  }
  std::string text = "Bad file format reading the append only file " + path + " behind byte " +
                     std::to_string(result.good_bytes) + ": " + result.reason;
  if (result.good_bytes == 0) {
    const std::string what = describe_file(read_head(disk_, path));
    text += what.empty() || what.starts_with("a log") ? "" : "; it is " + what;
  }
  return text + nothing_changed();
}

bool LogLoader::judge(const ManifestEntry& entry, const ReplayResult& result, bool last) {
  const std::string path = files_->path(entry.name);
  const bool torn = result.status == ReplayResult::Status::kTorn;
  if (torn && (!last || !options_.cut_torn_tail)) {
    std::string text = said_of(path, result);
    if (last) {
      text +=
          ". Start with aof-load-truncated yes to cut it there, or use: sorrel check-aof --fix " +
          files_->manifest_path();
    } else {
      text += ". There are files behind it that were written later, so it is not cut" +
              nothing_changed();
    }
    return fail(text);
  }
  if (!torn && result.status != ReplayResult::Status::kComplete) {
    return fail(said_of(path, result));
  }
  if (torn) {
    loaded_->notices.push_back(said_of(path, result));
    loaded_->notices.emplace_back("AOF loaded anyway because aof-load-truncated is enabled");
  }
  for (const LogGap& gap : result.gaps) {
    loaded_->notices.push_back("AOF loaded anyway because aof-load-broken is enabled: bytes " +
                               std::to_string(gap.begin) + " to " + std::to_string(gap.end) +
                               " of " + path + " were left out: " + gap.reason);
  }
  if (torn || !result.gaps.empty()) {
    repairs_.push_back({path, torn ? result.good_bytes : result.size, torn,
                        result.has_hole || !result.gaps.empty(), result.gaps});
  }
  return true;
}

std::string make_repair(Disk& disk, const LogLoader::Repair& repair,
                        std::vector<std::string>& notices) {
  if (repair.backup) {
    std::vector<FileRange> cut;
    for (const LogGap& gap : repair.gaps) {
      cut.push_back({gap.begin, gap.end});
    }
    if (repair.torn) {
      cut.push_back({repair.keep_bytes, UINT64_MAX});
    }
    const RepairedFile done = remove_ranges(disk, repair.path, cut);
    if (done.error.empty()) {
      notices.push_back(repair.path + " was written without them; as it was it is " + done.backup);
    }
    return done.error;
  }
  const std::int64_t size = disk.size(repair.path);
  int error = 0;
  const auto file = disk.open_for_append(repair.path, error);
  if (file != nullptr) {
    error = file->truncate(repair.keep_bytes);
    error = error == 0 ? file->sync() : error;
  }
  if (error != 0) {
    return "Can't cut the torn tail of " + repair.path + ": " + message(error);
  }
  notices.push_back(repair.path + " was cut from " + std::to_string(size) + " to " +
                    std::to_string(repair.keep_bytes) +
                    " bytes, the end of its last complete record");
  return {};
}

}  // namespace sorrel::persist
