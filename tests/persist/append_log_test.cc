// SPDX-License-Identifier: BSD-3-Clause
//
// Opening the log: what is there is loaded or refused by name, never passed over.
#include <cerrno>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sorrel/persist/append_log.h>

#include "support/log_fixture.h"
#include "support/simulated_disk.h"

namespace sorrel::persist {
namespace {

using test::bulk;
using test::LogFixture;
using test::request;
using testing::HasSubstr;

constexpr const char* kManifest = "./appendonlydir/appendonly.aof.manifest";
constexpr const char* kFirst = "./appendonlydir/appendonly.aof.1.incr.aof";
constexpr const char* kFirstLine = "file appendonly.aof.1.incr.aof seq 1 type i\n";
constexpr const char* kNewManifest =
    "file appendonly.aof.1.base.rdb seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n";
constexpr const char* kBase = "./appendonlydir/appendonly.aof.1.base.rdb";
constexpr const char* kOld = "./appendonly.aof";

class AppendLogTest : public testing::Test {
 protected:
  OpenedLog open() {
    server_ = std::make_unique<LogFixture>();
    server_->executor.effect_log().set_enabled(false);
    return open_append_log(disk_, options_, server_->executor);
  }
  // Opening must fail with this text and change nothing.
  void expect_refused(const std::string& text) {
    const std::string manifest = disk_.content(kManifest);
    const std::string first = disk_.content(kFirst);
    const OpenedLog opened = open();
    EXPECT_EQ(opened.writer, nullptr);
    EXPECT_THAT(opened.error, HasSubstr(text));
    EXPECT_EQ(disk_.content(kManifest), manifest);
    EXPECT_EQ(disk_.content(kFirst), first);
  }
  void put_file(const std::string& name, std::string_view content) {
    disk_.put("./appendonlydir/" + name, content);
  }

