// SPDX-License-Identifier: BSD-3-Clause
//
// Opening the log: manifest, replay of each file, repair of the last one's tail, writer. A file is
// created before the manifest names it, so a named file that is not there is lost data, not a
// start.
#include <system_error>
#include <utility>

#include <sorrel/persist/append_log.h>
#include <sorrel/persist/log_reader.h>

namespace sorrel::persist {
namespace {

std::string message(int error) { return std::generic_category().message(error); }

class Opener {
 public:
  Opener(Disk& disk, const AppendLogOptions& options, exec::Executor& executor)
      : disk_(disk),
        options_(options),
        executor_(executor),
        directory_(options.directory + "/" + options.log_directory) {}

  OpenedLog open();

 private:
  bool read_manifest();
  bool begin_new_log();
  bool refuse_unnamed_files();
  bool add_first_increment();
  bool replay_all();
  bool replay(const ManifestEntry& entry, bool last);
  bool cut(const std::string& path, const ReplayResult& result);
  void open_writer();
  bool fail(std::string text) {
    opened_.error = std::move(text);
    return false;
  }
  std::string manifest_name() const { return options_.file_name + ".manifest"; }
  std::string path(const std::string& name) const { return directory_ + "/" + name; }

  Disk& disk_;
  const AppendLogOptions& options_;
  exec::Executor& executor_;
  std::string directory_;
  Manifest manifest_;
  OpenedLog opened_;
};

// Files of a log without their manifest are somebody's data: starting beside them would look like
// an empty database, and the next start would not find them either.
bool Opener::refuse_unnamed_files() {
  std::vector<std::string> names;
  if (int error = disk_.list(directory_, names); error != 0) {
    return fail("Can't read the append only directory " + directory_ + ": " + message(error));
  }
  for (const std::string& name : names) {
    const bool of_log = name.starts_with(options_.file_name + ".") &&
                        (name.ends_with(".aof") || name.ends_with(".rdb"));
    if (of_log && disk_.size(path(name)) != 0) {
      return fail("The log file " + path(name) + " is there but no manifest names it. Move it " +
                  "away, or write the manifest " + path(manifest_name()) +
                  " with one line for each file, like: " +
                  format_manifest({{{options_.file_name + ".1.incr.aof", 1, 'i'}}}));
    }
  }
  return true;
}

bool Opener::begin_new_log() {
  const std::string old_style = options_.directory + "/" + options_.file_name;
  if (disk_.exists(old_style)) {
    return fail("An append only file of a version before Redis 7 is there (" + old_style +
                ") and no " + manifest_name() +
                ". Let Redis 7 load it once, which turns it into an append only directory.");
  }
  int error = disk_.make_directory(directory_);
  if (error == 0) {
    error = disk_.sync_directory(options_.directory);
  }
  if (error != 0) {
    return fail("Can't create the append only directory " + directory_ + ": " + message(error));
  }
  return refuse_unnamed_files() && add_first_increment();
}

bool Opener::add_first_increment() {
  const std::string name = options_.file_name + ".1.incr.aof";
  if (disk_.size(path(name)) > 0) {
    return fail("The log file " + path(name) +
                " is there but the manifest does not name it. Move it away, or add it to " +
                path(manifest_name()));
  }
  int error = 0;
  if (disk_.open_for_append(path(name), error) == nullptr) {
    return fail("Can't open the append only file " + path(name) + ": " + message(error));
  }
  error = disk_.sync_directory(directory_);
  manifest_.entries.push_back({name, 1, 'i'});
  if (error == 0) {
    error = replace_file(disk_, directory_, manifest_name(), format_manifest(manifest_));
  }
  if (error != 0) {
    return fail("Can't write the manifest " + path(manifest_name()) + ": " + message(error));
  }
  opened_.notices.push_back("Creating AOF incr file " + name + " on server start");
  return true;
}

bool Opener::read_manifest() {
  if (!disk_.exists(path(manifest_name()))) {
    return begin_new_log();
  }
  std::string text;
  if (int error = read_file(disk_, path(manifest_name()), text); error != 0) {
    return fail("Can't read the manifest " + path(manifest_name()) + ": " + message(error));
  }
  auto parsed = parse_manifest(text);
  if (!parsed.error.empty()) {
    return fail(parsed.error + " (" + path(manifest_name()) + ")");
  }
  manifest_ = std::move(parsed.manifest);
  return !manifest_.increments().empty() || add_first_increment();
}

bool Opener::replay_all() {
  if (const ManifestEntry* base = manifest_.base(); base != nullptr && !replay(*base, false)) {
    return false;
  }
  const auto increments = manifest_.increments();
  for (const ManifestEntry* increment : increments) {
    if (!replay(*increment, increment == increments.back())) {
      return false;
    }
  }
  return true;
}

bool Opener::replay(const ManifestEntry& entry, bool last) {
  const std::string file = path(entry.name);
  if (!disk_.exists(file)) {
    return fail("The AOF file " + file + " is named by the manifest and not there");
  }
  if (entry.name.ends_with(".rdb")) {
    return fail("The AOF base file " + file +
                " is a snapshot in RDB format, which this version cannot read yet. Rewrite the log "
                "with aof-use-rdb-preamble no on the server that wrote it.");
  }
  const ReplayResult result = replay_log(disk_, file, executor_);
  opened_.commands += result.commands;
  if (result.errors > 0) {
    opened_.notices.push_back(std::to_string(result.errors) + " commands of " + entry.name +
                              " were refused, the first with: " + result.first_error);
  }
  switch (result.status) {
    case ReplayResult::Status::kComplete:
      return true;
    case ReplayResult::Status::kUnreadable:
      return fail("Can't read the AOF file " + file + ": " + result.reason);
    case ReplayResult::Status::kDamaged:
      return fail("Bad file format reading the append only file " + file + " behind byte " +
                  std::to_string(result.good_bytes) + ": " + result.reason +
                  ". Nothing was changed. Make a backup, then cut the file there: truncate -s " +
                  std::to_string(result.good_bytes) + " " + file);
    case ReplayResult::Status::kTorn:
      break;
  }
  if (!last || !options_.cut_torn_tail) {
    return fail("Unexpected end of file reading the append only file " + file + ": " +
                std::to_string(result.size - result.good_bytes) +
                " bytes behind the last complete record, which ends at byte " +
                std::to_string(result.good_bytes) + ": " + result.reason +
                (last ? ". Start with aof-load-truncated yes to cut them." : "."));
  }
  return cut(file, result);
}

bool Opener::cut(const std::string& file, const ReplayResult& result) {
  int error = 0;
  const auto opened = disk_.open_for_append(file, error);
  if (opened != nullptr) {
    error = opened->truncate(result.good_bytes);
    error = error == 0 ? opened->sync() : error;
  }
  if (error != 0) {
    return fail("Can't cut the torn tail of " + file + ": " + message(error));
  }
  opened_.notices.push_back("AOF loaded anyway because aof-load-truncated is enabled: " + file +
                            " was cut from " + std::to_string(result.size) + " to " +
                            std::to_string(result.good_bytes) +
                            " bytes, the end of its last complete record: " + result.reason);
  return true;
}

void Opener::open_writer() {
  const std::string file = path(manifest_.increments().back()->name);
  int error = 0;
  auto opened = disk_.open_for_append(file, error);
  if (opened == nullptr) {
    fail("Can't open the append only file " + file + ": " + message(error));
    return;
  }
  // What was read may lie in the kernel's memory alone, and the writer takes it for durable.
  if (error = opened->sync(); error != 0) {
    fail("Can't sync the append only file " + file + ": " + message(error));
    return;
  }
  const std::int64_t size = disk_.size(file);
  opened_.writer = std::make_unique<LogWriter>(
      std::move(opened), static_cast<std::uint64_t>(size > 0 ? size : 0), options_.policy);
}

OpenedLog Opener::open() {
  executor_.keyspace().set_expiry_enabled(false);
  if (read_manifest() && replay_all()) {
    open_writer();
  }
  executor_.keyspace().set_expiry_enabled(true);
  return std::move(opened_);
}

}  // namespace

OpenedLog open_append_log(Disk& disk, const AppendLogOptions& options, exec::Executor& executor) {
  return Opener(disk, options, executor).open();
}

}  // namespace sorrel::persist
