// SPDX-License-Identifier: BSD-3-Clause
//
// The report of `sorrel check-aof`: what redis-check-aof says, its exit codes, and its repairs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sorrel/persist/check_log.h>
#include <sorrel/persist/log_queue.h>
#include <sorrel/persist/rdb_file.h>

#include "support/log_fixture.h"
#include "support/simulated_disk.h"

namespace sorrel::persist {
namespace {

using test::request;
using testing::HasSubstr;

constexpr const char* kFile = "./d/a.aof.1.incr.aof";
constexpr const char* kBase = "./d/a.aof.1.base.aof";
constexpr const char* kManifest = "./d/a.aof.manifest";

class CheckLogTest : public testing::Test {
 protected:
  CheckLogTest() {
    options_.say = [this](std::string_view line) { report_ += std::string(line) + "\n"; };
    disk_.put(kManifest,
              "file a.aof.1.base.aof seq 1 type b\nfile a.aof.1.incr.aof seq 1 type i\n");
    disk_.put(kBase, good_);
    disk_.put(kFile, good_);
  }
  int check(const std::string& path) {
    report_.clear();
    return check_log(disk_, path, options_);
  }

  test::SimulatedDisk disk_{1};
  CheckLogOptions options_;
  std::string report_;
  std::string good_ = request({"SET", "foo", "hello"});
};

TEST_F(CheckLogTest, SaysThatAllIsValid) {
  EXPECT_EQ(check(kManifest), 0);
  EXPECT_EQ(report_,
            "Start checking Multi Part AOF\n"
            "Start to check BASE AOF (RESP format).\n"
            "AOF analyzed: filename=a.aof.1.base.aof, size=33, ok_up_to=33, ok_up_to_line=8, "
            "diff=0\n"
            "BASE AOF a.aof.1.base.aof is valid\n"
            "Start to check INCR files.\n"
            "AOF analyzed: filename=a.aof.1.incr.aof, size=33, ok_up_to=33, ok_up_to_line=8, "
            "diff=0\n"
            "INCR AOF a.aof.1.incr.aof is valid\n"
            "All AOF files and manifest are valid\n");
  EXPECT_EQ(check(kFile), 0);
  EXPECT_THAT(report_, HasSubstr("Start checking Old-Style AOF\n"));
  EXPECT_THAT(report_, HasSubstr("AOF a.aof.1.incr.aof is valid\n"));
}

TEST_F(CheckLogTest, TellsWhatIsWrong) {
  disk_.put(kFile, good_ + "!!!");
  EXPECT_EQ(check(kManifest), 1);
  EXPECT_THAT(report_, HasSubstr("size=36, ok_up_to=33, ok_up_to_line=8, diff=3\n"));
  EXPECT_THAT(report_, HasSubstr("is not valid. Use the --fix option to try fixing it.\n"));
  disk_.put(kFile, good_ + good_.substr(0, good_.size() - 1));
  EXPECT_EQ(check(kManifest), 1);
  EXPECT_THAT(report_, HasSubstr("size=65, ok_up_to=33, ok_up_to_line=14, diff=32\n"));
  disk_.put(kFile, "\x1f\x8b garbage");
  EXPECT_EQ(check(kFile), 1);
  EXPECT_THAT(report_, HasSubstr("It is a gzip file"));
  EXPECT_EQ(check("./d/nothing"), 1);
  EXPECT_EQ(report_, "Cannot open file ./d/nothing: No such file or directory\n");
  disk_.put(kManifest, "file a.aof.2.incr.aof seq 2 type i\n");
  EXPECT_EQ(check(kManifest), 1);
  EXPECT_THAT(report_, HasSubstr("Cannot open file ./d/a.aof.2.incr.aof"));
  disk_.put(kManifest, "file a.aof.1.incr.aof seq 1 type i\n!!!\n");
  EXPECT_EQ(check(kManifest), 1);
  EXPECT_THAT(report_, HasSubstr("Invalid AOF manifest file format, at line 2"));
}

TEST_F(CheckLogTest, CutsTheLastFileAndKeepsACopy) {
  options_.fix = true;
  const std::string damaged = good_ + "!!!" + good_;
  disk_.put(kFile, damaged);
  options_.confirm = [] { return false; };
  EXPECT_EQ(check(kManifest), 1);
  EXPECT_THAT(report_, HasSubstr("This will shrink the AOF a.aof.1.incr.aof from 69 bytes, with "
                                 "36 bytes, to 33 bytes\nAborting...\n"));
  EXPECT_EQ(disk_.content(kFile), damaged);
  options_.confirm = [] { return true; };
  EXPECT_EQ(check(kManifest), 0);
  EXPECT_THAT(report_, HasSubstr("Successfully truncated AOF a.aof.1.incr.aof\n"));
  EXPECT_EQ(disk_.durable(kFile), good_);
  EXPECT_EQ(disk_.durable(std::string(kFile) + ".bak"), damaged);
  // A second copy does not replace the first.
  disk_.put(kFile, good_ + "*1");
  EXPECT_EQ(check(kManifest), 0);
  EXPECT_EQ(disk_.durable(std::string(kFile) + ".bak"), damaged);
  EXPECT_EQ(disk_.durable(std::string(kFile) + ".bak.1"), good_ + "*1");
  disk_.put(kBase, good_ + request({"MULTI"}) + good_);
  EXPECT_EQ(check(kManifest), 1);
  EXPECT_THAT(report_, HasSubstr("Failed to truncate AOF a.aof.1.base.aof because it is not the "
                                 "last file\n"));
  disk_.put(kFile, "");
  EXPECT_EQ(check(kManifest), 0) << "nothing was written behind it";
  EXPECT_EQ(disk_.durable(kBase), good_);
}

TEST_F(CheckLogTest, TakesADamagedStretchOut) {
  int error = 0;
  disk_.put("log", "");
  LogQueue queue(disk_.open_for_append("log", error), 0, SyncPolicy::kAlways, {}, {1});
  for (int i = 0; i < 5; ++i) {
    std::string bytes = request({"SET", "key" + std::to_string(i), "value"});
    queue.append(bytes, {});
    queue.step({}, false);
  }
  std::string log = disk_.content("log");
  log[log.find("key2")] = 'K';
  disk_.put(kBase, log);
  EXPECT_EQ(check(kManifest), 1);
  EXPECT_THAT(report_, HasSubstr("the checksum of the bytes"));
  options_.fix = true;
  EXPECT_EQ(check(kManifest), 0);
  EXPECT_THAT(report_, HasSubstr("Successfully repaired AOF a.aof.1.base.aof\n"));
  options_.fix = false;
  EXPECT_EQ(check(kManifest), 0) << report_;
  EXPECT_EQ(disk_.content(kBase).find("ey2"), std::string::npos);
  EXPECT_NE(disk_.content(kBase).find("key1"), std::string::npos);
  EXPECT_NE(disk_.content(kBase).find("key3"), std::string::npos);
}

TEST_F(CheckLogTest, ChecksAnImage) {
  test::LogFixture server;
  server.run({"SET", "k1", "v1"});
  std::string image;
  RdbWriter writer({}, server.executor.keyspace().access(),
                   RdbWriter::Sink([&](std::string_view piece) { image += piece; }));
  writer.keyspace(server.executor.keyspace());
  writer.end();
  disk_.put(kBase, image + good_);
  EXPECT_EQ(check(kBase), 0);
  EXPECT_THAT(report_, HasSubstr("RDB preamble is OK, proceeding with AOF tail"));
  EXPECT_THAT(report_, HasSubstr("is valid"));
  EXPECT_EQ(check(kManifest), 0);
  EXPECT_THAT(report_, HasSubstr("Start to check BASE AOF (RDB format)."));
  disk_.put(kBase, image.substr(0, image.size() - 9));
  EXPECT_EQ(check(kBase), 1);
  EXPECT_THAT(report_, HasSubstr("RDB preamble of AOF file is not sane, aborting.\n"));
}

TEST_F(CheckLogTest, CutsAtATimestamp) {
  const std::string first = "#TS:1628217470\r\n" + good_;
  const std::string second = "#TS:1628217471\r\n" + good_;
  const auto at = [&](std::int64_t time) {
    disk_.put(kFile, first + second + "#TS:1628217472\r\n");
    options_.truncate_to_timestamp = time;
    return check(kFile);
  };
  EXPECT_EQ(at(1628217471), 0);
  EXPECT_THAT(report_, HasSubstr("Successfully truncated AOF a.aof.1.incr.aof to timestamp 16"));
  EXPECT_EQ(disk_.durable(kFile), first + second);
  EXPECT_EQ(at(1628217470), 0);
  EXPECT_EQ(disk_.durable(kFile), first);
  EXPECT_EQ(at(1628217469), 1);
  EXPECT_THAT(report_, HasSubstr("has nothing before timestamp 1628217469, aborting..."));
  EXPECT_EQ(at(1628217499), 0);
  EXPECT_THAT(report_, HasSubstr("Truncate nothing in AOF a.aof.1.incr.aof to timestamp"));
  disk_.put(kBase, disk_.content(kFile));
  options_.truncate_to_timestamp = 1628217470;
  EXPECT_EQ(check(kManifest), 1);
  EXPECT_THAT(report_, HasSubstr("because it is not the last file"));
  // A timestamp behind a timestamp: what is cut off is no damage.
  disk_.put(kFile, first + "#TS:1628217471\r\n#TS:1628217472\r\n" + good_);
  options_.truncate_to_timestamp = 1628217470;
  EXPECT_EQ(check(kFile), 0) << report_;
  EXPECT_EQ(disk_.durable(kFile), first);
}

}  // namespace
}  // namespace sorrel::persist