  test::SimulatedDisk disk_{1};
  AppendLogOptions options_;
  std::unique_ptr<LogFixture> server_;
};

TEST_F(AppendLogTest, BeginsALogAndOpensItAgain) {
  {
    OpenedLog opened = open();
    ASSERT_NE(opened.writer, nullptr) << opened.error;
    EXPECT_EQ(disk_.durable(kManifest), kNewManifest);
    EXPECT_THAT(opened.notices, testing::ElementsAre(HasSubstr("Creating AOF base file"),
                                                     HasSubstr("Creating AOF incr file")));
    std::string bytes = request({"SELECT", "0"}) + request({"SET", "a", "1"});
    opened.writer->append(bytes);
    EXPECT_EQ(opened.writer->flush(), "");
  }
  disk_.restart();
  for (int i = 0; i < 3; ++i) {
    OpenedLog opened = open();
    ASSERT_NE(opened.writer, nullptr) << opened.error;
    EXPECT_EQ(opened.commands, 2U + static_cast<unsigned>(i));
    EXPECT_EQ(opened.writer->size(), disk_.content(kFirst).size());
    EXPECT_EQ(server_->run({"GET", "a"}), bulk(std::to_string(i + 1)));
    std::string bytes = request({"INCR", "a"});
    opened.writer->append(bytes);
  }
}

// A crash at every single call of a first start: the next one succeeds, with nothing lost.
TEST_F(AppendLogTest, SurvivesACrashAnywhereInItsFirstStart) {
  int crashes = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    disk_ = test::SimulatedDisk(seed);
    disk_.faults().crash = 100;
    open();
    crashes += disk_.crashed() ? 1 : 0;
    disk_.faults().crash = 0;
    disk_.restart();
    const OpenedLog opened = open();
    ASSERT_NE(opened.writer, nullptr) << "seed " << seed << ": " << opened.error;
    ASSERT_EQ(disk_.durable(kManifest), kNewManifest);
    disk_.restart();
    ASSERT_EQ(disk_.content(kManifest), kNewManifest) << "seed " << seed;
    ASSERT_TRUE(disk_.exists(kFirst));
    ASSERT_TRUE(disk_.exists(kBase));
  }
  EXPECT_GT(crashes, 100);
}

TEST_F(AppendLogTest, LoadsBaseAndIncrementsInOrder) {
  put_file("appendonly.aof.manifest",
           "file b.aof seq 1 type b\nfile old.aof seq 1 type h\n"
           "file i2.aof seq 2 type i\nfile i3.aof seq 3 type i\n");
  put_file("b.aof", request({"SELECT", "1"}) + request({"SET", "a", "base"}));
  put_file("i2.aof", request({"SELECT", "1"}) + request({"APPEND", "a", " two"}));
  put_file("i3.aof", request({"SELECT", "1"}) + request({"APPEND", "a", " three"}) + "*1\r\n$");
  const OpenedLog opened = open();
  ASSERT_NE(opened.writer, nullptr) << opened.error;
  server_->run({"SELECT", "1"});
  EXPECT_EQ(server_->run({"GET", "a"}), bulk("base two three"));
  EXPECT_THAT(opened.notices,
              testing::ElementsAre(HasSubstr("Unexpected end of file"),
                                   HasSubstr("AOF loaded anyway because aof-load-truncated"),
                                   HasSubstr("i3.aof was cut from")));
  EXPECT_EQ(disk_.content(kManifest),
            "file b.aof seq 1 type b\nfile i2.aof seq 2 type i\n"
            "file i3.aof seq 3 type i\n");
  EXPECT_FALSE(disk_.content("./appendonlydir/i3.aof").ends_with("$"));
}

TEST_F(AppendLogTest, ABaseAloneGetsAnIncrement) {
  put_file("appendonly.aof.manifest", "file b.aof seq 1 type b\n");
  put_file("b.aof", request({"SET", "a", "1"}));
  EXPECT_NE(open().writer, nullptr);
  EXPECT_EQ(disk_.content(kManifest), std::string("file b.aof seq 1 type b\n") + kFirstLine);
  put_file("appendonly.aof.manifest", "file b.aof seq 1 type b\n");
  disk_.put(kFirst, request({"SET", "b", "1"}));
  expect_refused("it is later than all that are named");
}

TEST_F(AppendLogTest, RefusesWhatIsMissing) {
  disk_.put(kManifest, kFirstLine);
  expect_refused(
      "the AOF file appendonly.aof.1.incr.aof can't be opened: No such file or directory");
  disk_.put(kManifest, "file b.aof seq 1 type b\n" + std::string(kFirstLine));
  disk_.put(kFirst, "");
  expect_refused("the AOF file b.aof can't be opened: No such file or directory");
}

// An RDB image of these keys, all with the value "of the image".
std::string image_of(std::initializer_list<std::string_view> keys) {
  LogFixture server;
  for (const std::string_view key : keys) {
    server.run({"SET", key, "of the image"});
  }
  std::string image;
  RdbWriter writer({}, server.executor.keyspace().access(),
                   RdbWriter::Sink([&](std::string_view piece) { image += piece; }));
  writer.keyspace(server.executor.keyspace());
  writer.end();
  return image;
}

TEST_F(AppendLogTest, LoadsAnImageAndWhatStandsBehindIt) {
  const std::string tail = request({"APPEND", "a", " and more"});
  for (const bool preamble : {false, true}) {
    disk_.put(kManifest,
              "file b." + std::string(preamble ? "aof" : "rdb") + " seq 1 type b\n" + kFirstLine);
    put_file(preamble ? "b.aof" : "b.rdb", image_of({"a", "b"}) + (preamble ? tail : ""));
    disk_.put(kFirst, preamble ? "" : tail);
    const OpenedLog opened = open();
    ASSERT_NE(opened.writer, nullptr) << opened.error;
    EXPECT_TRUE(opened.has_image);
    EXPECT_EQ(opened.image.keys, 2U);
    EXPECT_EQ(opened.commands, 1U);
    EXPECT_EQ(server_->run({"GET", "a"}), bulk("of the image and more"));
    EXPECT_EQ(server_->run({"GET", "b"}), bulk("of the image"));
  }
}

// Image and tail read in pieces of every small size, cut at every byte.
TEST_F(AppendLogTest, AnImageCutShortIsRefused) {
  const std::string image = image_of({"a"});
  for (std::size_t size = 0; size < image.size(); ++size) {
    disk_.put(kManifest, "file b.rdb seq 1 type b\n" + std::string(kFirstLine));
    put_file("b.rdb", image.substr(0, size));
    disk_.put(kFirst, "");
    expect_refused("Error reading the RDB preamble of the AOF file");
  }
}

TEST_F(AppendLogTest, SaysWhatAFileIsThatIsNoLog) {
  const auto first = [&](const std::string& content, const std::string& text) {
    disk_.put(kManifest, kFirstLine);
    disk_.put(kFirst, content);
    expect_refused(text);
  };
  first("\x1f\x8b\x08 and so on", "it is a gzip file");
  first("PK\x03\x04...", "it is a zip archive");
  first("Dear Sir,\n", "it is a text");
  first("\x01\x02", "does not begin with '*'. Nothing was changed");
  disk_.put(kManifest, "\x1f\x8b\n");
  expect_refused("it is a gzip file");
  disk_.put(kManifest, "file b.rdb seq 1 type b\n" + std::string(kFirstLine));
  put_file("b.rdb", request({"SET", "a", "1"}));
  expect_refused("it is a log of commands");
}

TEST_F(AppendLogTest, ANewLogBeginsWithWhatElseThereIs) {
  options_.load_other = [&]() -> std::string {
    server_->run({"SET", "a", "of the snapshot"});
    return {};
  };
  {
    const OpenedLog opened = open();
    ASSERT_NE(opened.writer, nullptr) << opened.error;
    std::string bytes = request({"APPEND", "a", " and more"});
    opened.writer->append(bytes);
  }
  disk_.restart();
  options_.load_other = []() -> std::string { return "never called"; };
  ASSERT_NE(open().writer, nullptr);
  EXPECT_EQ(server_->run({"GET", "a"}), bulk("of the snapshot and more"));
  disk_ = test::SimulatedDisk(1);
  expect_refused("never called");
  options_.load_other = nullptr;
  options_.base_kind = LogFiles::BaseKind::kCommands;
  ASSERT_NE(open().writer, nullptr);
  EXPECT_EQ(disk_.content(kManifest),
            "file appendonly.aof.1.base.aof seq 1 type b\n" + std::string(kFirstLine));
}

// A crash may leave the file in both directories, which does no harm.
TEST_F(AppendLogTest, TakesOverALogOfBeforeRedis7) {
  const std::string commands = request({"SET", "c", "1"});
  const std::string manifest = "file appendonly.aof seq 1 type b\n" + std::string(kFirstLine);
  int crashes = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    disk_ = test::SimulatedDisk(seed);
    disk_.put(kOld, seed % 2 == 0 ? commands : image_of({"a"}) + commands);
    disk_.faults().crash = seed < 5 ? 0 : 80;
    open();
    crashes += disk_.crashed() ? 1 : 0;
    disk_.faults() = {};
    disk_.restart();
    const OpenedLog opened = open();
    ASSERT_NE(opened.writer, nullptr) << opened.error << " seed " << seed;
    ASSERT_EQ(server_->run({"GET", "c"}), bulk("1"));
    ASSERT_EQ(server_->run({"EXISTS", "a"}), seed % 2 == 0 ? ":0\r\n" : ":1\r\n");
    ASSERT_EQ(disk_.durable(kManifest), manifest);
    ASSERT_TRUE(crashes > 0 || !disk_.exists(kOld));
  }
  EXPECT_GT(crashes, 50);
}

