// SPDX-License-Identifier: BSD-3-Clause
//
// The files of a log through rewrites: names, order, failures, and a crash at any call, after which
// what the manifest names is there and makes up the data.
#include <cerrno>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sorrel/base/random.h>
#include <sorrel/persist/log_files.h>

#include "support/simulated_disk.h"

namespace sorrel::persist {
namespace {

using testing::HasSubstr;

constexpr const char* kDirectory = "./appendonlydir";
constexpr const char* kName = "appendonly.aof";
constexpr const char* kManifest = "./appendonlydir/appendonly.aof.manifest";
constexpr auto kRdb = LogFiles::BaseKind::kRdb;

std::string line(const std::string& rest, int sequence, char type) {
  return "file appendonly.aof." + std::to_string(sequence) + "." + rest + " seq " +
         std::to_string(sequence) + " type " + type + "\n";
}

class LogFilesTest : public testing::Test {
 protected:
  static std::string at(const std::string& name) { return kDirectory + ("/" + name); }
  // A log of one base and one increment.
  LogFiles begin() {
    const std::string manifest = line("base.rdb", 1, 'b') + line("incr.aof", 1, 'i');
    disk_.put(kManifest, manifest);
    disk_.put(at("appendonly.aof.1.base.rdb"), "b1");
    disk_.put(at("appendonly.aof.1.incr.aof"), "i1");
    return LogFiles(disk_, kDirectory, kName, parse_manifest(manifest).manifest);
  }
  // Writes a new base where it belongs until it is installed.
  std::string write_base(const LogFiles& files, std::string_view content) {
    write_file(disk_, files.temporary_base_path(), content);
    return files.temporary_base_path();
  }
  std::string names() {
    std::vector<std::string> found;
    disk_.list(kDirectory, found);
    std::string text;
    for (const std::string& name : found) {
      text += name + " ";
    }
    return text;
  }

