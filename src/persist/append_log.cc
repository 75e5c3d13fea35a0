// SPDX-License-Identifier: BSD-3-Clause
//
// Opening the log: manifest, loading, repairs, a new base or increment where one is missing,
// writer. A file is created before the manifest names it, so a named file that is not there is lost
// data, not a start.
#include <algorithm>
#include <system_error>
#include <utility>

#include <sorrel/base/numbers.h>
#include <sorrel/persist/append_log.h>

#include "log_loader.h"

namespace sorrel::persist {
namespace {

// At most so much is read once more to go on with its checksums.
constexpr std::uint64_t kMaxCatchUp = 4 * 1024 * 1024;
constexpr std::size_t kCatchUpPiece = 64 * 1024;

std::string message(int error) { return std::generic_category().message(error); }

std::unique_ptr<LogFiles> make_files(Disk& disk, const AppendLogOptions& options,
                                     Manifest manifest) {
  auto files = std::make_unique<LogFiles>(disk, options.directory + "/" + options.log_directory,
                                          options.file_name, std::move(manifest));
  files->set_keep_history(options.keep_history);
  return files;
}

// The number in "NAME.<number>.incr.aof", 0 in any other name.
std::int64_t increment_number(std::string_view file, std::string_view name) {
  constexpr std::string_view kEnd = ".incr.aof";
  if (!file.starts_with(name) || !file.ends_with(kEnd) ||
      file.size() < name.size() + kEnd.size() + 2 || file[name.size()] != '.') {
    return 0;
  }
  file.remove_prefix(name.size() + 1);
  file.remove_suffix(kEnd.size());
  return base::parse_integer(file).value_or(0);
}

// Files of a log that no manifest names are somebody's data: starting beside them would look like
// an empty database, or like one that lacks its last changes. Returns: an empty text, or what is
// to be done about the first of them.
std::string unnamed_file(Disk& disk, const LogFiles& files, const std::string& file_name) {
  std::vector<std::string> names;
  if (const int error = disk.list(files.directory(), names); error != 0) {
    return "Can't read the append only directory " + files.directory() + ": " + message(error);
  }
  const Manifest& manifest = files.manifest();
  for (const std::string& name : names) {
    const bool of_log =
        name.starts_with(file_name + ".") && (name.ends_with(".aof") || name.ends_with(".rdb"));
    const bool later = increment_number(name, file_name) > manifest.last_increment();
    if (!of_log || disk.size(files.path(name)) == 0 || (!manifest.entries.empty() && !later)) {
      continue;
    }
    const std::string place = files.path(name);
    if (manifest.entries.empty()) {
      std::string text = "The log file " + place + " is there but no manifest names it. ";
      text += "Move it away, or write the manifest " + files.manifest_path();
      text += " with one line for each file, like: file " + name + " seq 1 type ";
      return text + (name.find(".base.") != std::string::npos ? "b" : "i");
    }
    std::string text = "The log file " + place + " is there but the manifest ";
    text += files.manifest_path() + " does not name it, and it is later than all that are named.";
    text += " Move it away, or add the line: file " + name + " seq ";
    return text + std::to_string(increment_number(name, file_name)) + " type i";
  }
  return {};
}

class Opener {
 public:
  Opener(Disk& disk, const AppendLogOptions& options, exec::Executor& executor)
      : disk_(disk), options_(options), executor_(executor) {}

  OpenedLog open();

 private:
  bool find();
  bool adopt_old_file();
  bool move_old_file();
  bool refuse_unnamed_files() { return refuse(unnamed_file(disk_, files(), options_.file_name)); }
  bool load();
  bool holds_nothing();
  bool begin_new_log();
  std::string write_base(const std::string& path);
  bool add_increment();
  bool may_be_sealed_on(const LogLoader& loader);
  SealState seal_state();
  void open_writer();
  bool fail(std::string text) {
    opened_.error = std::move(text);
    return false;
  }
  bool refuse(std::string why) { return why.empty() || fail(std::move(why)); }
  void note(const LogFiles::Outcome& outcome) {
    opened_.notices.insert(opened_.notices.end(), outcome.notices.begin(), outcome.notices.end());
  }
  LogFiles& files() { return *opened_.files; }
  // Where a version before Redis 7 has its log.
  std::string old_path() const { return options_.directory + "/" + options_.file_name; }

