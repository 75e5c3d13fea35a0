// SPDX-License-Identifier: BSD-3-Clause
//
// Checksums in the log: what they find before it is applied, what only looks like one, and where a
// log goes on behind damage. The logs are written by LogQueue, as the server writes them.
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sorrel/persist/append_log.h>
#include <sorrel/persist/log_reader.h>
#include <sorrel/persist/log_seal.h>

#include "support/log_fixture.h"
#include "support/simulated_disk.h"

namespace sorrel::persist {
namespace {

using test::LogFixture;
using test::request;
using Status = ReplayResult::Status;

constexpr const char* kPath = "log";

struct Outcome {
  ReplayResult result;
  std::string dump;
};

Outcome replay(std::string_view log, std::uint64_t max_skipped = 0, std::size_t read_bytes = 4096) {
  test::SimulatedDisk disk(1);
  disk.put(kPath, log);
  LogFixture server;
  ReplayOptions options;
  options.read_bytes = read_bytes;
  options.max_skipped_bytes = max_skipped;
  Outcome outcome;
  outcome.result = replay_log(disk, kPath, server.executor, options);
  outcome.dump = server.dump();
  return outcome;
}

// The pieces as the queue writes them, each synced for itself.
std::string sealed(const std::vector<std::string>& pieces, std::uint64_t interval,
                   SyncPolicy policy = SyncPolicy::kAlways) {
  test::SimulatedDisk disk(1);
  int error = 0;
  LogQueue queue(disk.open_for_append(kPath, error), 0, policy, {}, {interval});
  for (std::string piece : pieces) {
    queue.append(piece, {});
    queue.step({}, false);
  }
  return disk.content(kPath);
}

// Some requests and a unit, two to a piece or each for itself.
std::vector<std::string> some_pieces(bool each_for_itself = false) {
  std::vector<std::string> pieces;
  for (int i = 0; i < 12; ++i) {
    const std::string number = std::to_string(i);
    pieces.push_back(request({"SET", "k" + number, "value " + number}));
    if (each_for_itself) {
      pieces.emplace_back();
    }
    pieces.back() += request({"APPEND", "all", number + ","});
  }
  pieces.push_back(request({"MULTI"}) + request({"SET", "u", "1"}) + request({"INCR", "u"}) +
                   request({"EXEC"}));
  pieces.push_back(request({"SET", "last", "1"}));
  return pieces;
}

TEST(LogSeal, ReadsWhatItWritesAndNothingLikeIt) {
  LogSealer sealer({1});
  sealer.add("some bytes");
  const std::string line = sealer.line(7);
  EXPECT_LE(line.size(), SealLine::kMaxBytes);
  const auto read = read_seal(line + "*1\r\n");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->covered, 10U);
  EXPECT_EQ(read->unsynced, 7U);
  EXPECT_EQ(read->bytes, line.size());
  for (std::size_t size = 0; size < line.size(); ++size) {
    EXPECT_FALSE(read_seal(line.substr(0, size)));
  }
  for (const char* other : {"#CRC:1:2:0123456789abcdeg\r\n", "#CRC:-1:2:0123456789abcdef\r\n",
                            "#CRC:1:0123456789abcdef\r\n", "#CRC:x:2:0123456789abcdef\r\n",
                            "#CRC:1:2:0123456789abcdef\n\n", "#TS:12\r\n", ""}) {
    EXPECT_FALSE(read_seal(other)) << other;
  }
}

TEST(LogSeal, BeginsWithTheIntervalAndThenEndsEverySync) {
  const std::string piece = request({"SET", "a", "1"});
  const std::string log = sealed({piece, piece, piece}, piece.size() + 1);
  EXPECT_EQ(log.find("#CRC:"), piece.size() * 2);
  EXPECT_EQ(std::count(log.begin(), log.end(), '#'), 2);
  EXPECT_EQ(sealed({piece, piece}, 0), piece + piece);
  EXPECT_EQ(sealed({piece, piece}, 4096), piece + piece) << "as Redis writes it";
  EXPECT_EQ(replay(log).result.status, Status::kComplete);
  EXPECT_TRUE(replay(log).result.sealed);
  EXPECT_EQ(replay(log).result.commands, 3U);
}

TEST(LogSeal, DoesNotCareHowTheBytesArrive) {
  const std::string log = sealed(some_pieces(), 100) + request({"SET", "tail", "1"});
  const Outcome whole = replay(log);
  EXPECT_EQ(whole.result.status, Status::kComplete);
  for (std::size_t read_bytes = 1; read_bytes < 300; ++read_bytes) {
    const Outcome pieces = replay(log, 0, read_bytes);
    ASSERT_EQ(pieces.result.status, Status::kComplete) << read_bytes;
    ASSERT_EQ(pieces.result.uncovered_begin, whole.result.uncovered_begin);
    ASSERT_EQ(pieces.dump, whole.dump);
  }
}

// All states between two requests that a log goes through.
std::vector<std::string> states_of(const std::vector<std::string>& pieces) {
  std::vector<std::string> states{replay("").dump};
  std::string log;
  for (const std::string& piece : pieces) {
    log += piece;
    states.push_back(replay(log).dump);
  }
  return states;
}

// A changed byte is found before anything behind the last good line is applied.
// The reader looks for a first line in the first 1 MiB alone, for other servers' files have none.
TEST(LogSeal, TheFirstStretchMayBeLong) {
  const std::string large(1 << 20, 'x');
  for (const std::size_t size : {(1U << 20) - 100, (1U << 20) - 4, 1U << 20, 5U << 20}) {
    std::string first;
    for (std::size_t i = 0; first.size() < size; ++i) {
      first += request(
          {"SET", "k" + std::to_string(i), large.substr(0, size > (2U << 20) ? 3 << 19 : 40)});
    }
    const std::string log = sealed({first, request({"SET", "a", "1"})}, 4096);
    ASSERT_NE(log.find("#CRC:"), std::string::npos);
    for (const std::size_t read_bytes : {4096U, 1U << 20, 3U << 20}) {
      const Outcome outcome = replay(log, 0, read_bytes);
      EXPECT_EQ(outcome.result.status, Status::kComplete)
          << size << " bytes, " << read_bytes << " at a time: " << outcome.result.reason;
      EXPECT_TRUE(outcome.result.sealed);
    }
    std::string changed = log;
    changed[log.size() / 2] ^= 1;  // within the first value behind what was looked at first
    EXPECT_NE(replay(changed, 0, 4096).result.status, Status::kComplete);
  }
}

TEST(LogSeal, FindsAChangedByteAnywhere) {
  const std::vector<std::string> pieces = some_pieces();
  const std::string log = sealed(pieces, 1);
  const std::vector<std::string> states = states_of(pieces);
  for (std::size_t at = 0; at < log.size(); ++at) {
    for (const std::size_t bit : {at % 8}) {
      std::string changed = log;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      const Outcome outcome = replay(changed);
      const auto state = std::find(states.begin(), states.end(), outcome.dump);
      ASSERT_NE(state, states.end()) << "a wrong value, byte " << at << " bit " << bit;
      if (outcome.result.status == Status::kComplete) {
        ASSERT_EQ(outcome.dump, states.back()) << at;
      } else {
        ASSERT_NE(outcome.result.reason, "");
      }
      // All before the stretch with the byte is there.
      std::size_t whole = 0;
      for (std::size_t end = 0; whole < pieces.size() && (end = log.find("#CRC", end)) < at;
           ++end) {
        ++whole;
      }
      ASSERT_GE(state - states.begin(), static_cast<std::ptrdiff_t>(whole) - 1) << at;
    }
  }
}

TEST(LogSeal, LeavesADamagedStretchOutExactly) {
  const std::vector<std::string> pieces = some_pieces();
  const std::string log = sealed(pieces, 1);
  const std::size_t at = log.find("value 5");
  std::string changed = log;
  changed[at] = 'V';
  const Outcome refused = replay(changed);
  EXPECT_EQ(refused.result.status, Status::kDamaged);
  EXPECT_THAT(refused.result.reason, testing::HasSubstr("the checksum of the bytes"));
  EXPECT_EQ(refused.dump.find("k5"), std::string::npos);
  const Outcome skipped = replay(changed, 1000);
  EXPECT_EQ(skipped.result.status, Status::kComplete);
  ASSERT_EQ(skipped.result.gaps.size(), 1U);
  EXPECT_EQ(skipped.result.gaps[0].begin, refused.result.good_bytes);
  EXPECT_TRUE(log.substr(skipped.result.gaps[0].end).starts_with(pieces[6]));
  EXPECT_EQ(skipped.dump.find("k5"), std::string::npos);
  EXPECT_NE(skipped.dump.find("0,1,2,3,4,6,7"), std::string::npos);
  EXPECT_NE(skipped.dump.find("last"), std::string::npos);
}

// A value that holds what looks like a line, even one that is right as far as it goes.
TEST(LogSeal, IsNotFooledByValues) {
  for (const std::uint64_t interval : {0UL, 1UL, 300UL, 4096UL}) {
    for (const bool exact : {false, true}) {
      // The line vouches for itself, or for everything from the file's front.
      const std::string front = "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$120\r\n";
      std::string value = std::string(30, 'x') + "\n";
      LogSealer sealer({1});
      sealer.add(exact ? front + value : std::string("x\n"));
      value += sealer.line(0);
      value.resize(120, 'y');
      std::vector<std::string> pieces{request({"SET", "a", value})};
      ASSERT_TRUE(pieces[0].starts_with(front));
      for (int i = 0; i < 40; ++i) {
        pieces.push_back(request({"SET", "b" + std::to_string(i), value}));
      }
      const std::string log = sealed(pieces, interval);
      const Outcome outcome = replay(log);
      ASSERT_EQ(outcome.result.status, Status::kComplete) << outcome.result.reason << interval;
      ASSERT_EQ(outcome.result.commands, 41U);
      // A torn tail is one, whatever stands in the value.
      const Outcome torn = replay(log.substr(0, log.size() - 75));
      ASSERT_EQ(torn.result.status, Status::kTorn) << torn.result.reason << interval;
    }
  }
}

// The second of three writes did not reach the disk, the third did.
TEST(LogSeal, TellsAHoleOfUnsyncedWritesFromDamage) {
  const std::string first = request({"SET", "a", "1"});
  const std::string second = request({"SET", "b", std::string(200, 'b')});
  const std::string third = request({"SET", "c", std::string(200, 'c')});
  // Under everysec nothing was synced; under always each was.
  for (const SyncPolicy policy : {SyncPolicy::kEverySecond, SyncPolicy::kAlways}) {
    std::string log = sealed({first, second, third}, 1, policy);
    const std::size_t begin = log.find("bbb");
    for (const bool in_value : {false, true}) {
      std::string holed = log;
      std::fill_n(holed.begin() + static_cast<std::ptrdiff_t>(in_value ? begin : begin - 20),
                  in_value ? 200 : 220, '\0');
      const Outcome outcome = replay(holed);
      EXPECT_EQ(outcome.dump, replay(first).dump) << outcome.dump;
      EXPECT_EQ(outcome.result.good_bytes, log.find("*3", first.size()));
      EXPECT_EQ(outcome.result.status,
                policy == SyncPolicy::kAlways ? Status::kDamaged : Status::kTorn)
          << outcome.result.reason;
    }
  }
}

// The hole begins within a line and ends within a value, so that what is left of both would pass
// for one long annotation.
TEST(LogSeal, AHoleThatBeginsInALineIsFound) {
  const std::string first = request({"SET", "a", "1"});
  const std::string second = request({"SET", "b", "2"});
  const std::string third = request({"SET", "c", std::string(200, 'c')}) + request({"DEL", "a"});
  std::string log = sealed({first, second, third}, 1, SyncPolicy::kEverySecond);
  const std::size_t line = log.find("#CRC:", log.find(second));
  const std::size_t end = log.find("cc\r\n", line);
  std::fill(log.begin() + static_cast<std::ptrdiff_t>(line) + 9,
            log.begin() + static_cast<std::ptrdiff_t>(end), '\0');
  const Outcome outcome = replay(log);
  EXPECT_EQ(outcome.result.status, Status::kTorn) << outcome.result.reason;
  EXPECT_EQ(outcome.dump, replay(first + second).dump) << outcome.dump;
}

// What stands before the hole and behind the last line may be known to be durable: a start found it
// and went on there. It is the hole that must not be.
TEST(LogSeal, AHoleBehindWhatAStartFoundIsNoDamage) {
  const std::string first = request({"SET", "a", "1"});
  const std::string found = request({"SET", "b", "2"});
  const std::string lost = request({"SET", "c", std::string(200, 'c')});
  const std::string last = request({"SET", "d", "4"});
  LogSealer sealer({1});
  sealer.add(first);
  std::string log = first + sealer.line(first.size()) + found;
  const std::size_t durable = log.size();
  sealer.add(found + lost);
  log += lost + sealer.line(lost.size());
  std::fill(log.begin() + static_cast<std::ptrdiff_t>(durable) + 10, log.end(), '\0');
  sealer.add(last);
  for (const bool hole_is_durable : {false, true}) {
    LogSealer copy = sealer;
    const std::size_t unsynced = log.size() + last.size() - durable;
    const std::string line = copy.line(hole_is_durable ? last.size() : unsynced);
    const Outcome outcome = replay(log + last + line);
    EXPECT_EQ(outcome.result.status, hole_is_durable ? Status::kDamaged : Status::kTorn)
        << outcome.result.reason;
    EXPECT_EQ(outcome.dump, replay(hole_is_durable ? first : first + found).dump) << outcome.dump;
  }
}

// Lives on one file, each with its own writer: the checksums go on where they were.
TEST(LogSeal, GoesOnAfterARestart) {
  test::SimulatedDisk disk(1);
  AppendLogOptions options;
  std::string file;
  for (const std::uint64_t interval : {40UL, 4096UL, 0UL, 40UL, 1UL}) {
    options.seal_interval_bytes = interval;
    LogFixture server;
    const OpenedLog opened = open_append_log(disk, options, server.executor);
    ASSERT_NE(opened.writer, nullptr) << opened.error;
    file = opened.files->path(opened.files->manifest().increments().back()->name);
    for (int i = 0; i < 5; ++i) {
      std::string bytes = request({"INCR", "a"});
      opened.writer->append(bytes);
      opened.writer->flush();
    }
  }
  const std::string log = disk.content(file);
  const Outcome outcome = replay(log);
  EXPECT_EQ(outcome.result.status, Status::kComplete) << outcome.result.reason;
  EXPECT_NE(outcome.dump.find("25"), std::string::npos) << outcome.dump;
  EXPECT_EQ(outcome.result.uncovered_begin, log.size());
}

// The last log cut at every byte, and with a changed bit in every byte, with and without checksums:
// a start that keeps a state the log went through, and the same one the next time, or an error.
TEST(LogSeal, StartsOrRefusesClearlyWhateverIsCutOrChanged) {
  const std::vector<std::string> pieces = some_pieces();
  const std::vector<std::string> states = states_of(some_pieces(/*each_for_itself=*/true));
  int refused = 0;
  const auto start = [&](const std::string& log, bool must_start, bool must_be_state) {
    test::SimulatedDisk disk(1);
    disk.put("./appendonlydir/appendonly.aof.manifest",
             "file appendonly.aof.1.incr.aof seq 1 type i\n");
    disk.put("./appendonlydir/appendonly.aof.1.incr.aof", log);
    std::string dump;
    for (int time = 0; time < (log.size() % 4 == 0 ? 2 : 1); ++time) {
      LogFixture server;
      const OpenedLog opened = open_append_log(disk, {}, server.executor);
      ASSERT_EQ(opened.writer == nullptr, !opened.error.empty());
      ASSERT_TRUE(!must_start || opened.writer != nullptr) << opened.error;
      if (opened.writer == nullptr) {
        ASSERT_EQ(disk.content("./appendonlydir/appendonly.aof.1.incr.aof"), log);
        ++refused;
        return;
      }
      ASSERT_TRUE(time == 0 || server.dump() == dump);
      dump = server.dump();
      ASSERT_TRUE(!must_be_state || std::count(states.begin(), states.end(), dump) > 0) << dump;
    }
  };
  for (const std::uint64_t interval : {0UL, 1UL}) {
    const std::string log = sealed(pieces, interval);
    for (std::size_t at = 0; at <= log.size(); ++at) {
      SCOPED_TRACE("interval " + std::to_string(interval) + " byte " + std::to_string(at));
      ASSERT_NO_FATAL_FAILURE(start(log.substr(0, at), true, true));
      std::string changed = log;
      if (at < log.size()) {
        changed[at] = static_cast<char>(changed[at] ^ (1 << at % 8));
      }
      ASSERT_NO_FATAL_FAILURE(start(changed, false, interval == 1));
    }
  }
  EXPECT_GT(refused, 1000);
}

TEST(LogSeal, TimestampsComeOnceASecondBeforeTheCommands) {
  test::SimulatedDisk disk(1);
  int error = 0;
  LogQueue queue(disk.open_for_append(kPath, error), 0, SyncPolicy::kAlways, {});
  for (const std::int64_t second : {0, 100, 100, 101, 99}) {
    std::string bytes = request({"PING"});
    queue.append(bytes, {}, second);
  }
  queue.step({}, true);
  const std::string ping = request({"PING"});
  EXPECT_EQ(disk.content(kPath), ping + "#TS:100\r\n" + ping + ping + "#TS:101\r\n" + ping + ping);
  EXPECT_EQ(queue.synced(), ping.size() * 5) << "annotations do not count";
}

}  // namespace
}  // namespace sorrel::persist