// The manifest names it in the directory of the log; what lies beside that is not touched.
TEST_F(AppendLogTest, AnOldFileInBothPlacesIsTakenFromTheLogs) {
  disk_.put(kOld, request({"SET", "a", "old"}));
  disk_.put(kManifest, "file appendonly.aof seq 1 type b\n");
  put_file("appendonly.aof", request({"SET", "a", "new"}));
  ASSERT_NE(open().writer, nullptr);
  EXPECT_EQ(server_->run({"GET", "a"}), bulk("new"));
  EXPECT_TRUE(disk_.exists(kOld));
  disk_ = test::SimulatedDisk(1);
  disk_.put(kManifest, "file appendonly.aof seq 1 type b\n");
  expect_refused("the AOF file appendonly.aof can't be opened: No such file or directory");
}

TEST_F(AppendLogTest, ATornTailMayHaveEmptyFilesBehindIt) {
  const std::string good = request({"SET", "a", "1"});
  disk_.put(kManifest,
            std::string(kFirstLine) + "file i2.aof seq 2 type i\n" + "file i3.aof seq 3 type i\n");
  disk_.put(kFirst, good + "*3\r\n$3");
  put_file("i2.aof", "");
  put_file("i3.aof", "");
  ASSERT_NE(open().writer, nullptr);
  EXPECT_EQ(disk_.durable(kFirst), good);
}

