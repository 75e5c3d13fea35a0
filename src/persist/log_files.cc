// SPDX-License-Identifier: BSD-3-Clause
//
// The order of every change: the new files are there and durable; the manifest that names them is
// staged, renamed and durable; only then goes what it names no more. A file whose name may stand in
// a manifest that was renamed but not confirmed is never written over: its number is not used
// again.
#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <sorrel/persist/log_files.h>

namespace sorrel::persist {
namespace {

std::string message(int error) { return std::generic_category().message(error); }

// The directory that holds this one.
std::string parent(const std::string& directory) {
  const std::size_t slash = directory.rfind('/');
  return slash == std::string::npos ? "." : directory.substr(0, slash);
}

bool names(const Manifest& manifest, const std::string& file) {
  return std::any_of(manifest.entries.begin(), manifest.entries.end(),
                     [&](const ManifestEntry& entry) { return entry.name == file; });
}

}  // namespace

LogFiles::LogFiles(Disk& disk, std::string directory, std::string file_name, Manifest manifest)
    : disk_(disk),
      directory_(std::move(directory)),
      file_name_(std::move(file_name)),
      manifest_(std::move(manifest)) {}

std::string LogFiles::path(std::string_view name) const {
  return directory_ + "/" + std::string(name);
}

std::string LogFiles::increment_name(std::int64_t sequence) const {
  return file_name_ + "." + std::to_string(sequence) + ".incr.aof";
}

std::string LogFiles::base_name(std::int64_t sequence, BaseKind kind) const {
  return file_name_ + "." + std::to_string(sequence) + ".base" +
         (kind == BaseKind::kRdb ? ".rdb" : ".aof");
}

std::string LogFiles::temporary_base_path() const {
  return path("temp-rewriteaof-" + file_name_ + ".base");
}

std::int64_t LogFiles::modified_ms() {
  std::int64_t last = 0;
  for (const ManifestEntry& entry : manifest_.entries) {
    last = std::max(last, entry.type == 'h' ? 0 : disk_.modified_ms(path(entry.name)));
  }
  return last;
}

std::uint64_t LogFiles::total_size() {
  std::uint64_t total = 0;
  for (const ManifestEntry& entry : manifest_.entries) {
    const std::int64_t size = entry.type == 'h' ? 0 : disk_.size(path(entry.name));
    total += size > 0 ? static_cast<std::uint64_t>(size) : 0;
  }
  return total;
}

// The temporary file also tells what was being changed, if the process ends meanwhile.
std::string LogFiles::stage(const Manifest& next) {
  int error = write_file(disk_, staged_path(), format_manifest(next));
  error = error == 0 ? disk_.sync_directory(directory_) : error;
  return error == 0 ? "" : "Can't write the manifest " + staged_path() + ": " + message(error);
}

std::string LogFiles::set_left(bool left) {
  if (manifest_.entries.empty() || manifest_.left == left) {
    return {};
  }
  Manifest next = manifest_;
  next.left = left;
  return publish(std::move(next));
}

std::string LogFiles::publish(Manifest next) {
  std::string wrong = stage(next);
  return wrong.empty() ? commit(std::move(next)) : wrong;
}

std::string LogFiles::commit(Manifest next) {
  int error = disk_.rename(staged_path(), manifest_path());
  if (error == 0) {
    manifest_ = std::move(next);
    error = disk_.sync_directory(directory_);
    manifest_durable_ = error == 0;
  }
  return error == 0 ? "" : "Can't write the manifest " + manifest_path() + ": " + message(error);
}

std::string LogFiles::make_directory() {
  int error = disk_.make_directory(directory_);
  error = error == 0 ? disk_.sync_directory(parent(directory_)) : error;
  return error == 0
             ? ""
             : "Can't create the append only directory " + directory_ + ": " + message(error);
}

std::string LogFiles::take_directory() {
  if (!disk_.exists(directory_)) {
    lock_.reset();  // of one that somebody has removed
  }
  std::string wrong = make_directory();
  if (!wrong.empty() || lock_ != nullptr) {
    return wrong;
  }
  int error = 0;
  lock_ = disk_.lock_directory(directory_, error);
  if (error == EWOULDBLOCK) {
    return "The append only directory " + directory_ +
           " is in use by another server; two cannot write one log. End that one, or give this one "
           "a directory of its own (dir, appenddirname)";
  }
  return error == 0 ? ""
                    : "Can't open the append only directory " + directory_ + ": " + message(error);
}

// A number whose file is not there, or is empty: what somebody put there is not touched.
std::int64_t LogFiles::next_increment() {
  std::int64_t sequence = manifest_.last_increment() + 1;
  while (disk_.size(path(increment_name(sequence))) > 0) {
    ++sequence;
  }
  return sequence;
}

// Opens the file at the increment's path, which must be empty, and makes its name durable.
std::string LogFiles::create(Increment& increment) {
  int error = 0;
  increment.file = disk_.open_for_append(increment.path, error);
  if (error == 0 && disk_.size(increment.path) != 0) {
    error = EEXIST;
  }
  error = error == 0 ? disk_.sync_directory(directory_) : error;
  if (error == 0) {
    return {};
  }
  increment.file.reset();
  return "Can't open the append only file " + increment.path + ": " + message(error);
}

LogFiles::Increment LogFiles::prepare_increment() {
  Increment increment;
  increment.error = take_directory();
  increment.sequence = next_increment();
  const std::string name = increment_name(increment.sequence);
  increment.path = path(name);
  increment.error = increment.error.empty() ? create(increment) : std::move(increment.error);
  if (increment.error.empty()) {
    Manifest next = manifest_;
    next.entries.push_back({name, increment.sequence, 'i'});
    next.left = false;
    increment.error = publish(std::move(next));
  }
  if (!increment.error.empty()) {
    increment.file.reset();
  }
  return increment;
}

LogFiles::Increment LogFiles::prepare_first_increment() {
  if (first_sequence_ != 0) {
    discard_first_increment();  // of a base that failed
  }
  Increment increment;
  increment.path = first_increment_path();
  increment.error = take_directory();
  if (increment.error.empty()) {
    disk_.remove(increment.path);
    increment.error = create(increment);
  }
  if (increment.error.empty()) {
    increment.sequence = first_sequence_ = next_increment();
  }
  return increment;
}

void LogFiles::discard_first_increment() {
  const std::string name = increment_name(first_sequence_);
  disk_.remove(first_increment_path());
  if (first_sequence_ != 0 && !names(manifest_, name)) {
    disk_.remove(path(name));  // an attempt to install it moved it there
  }
  first_sequence_ = 0;
}

Manifest LogFiles::with_base(ManifestEntry base, std::int64_t first_increment) const {
  Manifest next;
  next.entries.push_back(std::move(base));
  const bool all = first_increment == 0;
  next.left = all && manifest_.left;
  const auto of_type = [&](char type, bool old, char now) {
    for (const ManifestEntry& entry : manifest_.entries) {
      const bool is_old = type == 'i' && (all || entry.sequence < first_increment);
      if (entry.type == type && is_old == old) {
        next.entries.push_back({entry.name, entry.sequence, now});
      }
    }
  };
  of_type('i', true, 'h');
  of_type('b', false, 'h');
  of_type('h', false, 'h');
  of_type('i', false, 'i');
  if (first_increment != 0 && first_increment == first_sequence_) {
    next.entries.push_back({increment_name(first_increment), first_increment, 'i'});
  }
  return next;
}

// Gives the new files their names, durably.
std::string LogFiles::place_files(const std::string& temporary, const std::string& base,
                                  std::int64_t first_increment) {
  int error = disk_.exists(temporary) ? 0 : ENOENT;
  std::string culprit = temporary;
  if (error == 0) {
    const auto file = disk_.open_for_append(temporary, error);
    error = file != nullptr ? file->sync() : error;
  }
  if (error == 0 && first_increment != 0 && first_increment == first_sequence_) {
    culprit = first_increment_path();
    const std::string place = path(increment_name(first_increment));
    // An attempt before this one may have moved it already.
    if (disk_.exists(culprit) || !disk_.exists(place)) {
      error = disk_.rename(culprit, place);
    }
  }
  if (error == 0) {
    culprit = temporary;
    error = disk_.rename(temporary, path(base));
  }
  error = error == 0 ? disk_.sync_directory(directory_) : error;
  return error == 0 ? "" : "Can't put " + culprit + " in its place: " + message(error);
}

LogFiles::Outcome LogFiles::install_base(const std::string& temporary, BaseKind kind,
                                         std::int64_t first_increment) {
  Outcome outcome;
  const ManifestEntry* old = manifest_.base();
  std::int64_t sequence = std::max(base_sequence_, old == nullptr ? 0 : old->sequence) + 1;
  while (disk_.size(path(base_name(sequence, kind))) > 0) {
    ++sequence;  // what somebody put there is not touched
  }
  const std::string name = base_name(sequence, kind);
  Manifest next = with_base({name, sequence, 'b'}, first_increment);
  outcome.error = take_directory();
  if (outcome.error.empty()) {
    outcome.error = stage(next);
  }
  if (outcome.error.empty()) {
    base_sequence_ = sequence;
    orphans_.push_back(name);
    outcome.error = place_files(temporary, name, first_increment);
  }
  if (outcome.error.empty()) {
    outcome.error = commit(std::move(next));
  }
  if (!outcome.error.empty()) {
    disk_.remove(temporary);
    take_back(name);
    return outcome;
  }
  if (first_increment == first_sequence_) {
    first_sequence_ = 0;
  }
  outcome.notices.push_back("The new AOF base file is " + name);
  if (!keep_history_) {
    const Outcome history = remove_history();
    outcome.notices.insert(outcome.notices.end(), history.notices.begin(), history.notices.end());
  }
  return outcome;
}

// Removes a base that was not installed, if the manifest on disk does not name it for certain.
void LogFiles::take_back(const std::string& base) {
  std::string text;
  if (disk_.exists(manifest_path()) && read_file(disk_, manifest_path(), text) != 0) {
    return;
  }
  if (!names(parse_manifest(text).manifest, base)) {
    const int error = disk_.remove(path(base));
    std::erase_if(orphans_, [&](const std::string& name) {
      return name == base && (error == 0 || error == ENOENT);
    });
  }
}

LogFiles::Outcome LogFiles::remove_history() {
  Outcome outcome;
  if (!manifest_durable_) {
    const int error = disk_.sync_directory(directory_);
    manifest_durable_ = error == 0;
    if (error != 0) {
      outcome.error = "Can't sync the append only directory " + directory_ + ": " + message(error);
      return outcome;
    }
  }
  const auto remove = [&](const std::string& name) {
    const int error = disk_.remove(path(name));
    if (error != 0 && error != ENOENT) {
      outcome.error = "Can't remove the history file " + path(name) + ": " + message(error);
      outcome.notices.push_back(outcome.error);
      return false;
    }
    if (error == 0) {
      outcome.notices.push_back("Removing the history file " + name);
    }
    return true;
  };
  std::erase_if(orphans_,
                [&](const std::string& name) { return names(manifest_, name) || remove(name); });
  Manifest next = manifest_;
  std::erase_if(next.entries, [&](const ManifestEntry& entry) {
    return entry.type == 'h' && remove(entry.name);
  });
  if (next == manifest_) {
    return outcome;
  }
  // The names go before the manifest forgets them: none comes back unnamed.
  const int error = disk_.sync_directory(directory_);
  std::string failed = error == 0 ? publish(std::move(next)) : message(error);
  if (!failed.empty()) {
    outcome.notices.push_back(failed);
    outcome.error = std::move(failed);
  }
  return outcome;
}

// A file of a change that was cut short: nobody was promised anything by it.
// Returns: errno.
int LogFiles::set_aside(const ManifestEntry& entry, Outcome& outcome) {
  const std::string file = path(entry.name);
  if (!disk_.exists(file)) {
    return 0;
  }
  const bool of_rewrite = entry.name == base_name(entry.sequence, BaseKind::kRdb) ||
                          entry.name == base_name(entry.sequence, BaseKind::kCommands);
  if ((entry.type == 'b' && of_rewrite) || disk_.size(file) == 0) {
    outcome.notices.push_back("Removing " + entry.name + " of a rewrite that did not end");
    return disk_.remove(file);
  }
  outcome.notices.push_back(
      entry.name + ", which belongs to a change of the log that did not end, " + "is kept as " +
      entry.name + ".unfinished; remove it when it is not " + "needed");
  return disk_.rename(file, file + ".unfinished");
}

// What the staged manifest names goes for good before it does, for it alone tells what that is.
LogFiles::Outcome LogFiles::remove_leftovers() {
  Outcome outcome;
  std::string text;
  if (disk_.exists(staged_path()) && read_file(disk_, staged_path(), text) == 0) {
    int error = 0;
    for (const ManifestEntry& entry : parse_manifest(text).manifest.entries) {
      if (error == 0 && !names(manifest_, entry.name)) {
        error = set_aside(entry, outcome);
      }
    }
    error = error == 0 ? disk_.sync_directory(directory_) : error;
    if (error != 0) {
      outcome.error = "Can't remove what a rewrite left that did not end: " + message(error);
      return outcome;
    }
  }
  for (const std::string& leftover :
       {temporary_base_path(), first_increment_path(), staged_path()}) {
    if (disk_.exists(leftover)) {
      disk_.remove(leftover);
      outcome.notices.push_back("Removing " + leftover + " of a rewrite that did not end");
    }
  }
  return outcome;
}

}  // namespace sorrel::persist
