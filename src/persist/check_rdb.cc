// SPDX-License-Identifier: BSD-3-Clause
//
// One pass over the file tells what is in it; where it ends in damage and a repair is wanted, a
// second one writes what the first could read. Values of modules, which no other server can make
// anything of, are damage to a loader; here they are passed over.
#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <system_error>
#include <type_traits>
#include <utility>
#include <variant>

#include <sorrel/base/text.h>
#include <sorrel/keyspace/loading.h>
#include <sorrel/persist/check_rdb.h>
#include <sorrel/persist/rdb_file.h>

#include "rdb/image_reader.h"

namespace sorrel::persist {
namespace {

using rdb::KeyFacts;

constexpr std::array<std::string_view, std::variant_size_v<RdbValue>> kNames = {
    "strings", "lists", "sets", "sorted sets", "hashes", "streams"};

std::string text_of(int error) { return std::generic_category().message(error); }

// What both passes do.
class Pass : public rdb::ImageTarget {
 public:
  void auxiliary(std::string_view, std::string_view) override {}
  std::string library(std::string_view) override { return {}; }
  std::string select(std::uint64_t) override { return {}; }
  std::string module_value(std::string_view, std::string_view) override { return {}; }
  void empty(std::string_view) override {}
  void note(std::string_view) override {}
};

// Counts and tells.
class Look final : public Pass {
 public:
  Look(const CheckRdbOptions& options, std::string name)
      : options_(options), name_(std::move(name)) {}

  void set_reader(const rdb::ImageReader& reader, std::uint64_t size) {
    reader_ = &reader;
    size_ = size;
  }
  void say(std::string_view text) const { say(reader_->part_offset(), text); }
  void say(std::uint64_t byte, std::string_view text) const {
    print("[byte " + std::to_string(byte) + "] " + std::string(text));
  }
  void print(std::string_view line) const {
    if (options_.print) {
      options_.print(line);
    }
  }
  void tell_counts() const;
  std::uint64_t keys() const { return keys_; }

 private:
  void version(unsigned version) override {
    say(0,
        name_ + ": version " + std::to_string(version) + ", " + std::to_string(size_) + " bytes");
  }
  void auxiliary(std::string_view name, std::string_view value) override {
    say(std::string(name) + " = " + printable(value));
  }
  std::string library(std::string_view code) override {
    say("a library of functions: " + printable(code.substr(0, code.find('\n'))));
    return {};
  }
  std::string select(std::uint64_t database) override {
    database_ = database;
    return {};
  }
  void expect(std::uint64_t keys, std::uint64_t mortal) override {
    say("database " + std::to_string(database_) + ": " + std::to_string(keys) + " keys, " +
        std::to_string(mortal) + " of them with a deadline, are announced");
  }
  std::string string(std::string_view, std::string_view, const KeyFacts& facts) override {
    count(0, facts);
    return {};
  }
  std::string value(std::string_view, RdbValue value, const KeyFacts& facts) override {
    count(value.index(), facts);
    return {};
  }
  std::string module_value(std::string_view name, std::string_view module) override {
    say("the key " + base::quote(name) + " holds a value of the module " + std::string(module) +
        ": no server without it loads this file");
    ++foreign_;
    return {};
  }
  void empty(std::string_view name) override {
    say("the key " + base::quote(name) + " has a collection without elements, and is passed over");
  }
  void note(std::string_view text) override { say(text); }

  static std::string printable(std::string_view text) {
    constexpr std::size_t kMost = 100;
    std::string quoted = base::quote(text.substr(0, kMost));
    return quoted.size() == text.size() + 2 ? quoted.substr(1, text.size()) : quoted;
  }
  void count(std::size_t kind, const KeyFacts& facts) {
    ++keys_;
    ++kinds_[kind];
    mortal_ += facts.deadline_ms ? 1U : 0U;
    over_ += facts.deadline_ms && *facts.deadline_ms <= options_.now_ms ? 1U : 0U;
  }

  const CheckRdbOptions& options_;
  std::string name_;
  const rdb::ImageReader* reader_ = nullptr;
  std::uint64_t size_ = 0;
  std::uint64_t database_ = 0;
  std::uint64_t keys_ = 0;
  std::uint64_t mortal_ = 0;
  std::uint64_t over_ = 0;
  std::uint64_t foreign_ = 0;
  std::array<std::uint64_t, kNames.size()> kinds_{};
};

void Look::tell_counts() const {
  print("keys: " + std::to_string(keys_) + "; with a deadline: " + std::to_string(mortal_) +
        "; past it: " + std::to_string(over_));
  std::string kinds;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    kinds += (i == 0 ? "" : "; ") + std::string(kNames[i]) + ": " + std::to_string(kinds_[i]);
  }
  print(foreign_ == 0 ? kinds : kinds + "; of modules: " + std::to_string(foreign_));
}

// Writes what is read into another image.
class Rescue final : public Pass {
 public:
  Rescue(const RdbWriteOptions& options, RdbWriter::Sink sink)
      : loading_(scratch_, /*replace=*/false),
        writer_(options, scratch_.access(), std::move(sink)) {}

  void end() { writer_.end(); }

 private:
  void auxiliary(std::string_view name, std::string_view value) override {
    writer_.auxiliary(name, value);
  }
  std::string library(std::string_view code) override {
    writer_.library(code);
    return {};
  }
  std::string select(std::uint64_t database) override {
    writer_.select(static_cast<std::uint32_t>(database));
    return {};
  }
  std::string string(std::string_view name, std::string_view value,
                     const KeyFacts& facts) override {
    write(loading_.make_string(name, value, facts.deadline_ms));
    return {};
  }
  std::string value(std::string_view name, RdbValue value, const KeyFacts& facts) override {
    std::visit(
        [&](auto& held) {
          if constexpr (!std::is_same_v<decltype(held), std::string&>) {
            write(loading_.make_collection(name, std::move(held), facts.deadline_ms));
          }
        },
        value);
    return {};
  }
  void write(keyspace::Record* record) {
    writer_.key(*record);
    keyspace::Record::destroy(record);
  }