TEST_F(AppendLogTest, LeavesDamageOutWhereAllowed) {
  const std::string good = request({"SET", "a", "1"});
  const std::string behind =
      request({"SET", "b", "2"}) + request({"SET", "c", "3"}) + request({"SET", "d", "4"});
  const std::string unit = request({"MULTI"}) + request({"SET", "u", "1"});
  const std::string rest = request({"SET", "v", "1"}) + request({"EXEC"});
  const std::vector<std::pair<std::string, std::string>> cases{
      {good + "junk\r\n" + behind, good + behind},
      {good + "*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$9999\r\n2\r\n" + behind, good + behind},
      {good + unit + "junk" + rest + behind, good + behind},
      {good + behind + "junk", good + behind},
  };
  for (const auto& [damaged, repaired] : cases) {
    disk_ = test::SimulatedDisk(1);
    disk_.put(kManifest, kFirstLine);
    disk_.put(kFirst, damaged);
    options_.skip_damage = true;
    options_.max_skipped_bytes = damaged.size() - repaired.size() - 1;
    expect_refused("Bad file format");
    options_.max_skipped_bytes += 1;
    const OpenedLog opened = open();
    ASSERT_NE(opened.writer, nullptr) << opened.error;
    EXPECT_THAT(opened.notices[0], HasSubstr("because aof-load-broken is enabled"));
    EXPECT_EQ(disk_.durable(kFirst), repaired);
    EXPECT_EQ(disk_.durable(std::string(kFirst) + ".bak"), damaged);
    EXPECT_EQ(opened.writer->size(), 0U) << "it goes on in a new file";
    EXPECT_EQ(server_->run({"GET", "d"}), bulk("4"));
    EXPECT_EQ(server_->run({"EXISTS", "u", "v"}), ":0\r\n");
  }
}

