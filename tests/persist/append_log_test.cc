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
    EXPECT_EQ(disk_.durable(kManifest), kFirstLine);
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
    ASSERT_EQ(disk_.durable(kManifest), kFirstLine);
    disk_.restart();
    ASSERT_EQ(disk_.content(kManifest), kFirstLine) << "seed " << seed;
    ASSERT_TRUE(disk_.exists(kFirst));
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
  ASSERT_EQ(opened.notices.size(), 1U);
  EXPECT_THAT(opened.notices[0], HasSubstr("i3.aof was cut from"));
  EXPECT_FALSE(disk_.content("./appendonlydir/i3.aof").ends_with("$"));
}

TEST_F(AppendLogTest, ABaseAloneGetsAnIncrement) {
  put_file("appendonly.aof.manifest", "file b.aof seq 1 type b\n");
  put_file("b.aof", request({"SET", "a", "1"}));
  EXPECT_NE(open().writer, nullptr);
  EXPECT_EQ(disk_.content(kManifest), std::string("file b.aof seq 1 type b\n") + kFirstLine);
  put_file("appendonly.aof.manifest", "file b.aof seq 1 type b\n");
  disk_.put(kFirst, request({"SET", "b", "1"}));
  expect_refused("the manifest does not name it");
}

TEST_F(AppendLogTest, RefusesWhatIsMissing) {
  disk_.put(kManifest, kFirstLine);
  expect_refused("appendonly.aof.1.incr.aof is named by the manifest and not there");
  disk_.put(kManifest, "file b.aof seq 1 type b\n" + std::string(kFirstLine));
  disk_.put(kFirst, "");
  expect_refused("b.aof is named by the manifest and not there");
}

TEST_F(AppendLogTest, RefusesASnapshotItCannotRead) {
  disk_.put(kManifest, "file b.rdb seq 1 type b\n" + std::string(kFirstLine));
  put_file("b.rdb", "REDIS0011");
  disk_.put(kFirst, "");
  expect_refused("aof-use-rdb-preamble no");
}

TEST_F(AppendLogTest, RefusesToBeginBesideFilesWithoutAManifest) {
  disk_.put(kFirst, request({"SET", "a", "1"}));
  expect_refused("no manifest names it");
  disk_ = test::SimulatedDisk(1);
  put_file("appendonly.aof.12.base.rdb", "REDIS0011");
  expect_refused("appendonly.aof.12.base.rdb");
  disk_ = test::SimulatedDisk(1);
  disk_.put("./appendonly.aof", request({"SET", "a", "1"}));
  expect_refused("before Redis 7");
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
  expect_refused("truncate -s " + std::to_string(good.size()));
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