  test::SimulatedDisk disk_{1};
};

// Only the staged manifest tells what a file is that was put in its place for a change that did not
// end: it stays until that file has gone for good.
TEST_F(LogFilesTest, WhatAStagedManifestNamesGoesBeforeIt) {
  LogFiles files = begin();
  const std::string staged = at("temp_appendonly.aof.manifest");
  disk_.put(staged, line("base.rdb", 2, 'b') + line("incr.aof", 3, 'i'));
  disk_.put(at("appendonly.aof.3.incr.aof"), "i3");
  disk_.faults().directory_error = 1000;
  EXPECT_NE(files.remove_leftovers().error, "");
  EXPECT_TRUE(disk_.exists(staged));
  disk_.faults().directory_error = 0;
  EXPECT_EQ(files.remove_leftovers().error, "");
  EXPECT_EQ(names(),
            "appendonly.aof.1.base.rdb appendonly.aof.1.incr.aof "
            "appendonly.aof.3.incr.aof.unfinished appendonly.aof.manifest ");
}

TEST_F(LogFilesTest, ARewriteReplacesTheBaseAndWhatCameBeforeIt) {
  LogFiles files = begin();
  LogFiles::Increment increment = files.prepare_increment();
  ASSERT_EQ(increment.error, "");
  EXPECT_EQ(increment.path, at("appendonly.aof.2.incr.aof"));
  EXPECT_EQ(increment.sequence, 2);
  EXPECT_EQ(disk_.durable(kManifest),
            line("base.rdb", 1, 'b') + line("incr.aof", 1, 'i') + line("incr.aof", 2, 'i'));
  increment.file->write("i2");
  EXPECT_EQ(files.total_size(), 6U);
  const auto outcome = files.install_base(write_base(files, "new"), kRdb, increment.sequence);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(disk_.durable(kManifest), line("base.rdb", 2, 'b') + line("incr.aof", 2, 'i'));
  EXPECT_EQ(disk_.durable(at("appendonly.aof.2.base.rdb")), "new");
  EXPECT_EQ(names(),
            "appendonly.aof.2.base.rdb appendonly.aof.2.incr.aof appendonly.aof.manifest ");
  EXPECT_EQ(files.total_size(), 5U);
}

// Rewrites that fail leave increments; the next one that succeeds stands for all of them.
TEST_F(LogFilesTest, FailedRewritesLeaveTheirIncrements) {
  LogFiles files = begin();
  for (const std::int64_t sequence : {2, 3, 4}) {
    EXPECT_EQ(files.prepare_increment().sequence, sequence);
  }
  files.set_keep_history(true);
  write_base(files, "new");
  EXPECT_EQ(files.install_base(files.temporary_base_path(), LogFiles::BaseKind::kCommands, 4).error,
            "");
  const std::string history = line("incr.aof", 1, 'h') + line("incr.aof", 2, 'h') +
                              line("incr.aof", 3, 'h') + line("base.rdb", 1, 'h');
  EXPECT_EQ(disk_.durable(kManifest),
            line("base.aof", 2, 'b') + history + line("incr.aof", 4, 'i'));
  EXPECT_EQ(files.prepare_increment().sequence, 5);
  EXPECT_EQ(files.install_base(write_base(files, "newer"), kRdb, 5).error, "");
  EXPECT_EQ(disk_.durable(kManifest), line("base.rdb", 3, 'b') + line("incr.aof", 4, 'h') +
                                          line("base.aof", 2, 'h') + history +
                                          line("incr.aof", 5, 'i'));
  EXPECT_EQ(files.remove_history().error, "");
  EXPECT_EQ(disk_.durable(kManifest), line("base.rdb", 3, 'b') + line("incr.aof", 5, 'i'));
  EXPECT_EQ(names(),
            "appendonly.aof.3.base.rdb appendonly.aof.5.incr.aof appendonly.aof.manifest ");
}

TEST_F(LogFilesTest, ALogSwitchedOnIsNamedWithItsFirstBase) {
  for (const bool before : {false, true}) {
    disk_ = test::SimulatedDisk(1);
    LogFiles files = before ? begin() : LogFiles(disk_, kDirectory, kName, {});
    const std::string manifest = disk_.content(kManifest);
    ASSERT_EQ(files.prepare_first_increment().error, "");
    files.discard_first_increment();
    LogFiles::Increment increment = files.prepare_first_increment();
    ASSERT_EQ(increment.error, "");
    EXPECT_EQ(increment.sequence, before ? 2 : 1);
    increment.file->write("i");
    EXPECT_EQ(disk_.content(kManifest), manifest) << "not yet";
    EXPECT_EQ(files.install_base(write_base(files, "new"), kRdb, increment.sequence).error, "");
    const int number = before ? 2 : 1;
    EXPECT_EQ(disk_.durable(kManifest),
              line("base.rdb", number, 'b') + line("incr.aof", number, 'i'));
    increment.file->write("+");
    EXPECT_EQ(disk_.content(at("appendonly.aof." + std::to_string(number) + ".incr.aof")), "i+");
    EXPECT_THAT(names(), testing::Not(HasSubstr("temp")));
  }
}

TEST_F(LogFilesTest, ARewriteWhileTheLogIsOffLeavesABaseAlone) {
  LogFiles files = begin();
  EXPECT_EQ(files.install_base(write_base(files, "new"), kRdb, 0).error, "");
  EXPECT_EQ(disk_.durable(kManifest), line("base.rdb", 2, 'b'));
  EXPECT_EQ(names(), "appendonly.aof.2.base.rdb appendonly.aof.manifest ");
}

TEST_F(LogFilesTest, WritesOverNothingThatSomebodyPutThere) {
  LogFiles files = begin();
  disk_.put(at("appendonly.aof.2.incr.aof"), "somebody's");
  EXPECT_EQ(files.prepare_increment().sequence, 3);
  EXPECT_EQ(disk_.content(at("appendonly.aof.2.incr.aof")), "somebody's");
}

TEST_F(LogFilesTest, AFailureLeavesTheLogAsItWas) {
  LogFiles files = begin();
  const std::string manifest = disk_.content(kManifest);
  disk_.set_write_error(ENOSPC);
  EXPECT_THAT(files.prepare_increment().error, HasSubstr("No space left on device"));
  disk_.set_write_error(0);
  const std::string base = write_base(files, "new");
  disk_.set_write_error(ENOSPC);
  EXPECT_THAT(files.install_base(base, kRdb, 2).error, HasSubstr("No space left on device"));
  EXPECT_EQ(disk_.durable(kManifest), manifest);
  EXPECT_FALSE(disk_.exists(base));
  EXPECT_EQ(disk_.content(at("appendonly.aof.1.base.rdb")), "b1");
  disk_.set_write_error(0);
  EXPECT_THAT(files.install_base(files.temporary_base_path() + "x", kRdb, 2).error, HasSubstr("x"));
  // The renaming of the manifest fails when all is in place.
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    disk_ = test::SimulatedDisk(seed);
    LogFiles again = begin();
    write_base(again, "new");
    disk_.faults() = {0, 0, 0, 0, 150};
    const std::string error = again.install_base(again.temporary_base_path(), kRdb, 0).error;
    disk_.faults() = {};
    const bool named = disk_.content(kManifest).find("2.base.rdb") != std::string::npos;
    ASSERT_TRUE(!error.empty() || named) << "seed " << seed;
    ASSERT_TRUE(!named || disk_.exists(at("appendonly.aof.2.base.rdb"))) << "seed " << seed;
    ASSERT_TRUE(named || disk_.content(at("appendonly.aof.1.base.rdb")) == "b1");
    ASSERT_EQ(again.install_base(write_base(again, "newer"), kRdb, 0).error, "");
    again.remove_history();
    const std::string left = names();
    ASSERT_EQ(std::count(left.begin(), left.end(), ' '), 2) << left << error;
  }
}

// Files hold numbers: an increment each that was written, a base how many there were. Whatever
// fails and wherever it crashes, what the manifest names is there and holds 1, 2, 3 ... in order.
class Rewrites {
 public:
  explicit Rewrites(std::uint64_t seed) : random_(seed), disk_(seed), names_fail_(seed % 2 == 0) {}