  Disk& disk_;
  const AppendLogOptions& options_;
  exec::Executor& executor_;
  OpenedLog opened_;
  // Of the last increment: where the bytes begin that its checksums do not cover yet.
  std::uint64_t uncovered_begin_ = 0;
  bool sealed_ = false;
};

// The manifest, or what there is in its place.
bool Opener::find() {
  opened_.files = make_files(disk_, options_, {});
  if (std::string error = files().take_directory(); !error.empty()) {
    return fail(std::move(error));
  }
  if (disk_.exists(files().manifest_path())) {
    ParsedManifest parsed = read_manifest(disk_, files().manifest_path());
    if (!parsed.error.empty()) {
      return fail(parsed.error);
    }
    files().set_manifest(std::move(parsed.manifest));
    // What was read is what a crash leaves, from here on.
    if (const int error = disk_.sync_directory(files().directory()); error != 0) {
      return fail("Can't sync the append only directory " + files().directory() + ": " +
                  message(error));
    }
  }
  const LogFiles::Outcome leftovers = files().remove_leftovers();
  note(leftovers);
  if (!leftovers.error.empty()) {
    return fail(leftovers.error);
  }
  const std::vector<ManifestEntry>& entries = files().manifest().entries;
  if (entries.size() == 1 && entries[0].type == 'b' && entries[0].name == options_.file_name &&
      !disk_.exists(files().path(options_.file_name)) && disk_.exists(old_path())) {
    return move_old_file();  // a step that was not made
  }
  // An empty one holds nothing: what else there is may.
  if (entries.empty() && disk_.size(old_path()) > 0) {
    return adopt_old_file();
  }
  return refuse_unnamed_files();
}

// The manifest names the file first, and then it is moved: a start in between goes on from there.
bool Opener::adopt_old_file() {
  if (!refuse_unnamed_files()) {
    return false;
  }
  std::string error = files().publish({{{options_.file_name, 1, 'b'}}});
  return error.empty() ? move_old_file() : fail(error);
}

bool Opener::move_old_file() {
  int error = disk_.rename(old_path(), files().path(options_.file_name));
  error = error == 0 ? disk_.sync_directory(files().directory()) : error;
  error = error == 0 ? disk_.sync_directory(options_.directory) : error;
  if (error != 0) {
    return fail("Can't move the old-style AOF file " + old_path() + " to " + files().directory() +
                ": " + message(error));
  }
  opened_.notices.push_back("Successfully migrated an old-style AOF: " + old_path() +
                            " is the base of the log in " + files().directory());
  return true;
}

bool Opener::load() {
  LogLoader loader(disk_, options_, executor_);
  if (!loader.load(files(), opened_)) {
    return false;
  }
  for (const LogLoader::Repair& repair : loader.repairs()) {
    if (std::string error = make_repair(disk_, repair, opened_.notices); !error.empty()) {
      return fail(std::move(error));
    }
  }
  if (!options_.keep_history) {
    note(files().remove_history());
  }
  if (std::string error = files().set_left(false); !error.empty()) {
    return fail(std::move(error));
  }
  if (!files().manifest().increments().empty() && may_be_sealed_on(loader)) {
    uncovered_begin_ = loader.uncovered_begin();
    sealed_ = loader.sealed();
    return true;
  }
  return add_increment();
}

// Whether the last file can go on with its checksums. What another server wrote to it has none, and
// much of that is not read once more to catch up; a new file is begun instead.
bool Opener::may_be_sealed_on(const LogLoader& loader) {
  if (options_.seal_interval_bytes == 0) {
    return true;
  }
  const std::string file = files().path(files().manifest().increments().back()->name);
  for (const LogLoader::Repair& repair : loader.repairs()) {
    if (repair.path == file && !repair.gaps.empty()) {
      return false;  // it was written anew
    }
  }
  const auto size = static_cast<std::uint64_t>(std::max<std::int64_t>(disk_.size(file), 0));
  return size <= loader.uncovered_begin() + kMaxCatchUp;
}

// Reads what the next checksum is to cover of what is there already.
SealState Opener::seal_state() {
  SealState state{options_.seal_interval_bytes, sealed_, 0, 0};
  const std::string path = files().path(files().manifest().increments().back()->name);
  int error = 0;
  const auto file = disk_.open_for_read(path, error);
  if (state.interval_bytes == 0 || file == nullptr) {
    return state;
  }
  file->read_from(uncovered_begin_);
  LogSealer sealer(state);
  std::vector<char> piece(kCatchUpPiece);
  for (std::int64_t got = file->read(piece); got > 0; got = file->read(piece)) {
    sealer.add({piece.data(), static_cast<std::size_t>(got)});
  }
  return sealer.state();
}

std::string Opener::write_base(const std::string& path) {
  if (options_.write_base != nullptr) {
    return options_.write_base(path);
  }
  std::string image;
  if (options_.base_kind == LogFiles::BaseKind::kRdb) {
    RdbWriter writer({}, executor_.keyspace().access(),
                     RdbWriter::Sink([&](std::string_view piece) { image += piece; }));
    writer.auxiliary("aof-base", "1");
    writer.keyspace(executor_.keyspace());
    writer.end();
  }
  const int error = write_file(disk_, path, image);
  return error == 0 ? "" : "Can't write " + path + ": " + message(error);
}

// Its first base and increment come together, so that there is a log with all its data or none.
bool Opener::begin_new_log() {
  if (options_.load_other != nullptr) {
    if (std::string error = options_.load_other(); !error.empty()) {
      return fail(std::move(error));
    }
  }
  LogFiles::Increment increment = files().prepare_first_increment();
  std::string error = increment.error;
  const std::string temporary = files().temporary_base_path();
  if (error.empty()) {
    error = write_base(temporary);
  }
  if (error.empty()) {
    error = files().install_base(temporary, options_.base_kind, increment.sequence).error;
  }
  if (!error.empty()) {
    return fail(std::move(error));
  }
  const Manifest& manifest = files().manifest();
  opened_.notices.push_back("Creating AOF base file " + manifest.base()->name + " on server start");
  opened_.notices.push_back("Creating AOF incr file " + manifest.increments().back()->name +
                            " on server start");
  return true;
}

bool Opener::add_increment() {
  const LogFiles::Increment increment = files().prepare_increment();
  if (!increment.error.empty()) {
    return fail(increment.error);
  }
  opened_.notices.push_back("Creating AOF incr file " +
                            files().manifest().increments().back()->name + " on server start");
  return true;
}

void Opener::open_writer() {
  const std::string file = files().path(files().manifest().increments().back()->name);
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
  opened_.seal = seal_state();
  opened_.writer = std::make_unique<LogWriter>(std::move(opened),
                                               static_cast<std::uint64_t>(size > 0 ? size : 0),
                                               options_.policy, seal_state());
  opened_.writer->set_timestamps(options_.timestamps);
}

// Also when there are files, but nothing was ever written to them. An image is never empty.
bool Opener::holds_nothing() {
  const std::vector<ManifestEntry>& entries = files().manifest().entries;
  return std::all_of(entries.begin(), entries.end(), [this](const ManifestEntry& entry) {
    return entry.type == 'h' ||
           (disk_.size(files().path(entry.name)) == 0 && !entry.name.ends_with(".rdb"));
  });
}

OpenedLog Opener::open() {
  executor_.keyspace().set_expiry_enabled(false);
  if (find() && (holds_nothing() ? begin_new_log() : load())) {
    open_writer();
  }
  executor_.keyspace().set_expiry_enabled(true);
  return std::move(opened_);
}

}  // namespace

OpenedLog open_append_log(Disk& disk, const AppendLogOptions& options, exec::Executor& executor) {
  return Opener(disk, options, executor).open();
}

LoadedLog load_append_log(Disk& disk, const AppendLogOptions& options, exec::Executor& executor) {
  LoadedLog loaded;
  FoundLog found = find_append_log(disk, options);
  loaded.error = std::move(found.error);
  const bool is_old = found.files->manifest().entries.empty() && has_old_log(disk, options);
  if (is_old) {
    AppendLogOptions place = options;
    place.log_directory = ".";
    found.files = make_files(disk, place, {{{options.file_name, 1, 'b'}}});
  } else if (loaded.error.empty() && found.files->manifest().entries.empty()) {
    loaded.error = "There is no append only log: " + found.files->manifest_path();
  }
  if (!loaded.error.empty()) {
    return loaded;
  }
  executor.keyspace().set_expiry_enabled(false);
  LogLoader(disk, options, executor).load(*found.files, loaded);
  executor.keyspace().set_expiry_enabled(true);
  return loaded;
}

bool has_old_log(Disk& disk, const AppendLogOptions& options) {
  return disk.size(options.directory + "/" + options.file_name) > 0;
}

FoundLog find_append_log(Disk& disk, const AppendLogOptions& options) {
  FoundLog found;
  found.files = make_files(disk, options, {});
  if (disk.exists(found.files->manifest_path())) {
    ParsedManifest parsed = read_manifest(disk, found.files->manifest_path());
    found.error = std::move(parsed.error);
    found.files->set_manifest(std::move(parsed.manifest));
  }
  if (found.error.empty()) {
    found.error = unnamed_file(disk, *found.files, options.file_name);
  }
  return found;
}

}  // namespace sorrel::persist