  keyspace::Keyspace scratch_{1, 0};
  keyspace::Loading loading_;
  RdbWriter writer_;
};

class Check {
 public:
  Check(Disk& disk, std::string path, const CheckRdbOptions& options)
      : disk_(disk), path_(std::move(path)), options_(options), look_(options, path_) {}

  CheckRdbResult run();

 private:
  // Nothing when the file cannot be read.
  std::optional<RdbSource> source();
  bool look();
  std::string rescue();
  std::string put_in_place(const std::string& rescued);
  bool fail_to_read(const char* what) {
    std::string why = what + path_ + ": " + text_of(read_error_);
    look_.print(why);
    return fail(std::move(why));
  }
  bool fail(std::string why) {
    result_.error = std::move(why);
    return false;
  }

  Disk& disk_;
  std::string path_;
  const CheckRdbOptions& options_;
  Look look_;
  std::unique_ptr<File> file_;
  int read_error_ = 0;
  unsigned version_ = 0;
  types::Settings settings_;
  CheckRdbResult result_;
};

std::optional<RdbSource> Check::source() {
  file_ = disk_.open_for_read(path_, read_error_);
  if (file_ == nullptr) {
    return std::nullopt;
  }
  return [this](std::span<char> to) -> std::size_t {
    const std::int64_t got = file_->read(to);
    read_error_ = got < 0 ? static_cast<int>(-got) : read_error_;
    return got < 0 ? 0 : static_cast<std::size_t>(got);
  };
}

bool Check::look() {
  auto bytes = source();
  if (!bytes) {
    return fail_to_read("Can't open ");
  }
  const auto size = static_cast<std::uint64_t>(std::max<std::int64_t>(disk_.size(path_), 0));
  rdb::ImageReader reader(std::move(*bytes), look_, settings_, /*check_sum=*/true);
  look_.set_reader(reader, size);
  const std::string wrong = reader.run();
  version_ = reader.version();
  result_.keys = look_.keys();
  if (read_error_ != 0) {
    return fail_to_read("Can't read ");
  }
  if (!wrong.empty()) {
    look_.say(reader.offset(), "damage: " + wrong);
    if (version_ != 0) {
      look_.say("what can be read ends here");
      look_.tell_counts();
    }
    return fail(wrong);
  }
  look_.say(reader.has_checksum() ? "the end; the checksum is right"
                                  : "the end; there is no checksum");
  if (reader.offset() < size) {
    look_.say(reader.offset(),
              std::to_string(size - reader.offset()) + " bytes more, of no meaning");
  }
  look_.tell_counts();
  return true;
}

// Writes what can be read. Returns: why not, or nothing.
std::string Check::rescue() {
  const std::string rescued = path_ + ".fixing";
  int error = 0;
  const auto file = create_file(disk_, rescued, error);
  if (file == nullptr) {
    return "Can't create " + rescued + ": " + text_of(error);
  }
  auto bytes = source();
  if (!bytes) {
    return "Can't open " + path_ + ": " + text_of(read_error_);
  }
  RdbWriteOptions options;
  options.version =
      std::clamp(version_ == rdb::kVersionValkey ? rdb::kVersionSetListpack : version_,
                 rdb::kVersionRedis70, rdb::kVersionFieldDeadlines);
  Rescue target(options, [&](std::string_view piece) {
    while (error == 0 && !piece.empty()) {
      const std::int64_t wrote = file->write(piece);
      error = wrote < 0 ? static_cast<int>(-wrote) : 0;
      piece.remove_prefix(wrote < 0 ? 0 : static_cast<std::size_t>(wrote));
    }
  });
  rdb::ImageReader(std::move(*bytes), target, settings_, /*check_sum=*/false).run();
  target.end();
  error = error != 0 ? error : file->sync();
  if (error != 0 || read_error_ != 0) {
    disk_.remove(rescued);
    return error != 0 ? "Can't write " + rescued + ": " + text_of(error)
                      : "Can't read " + path_ + ": " + text_of(read_error_);
  }
  return put_in_place(rescued);
}

std::string Check::put_in_place(const std::string& rescued) {
  const std::string backup = path_ + ".bak";
  int error = disk_.rename(path_, backup);
  if (error == 0) {
    error = disk_.rename(rescued, path_);
  }
  if (error == 0) {
    const std::size_t slash = path_.rfind('/');
    error = disk_.sync_directory(slash == std::string::npos ? "." : path_.substr(0, slash));
  }
  return error == 0 ? std::string() : "Can't put " + rescued + " in place: " + text_of(error);
}

CheckRdbResult Check::run() {
  result_.whole = look();
  if (result_.whole || !options_.fix || version_ == 0 || read_error_ != 0) {
    return std::move(result_);
  }
  const std::string backup = path_ + ".bak";
  std::string why =
      disk_.exists(backup) ? "There is a " + backup + " already: move it first" : rescue();
  if (why.empty()) {
    result_.fixed = true;
    look_.print("repaired: " + path_ + " holds the " + std::to_string(result_.keys) +
                " keys that can be read; " + backup + " is what it was");
  } else {
    look_.print("not repaired: " + why);
    result_.error = std::move(why);
  }
  return std::move(result_);
}

}  // namespace

CheckRdbResult check_rdb(Disk& disk, const std::string& path, const CheckRdbOptions& options) {
  return Check(disk, path, options).run();
}

}  // namespace sorrel::persist