  // Returns: what is wrong, or nothing.
  std::string run() {
    for (int life = 0; life < 4; ++life) {
      if (std::string wrong = start(); !wrong.empty()) {
        return wrong;
      }
      // Two failures and a crash may leave a file; without failures of names none is left.
      disk_.faults() = {0, 50, 50, static_cast<unsigned>(random_.below(60)),
                        names_fail_ ? 50U : 0U};
      for (int i = 0; i < 12 && !disk_.crashed(); ++i) {
        act();
      }
      crashes_ += disk_.crashed() ? 1 : 0;
      disk_.faults() = {};
      disk_.restart();
    }
    return start();
  }
  int crashes() const { return crashes_; }
  int installed() const { return installed_; }

 private:
  std::string start();
  std::string load(const Manifest& manifest, int& count);
  void act();
  void write_number();
  void rewrite();

  base::Random random_;
  test::SimulatedDisk disk_;
  std::unique_ptr<LogFiles> files_;
  std::unique_ptr<File> writer_;
  int count_ = 0;    // numbers written and synced
  int highest_ = 0;  // that was written ever
  int crashes_ = 0;
  int installed_ = 0;
  bool names_fail_;
  bool broken_ = false;  // the current increment may end in something half written
};

// Base "<n>." stands for 1 .. n, an increment "<n>;<n+1>;..." for these.
std::string Rewrites::load(const Manifest& manifest, int& count) {
  if (const ManifestEntry* base = manifest.base()) {
    const std::string content = disk_.content(files_->path(base->name));
    if (!content.ends_with(".")) {
      return "the base " + base->name + " holds '" + content + "'";
    }
    count = std::stoi(content);
  }
  for (const ManifestEntry* increment : manifest.increments()) {
    std::string content = disk_.content(files_->path(increment->name));
    if (!disk_.exists(files_->path(increment->name))) {
      return "the increment " + increment->name + " is not there";
    }
    while (content.find(';') != std::string::npos) {
      if (std::stoi(content) != ++count) {
        std::string all;
        for (const ManifestEntry& entry : manifest.entries) {
          all += entry.name + "=" + disk_.content(files_->path(entry.name)) + " ";
        }
        return "not " + std::to_string(count) + " but '" + content + "' in " + all;
      }
      content.erase(0, content.find(';') + 1);
    }
  }
  return {};
}

std::string Rewrites::start() {
  std::string text;
  read_file(disk_, kManifest, text);
  const ParsedManifest parsed = parse_manifest(text);
  if (!parsed.error.empty() && (count_ > 0 || !text.empty())) {
    return parsed.error;
  }
  files_ = std::make_unique<LogFiles>(disk_, kDirectory, kName, parsed.manifest);
  disk_.sync_directory(kDirectory);
  files_->remove_leftovers();
  files_->remove_history();
  int count = 0;
  if (std::string wrong = load(files_->manifest(), count); !wrong.empty()) {
    return wrong;
  }
  if (count < count_ || count > highest_) {
    return "there are " + std::to_string(count) + ", and " + std::to_string(count_) +
           " were durable";
  }
  count_ = highest_ = count;
  std::vector<std::string> names;
  disk_.list(kDirectory, names);
  std::erase_if(names, [](const std::string& name) { return name.ends_with(".unfinished"); });
  // An increment that was made and not named yet is empty, and used next.
  if (!names_fail_ && names.size() > files_->manifest().entries.size() + 2) {
    return "something is left over of " + std::to_string(names.size()) + " files";
  }
  // Each life goes on in an increment of its own.
  LogFiles::Increment increment = files_->prepare_increment();
  if (!increment.error.empty()) {
    files_->take_directory();
    increment = files_->prepare_increment();
  }
  writer_ = std::move(increment.file);
  broken_ = false;
  return increment.error;
}

void Rewrites::write_number() {
  if (broken_) {
    return;
  }
  const std::string text = std::to_string(++highest_) + ";";
  if (writer_->write(text) == static_cast<std::int64_t>(text.size())) {
    if (writer_->sync() == 0) {
      count_ = highest_;
      return;
    }
  }
  broken_ = true;  // LogTail's work is not done here
}

void Rewrites::rewrite() {
  const bool first = random_.below(6) == 0 && !broken_;
  LogFiles::Increment increment =
      first ? files_->prepare_first_increment() : files_->prepare_increment();
  if (!increment.error.empty() || broken_) {
    return;
  }
  if (first) {
    // Until the base stands, what is written goes to a file that may be lost.
    const std::string text = std::to_string(count_ + 1) + ";";
    highest_ = count_ + 1;
    if (increment.file->write(text) != static_cast<std::int64_t>(text.size()) ||
        increment.file->sync() != 0 || random_.below(3) == 0 ||
        write_file(disk_, files_->temporary_base_path(), std::to_string(count_) + ".") != 0) {
      files_->discard_first_increment();
      broken_ = true;
      return;
    }
  } else {
    writer_ = std::move(increment.file);
    if (write_file(disk_, files_->temporary_base_path(), std::to_string(count_) + ".") != 0) {
      return;
    }
    write_number();
  }
  const auto outcome = files_->install_base(
      files_->temporary_base_path(), random_.below(2) == 0 ? kRdb : LogFiles::BaseKind::kCommands,
      increment.sequence);
  if (first) {
    broken_ = true;
  }
  installed_ += outcome.error.empty() ? 1 : 0;
}

void Rewrites::act() {
  if (random_.below(2) == 0) {
    write_number();
  } else {
    rewrite();
  }
}

TEST(LogFilesCrash, WhatTheManifestNamesIsThereAtAnyMoment) {
  int crashes = 0;
  int installed = 0;
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    Rewrites rewrites(seed);
    ASSERT_EQ(rewrites.run(), "") << "seed " << seed;
    crashes += rewrites.crashes();
    installed += rewrites.installed();
  }
  EXPECT_GT(crashes, 1000);
  EXPECT_GT(installed, 3000);
}

}  // namespace
}  // namespace sorrel::persist
