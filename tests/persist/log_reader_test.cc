// SPDX-License-Identifier: BSD-3-Clause
//
// A log cut at every byte, read in pieces of every small size, with annotations anywhere, damaged,
// and ending in NUL bytes: what is applied, and where the good part ends.
#include <gtest/gtest.h>

#include <sorrel/persist/log_reader.h>

#include "support/log_fixture.h"
#include "support/simulated_disk.h"

namespace sorrel::persist {
namespace {

using test::bulk;
using test::LogFixture;
using test::request;
using Status = ReplayResult::Status;

constexpr const char* kPath = "log";

struct Outcome {
  ReplayResult result;
  std::string dump;
};

Outcome replay(std::string_view log, std::size_t read_bytes = 1024 * 1024) {
  test::SimulatedDisk disk(1);
  disk.put(kPath, log);
  LogFixture server;
  Outcome outcome;
  ReplayOptions options;
  options.read_bytes = read_bytes;
  outcome.result = replay_log(disk, kPath, server.executor, options);
  outcome.dump = server.dump();
  EXPECT_EQ(disk.content(kPath), log) << "the reader never changes the file";
  return outcome;
}

// Pieces of a log that can each be applied or not, but not in part.
std::vector<std::string> varied_pieces() {
  const std::string many(300, 'v');
  return {
      request({"SELECT", "0"}),
      "#checksum 1234 'unbalanced \"quotes\r\n",
      request({"SET", "a", "1"}),
      request({"SET", "b", many}),
      "#\n",
      request({"MULTI"}) + request({"SET", "c", "in a unit"}) + "# within\n" +
          request({"INCR", "counter"}) + request({"ZADD", "z", "1.5", "m", "2", "n"}) +
          request({"EXEC"}),
      request({"INCRBY", "counter", "41"}),
      request({"select", "2"}),
      request({"SET", "d", std::string_view("\0\r\n#*$ binary", 14)}),
      request({"SET", "e", "", "PXAT", "99999999999999"}),
      request({"ZINCRBY", "z", "-0.25", "m"}),
      request({"DEL", "d"}),
      "# the end\n",
  };
}

TEST(LogReader, CutsATornTailAtTheExactRecordAtEveryByte) {
  const std::vector<std::string> pieces = varied_pieces();
  std::string log;
  for (const std::string& piece : pieces) {
    const std::size_t begin = log.size();
    const std::string dump = replay(log).dump;
    log += piece;
    for (std::size_t size = begin; size < log.size(); ++size) {
      const Outcome torn = replay(log.substr(0, size), 1 + size % 97);
      ASSERT_EQ(torn.result.status, size == begin ? Status::kComplete : Status::kTorn) << size;
      ASSERT_EQ(torn.result.good_bytes, begin) << "cut at byte " << size;
      ASSERT_EQ(torn.result.size, size);
      ASSERT_EQ(torn.dump, dump) << "cut at byte " << size;
    }
  }
  const Outcome whole = replay(log);
  EXPECT_EQ(whole.result.status, Status::kComplete);
  EXPECT_EQ(whole.result.good_bytes, log.size());
  EXPECT_EQ(whole.result.errors, 0U) << whole.result.first_error;
}

TEST(LogReader, DoesNotCareHowTheBytesArrive) {
  std::string log;
  for (const std::string& piece : varied_pieces()) {
    log += piece;
  }
  const Outcome whole = replay(log);
  for (std::size_t read_bytes = 1; read_bytes < 400; ++read_bytes) {
    const Outcome pieces = replay(log, read_bytes);
    ASSERT_EQ(pieces.result.status, Status::kComplete) << read_bytes;
    ASSERT_EQ(pieces.result.good_bytes, log.size()) << read_bytes;
    ASSERT_EQ(pieces.result.commands, whole.result.commands) << read_bytes;
    ASSERT_EQ(pieces.dump, whole.dump) << read_bytes;
  }
}

TEST(LogReader, PassesOverALongAnnotation) {
  const std::string log =
      request({"SET", "a", "1"}) + "#" + std::string(200'000, '"') + "\n" + request({"INCR", "a"});
  for (const std::size_t read_bytes : {7UL, 4096UL, 1024UL * 1024UL}) {
    const Outcome outcome = replay(log, read_bytes);
    EXPECT_EQ(outcome.result.status, Status::kComplete);
    EXPECT_NE(outcome.dump.find(bulk("2")), std::string::npos);
  }
}

TEST(LogReader, AnAnnotationWithAHoleIsNone) {
  const std::string log = request({"SET", "a", "1"}) + "#TS:17" + std::string(64, '\0') + "x\r\n";
  for (const std::size_t read_bytes : {1UL, 4096UL}) {
    const Outcome outcome = replay(log + request({"INCR", "a"}), read_bytes);
    EXPECT_EQ(outcome.result.status, Status::kDamaged);
    EXPECT_EQ(outcome.dump, replay(request({"SET", "a", "1"})).dump);
  }
}

TEST(LogReader, ReadsHugeValuesAcrossReads) {
  const std::string huge(3'000'001, 'x');
  const std::string log = request({"SET", "a", huge}) + request({"SET", "b", "2"});
  const Outcome outcome = replay(log, 4096);
  EXPECT_EQ(outcome.result.status, Status::kComplete);
  EXPECT_NE(outcome.dump.find(bulk(huge)), std::string::npos);
  EXPECT_EQ(replay(log.substr(0, 2'000'000), 4096).result.good_bytes, 0U);
}

// Behind `before` stands something that is no request.
void expect_damage(const std::string& junk, const std::string& reason) {
  const std::string before = request({"SET", "a", "1"}) + request({"SET", "b", "2"});
  const std::string log = before + junk + request({"SET", "c", "3"});
  for (const std::size_t read_bytes : {1UL, 10UL, 1024UL * 1024UL}) {
    const Outcome outcome = replay(log, read_bytes);
    ASSERT_EQ(outcome.result.status, Status::kDamaged) << junk;
    EXPECT_EQ(outcome.result.good_bytes, before.size()) << junk;
    EXPECT_NE(outcome.result.reason.find(reason), std::string::npos) << outcome.result.reason;
    EXPECT_EQ(outcome.dump.find("0 c "), std::string::npos) << junk;
  }
}

TEST(LogReader, FindsDamageInTheMiddle) {
  expect_damage("PING\r\n", "does not begin with '*'");
  expect_damage("\r\n", "does not begin with '*'");
  expect_damage("\n", "does not begin with '*'");
  expect_damage(std::string(100, '\0'), "does not begin with '*'");
  expect_damage("REDIS0011", "does not begin with '*'");
  expect_damage("*0\r\n", "empty");
  expect_damage("*-1\r\n", "empty");
  expect_damage("*1\r\nPING\r\n", "expected '$'");
  expect_damage("*x\r\n", "invalid multibulk length");
  expect_damage("*2\r\n$3\r\nGET\r\n$-5\r\n", "invalid bulk length");
  expect_damage("*2\r\n$3\r\nSET\r\n$2\r\nabc\r\n", "lengths are wrong");
  expect_damage("*2\r\n$3\r\nGET\r\n$1\r\na\r\r", "lengths are wrong");
  expect_damage(request({"EXEC"}), "EXEC without MULTI");
  expect_damage(request({"NOSUCH", "a"}), "Unknown command 'NOSUCH'");
  expect_damage(request({"MULTI"}) + request({"SET", "c", "9"}) + request({"MULTI"}),
                "MULTI within a transaction");
  expect_damage(request({"MULTI"}) + request({"SET", "x", "9"}) + "junk", "begin with '*'");
}

TEST(LogReader, AnEmptyRequestDoesNotShiftWhatFollows) {
  const Outcome outcome = replay("*0\r\n" + request({"SET", "a", "1"}));
  EXPECT_EQ(outcome.result.status, Status::kDamaged);
  EXPECT_EQ(outcome.result.good_bytes, 0U);
}

// A length that was damaged to reach beyond the end looks like a torn tail; to cut there would
// throw away everything behind it.
TEST(LogReader, TellsADamagedLengthFromATornTail) {
  const std::string before = request({"SET", "a", "1"});
  const std::string behind = request({"SET", "c", "3"}) + request({"SET", "d", "4"});
  const std::string damaged = before + "*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$90000\r\n2\r\n" + behind;
  const Outcome outcome = replay(damaged);
  EXPECT_EQ(outcome.result.status, Status::kDamaged);
  EXPECT_EQ(outcome.result.good_bytes, before.size());
  EXPECT_NE(outcome.result.reason.find("reaches beyond the end"), std::string::npos);
  // The same bytes, cut in the middle of the last request, are those of a large value.
  EXPECT_EQ(replay(damaged.substr(0, damaged.size() - 1)).result.status, Status::kTorn);
}

TEST(LogReader, TakesNulBytesAtTheEndForATornTail) {
  const std::string before = request({"SET", "a", "1"});
  const std::string next = request({"SET", "b", "some value"});
  for (std::size_t kept = 0; kept < next.size(); ++kept) {
    for (const std::size_t zeros : {1UL, 2UL, 5UL, 4096UL, 100'000UL}) {
      const Outcome outcome = replay(before + next.substr(0, kept) + std::string(zeros, '\0'), 512);
      ASSERT_EQ(outcome.result.status, Status::kTorn) << kept << " " << zeros;
      ASSERT_EQ(outcome.result.good_bytes, before.size()) << kept << " " << zeros;
      ASSERT_EQ(outcome.result.size, before.size() + kept + zeros);
    }
  }
  const Outcome unit = replay(before + request({"MULTI"}) + next + std::string(64, '\0'));
  EXPECT_EQ(unit.result.status, Status::kTorn);
  EXPECT_EQ(unit.result.good_bytes, before.size());
}

TEST(LogReader, CountsRefusedCommandsAndGoesOn) {
  const Outcome outcome = replay(request({"SET", "a", "x"}) + request({"INCR", "a"}) +
                                 request({"ZADD", "a", "1", "m"}) + request({"SET", "b", "2"}));
  EXPECT_EQ(outcome.result.status, Status::kComplete);
  EXPECT_EQ(outcome.result.commands, 4U);
  EXPECT_EQ(outcome.result.errors, 2U);
  EXPECT_EQ(outcome.result.first_error, "ERR value is not an integer or out of range");
}

TEST(LogReader, ReportsWhatCannotBeRead) {
  test::SimulatedDisk disk(1);
  LogFixture server;
  const ReplayResult result = replay_log(disk, "absent", server.executor);
  EXPECT_EQ(result.status, Status::kUnreadable);
  EXPECT_EQ(result.reason, "No such file or directory");
  EXPECT_EQ(replay("").result.status, Status::kComplete);
}

}  // namespace
}  // namespace sorrel::persist