TEST_F(AppendLogTest, TellsHowFarItIs) {
  std::string log;
  for (int i = 0; i < 60; ++i) {
    log += request({"SET", "k" + std::to_string(i), std::string(100'000, 'v')});
  }
  disk_.put(kManifest, kFirstLine);
  disk_.put(kFirst, log);
  std::uint64_t last = 0;
  int calls = 0;
  options_.progress = [&](std::uint64_t loaded, std::uint64_t total) {
    EXPECT_EQ(total, log.size());
    EXPECT_GE(loaded, last);
    last = loaded;
    ++calls;
  };
  const OpenedLog opened = open();
  EXPECT_GE(calls, 2);
  EXPECT_LE(last, log.size());
  EXPECT_EQ(opened.bytes, log.size());
}

// DEBUG LOADAOF: the same data, and nothing is changed.
TEST_F(AppendLogTest, LoadsAgainWithoutAChange) {
  const std::string good = request({"SET", "a", "1"});
  disk_.put(kManifest, kFirstLine);
  disk_.put(kFirst, good + "*3\r\n");
  server_ = std::make_unique<LogFixture>();
  const LoadedLog loaded = load_append_log(disk_, options_, server_->executor);
  EXPECT_EQ(loaded.error, "");
  EXPECT_EQ(server_->run({"GET", "a"}), bulk("1"));
  EXPECT_EQ(disk_.content(kFirst), good + "*3\r\n");
  disk_ = test::SimulatedDisk(1);
  EXPECT_THAT(load_append_log(disk_, options_, server_->executor).error,
              HasSubstr("There is no append only log"));
  EXPECT_EQ(find_append_log(disk_, options_).error, "");
}

TEST_F(AppendLogTest, RefusesToBeginBesideFilesWithoutAManifest) {
  disk_.put(kFirst, request({"SET", "a", "1"}));
  expect_refused("no manifest names it");
  disk_ = test::SimulatedDisk(1);
  put_file("appendonly.aof.12.base.rdb", "REDIS0011");
  expect_refused("appendonly.aof.12.base.rdb");
}

TEST_F(AppendLogTest, RefusesAManifestItDoesNotUnderstand) {
  disk_.put(kFirst, request({"SET", "a", "1"}));
  disk_.put(kManifest, "");
  expect_refused("Found an empty AOF manifest");
  for (const char* garbage : {"garbage\n", "file x seq 1 type i", "\xff\xfe\n"}) {
    disk_.put(kManifest, garbage);
    expect_refused("Invalid AOF manifest file format");
  }
}

TEST_F(AppendLogTest, RefusesDamageAndSaysWhere) {
  const std::string good = request({"SET", "a", "1"});
  disk_.put(kManifest, kFirstLine);
  disk_.put(kFirst, good + "junk\r\n" + good);
  expect_refused("behind byte " + std::to_string(good.size()));
  expect_refused("sorrel check-aof --fix ./appendonlydir/appendonly.aof.manifest");
  disk_.put(kFirst, good + request({"bla", "foo"}) + good);
  expect_refused("Unknown command 'bla' reading the append only file");
}

TEST_F(AppendLogTest, CutsATornTailOnlyWhereAllowed) {
  const std::string good = request({"SET", "a", "1"});
  disk_.put(kManifest, kFirstLine);
  disk_.put(kFirst, good + "*3\r\n$3\r\nSE");
  options_.cut_torn_tail = false;
  expect_refused("Start with aof-load-truncated yes");
  options_.cut_torn_tail = true;
  EXPECT_NE(open().writer, nullptr);
  EXPECT_EQ(disk_.durable(kFirst), good);
  disk_.put(kManifest, std::string(kFirstLine) + "file i2.aof seq 2 type i\n");
  disk_.put(kFirst, good + "*3\r\n$3\r\nSE");
  put_file("i2.aof", good);
  expect_refused("Unexpected end of file");
}

TEST_F(AppendLogTest, ReportsADiskThatFails) {
  disk_.set_write_error(ENOSPC);
  const OpenedLog opened = open();
  EXPECT_EQ(opened.writer, nullptr);
  EXPECT_THAT(opened.error, HasSubstr("No space left on device"));
  disk_.set_write_error(0);
  EXPECT_NE(open().writer, nullptr);
}

TEST_F(AppendLogTest, ReportsRefusedCommands) {
  disk_.put(kManifest, kFirstLine);
  disk_.put(kFirst, request({"SET", "a", "x"}) + request({"INCR", "a"}));
  const OpenedLog opened = open();
  ASSERT_EQ(opened.notices.size(), 1U);
  EXPECT_THAT(opened.notices[0], HasSubstr("1 commands of appendonly.aof.1.incr.aof were refused"));
}

}  // namespace
}  // namespace sorrel::persist
