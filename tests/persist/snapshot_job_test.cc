// SPDX-License-Identifier: BSD-3-Clause
//
// A snapshot on its way to a file while commands go on: the file, loaded elsewhere, holds what was
// there when it began, in either format; and what becomes of it when the disk fails or it is given
// up. The background's jobs run here when the test lets them.
#include <algorithm>
#include <cerrno>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sorrel/base/random.h>
#include <sorrel/persist/log_reader.h>
#include <sorrel/persist/snapshot_job.h>

#include "support/every_type.h"
#include "support/simulated_disk.h"

namespace sorrel::persist {
namespace {

using testing::HasSubstr;

constexpr const char* kPath = "dir/snapshot";

// Jobs wait until somebody lets them run.
class HeldBackground final : public Background {
 public:
  void post(Work job, Work then) override { tasks_.push_back({std::move(job), std::move(then)}); }
  void wait() override { run(tasks_.size()); }
  void run(std::size_t most) {
    for (; most > 0 && !tasks_.empty(); --most) {
      const auto task = std::move(tasks_.front());
      tasks_.pop_front();
      task.first();
      if (task.second) task.second();
    }
  }

 private:
  std::deque<std::pair<Work, Work>> tasks_;
};

// Is written in parts, and not compressed.
constexpr std::size_t kHuge = (std::size_t{4} << 20) + 1000;

enum class Format { kImage, kCommands };

class Fixture {
 public:
  explicit Fixture(std::uint64_t seed) : disk(seed), random(seed) {
    disk.make_directory("dir");
    data.fill_small();
    data.fill_large(1500);
    data.must({"SET", "huge", test::words_of(kHuge, 5)});
  }

  std::unique_ptr<SnapshotJob> begin(Format format) {
    SnapshotJob::Plan plan;
    plan.path = kPath;
    plan.finished = [this](const std::string& text) {
      ++finished;
      error = text;
    };
    const auto make = [&](SnapshotEncoder::Sink sink) {
      return format == Format::kCommands
                 ? make_commands_encoder({}, std::move(sink))
                 : make_rdb_encoder({.version = 12}, data.keyspace.access(), {}, std::move(sink));
    };
    return std::make_unique<SnapshotJob>(data.keyspace, disk, background, plan, make);
  }

  // To its end, with changes and the background's jobs in between.
  void finish(SnapshotJob& job, unsigned changes_per_step = 3) {
    while (!job.done()) {
      for (std::uint64_t i = random.below(changes_per_step + 1); i > 0; --i) change();
      if (!job.step() || random.below(8) == 0) background.run(1 + random.below(3));
    }
  }

  void change();

  std::string loaded(Format format) {
    test::EveryType copy;
    if (format == Format::kCommands) {
      copy.keyspace.set_expiry_enabled(false);
      EXPECT_EQ(replay_log(disk, kPath, copy.executor).status, ReplayResult::Status::kComplete);
    } else {
      const std::string bytes = disk.content(kPath);
      const auto result = load_rdb(
          [&bytes, place = std::size_t{0}](std::span<char> to) mutable {
            const std::size_t count = bytes.copy(to.data(), to.size(), place);
            place += count;
            return count;
          },
          copy.keyspace, {});
      EXPECT_EQ(result.error, "");
    }
    return copy.contents(/*encodings=*/false);
  }

  test::SimulatedDisk disk;
  HeldBackground background;
  test::EveryType data;
  base::Random random;
  int finished = 0;
  std::string error;

 private:
  std::string any(std::initializer_list<const char*> words) {
    return *(words.begin() + random.below(words.size()));
  }
  std::string number(std::uint64_t below) { return std::to_string(random.below(below)); }
  void change_elements();
  void change_keys();
  void change_long_strings();
};

void Fixture::change_elements() {
  const std::string member = number(1500 * 77);
  switch (random.below(14)) {
    case 0:
      data.run({"RPUSH", "list", member});
      return;
    case 1:
      data.run({"LPOP", "list"});
      return;
    case 2:
      data.run({"LSET", "list", number(500), "set " + member});
      return;
    case 3:
      data.run({"LTRIM", "list", "5", "-6"});
      return;
    case 4:
      data.run({"SADD", any({"set", "small set", "intset"}), member});
      return;
    case 5:
      data.run({"SPOP", any({"set", "small set", "intset"}), "3"});
      return;
    case 6:
      data.run({"ZADD", any({"zset", "small zset"}), member, "member " + number(400)});
      return;
    case 7:
      data.run({"ZPOPMIN", "zset", "4"});
      return;
    case 8:
      data.run(
          {"HSET", any({"hash", "small hash", "deadlines", "small deadlines"}), member, "new"});
      return;
    case 9:
      data.run({"HDEL", any({"hash", "deadlines"}), std::to_string(77 * random.below(1500))});
      return;
    case 10:
      data.run({"HPEXPIREAT", any({"hash", "deadlines"}), "4102444809999", "FIELDS", "1",
                std::to_string(77 * random.below(1500))});
      return;
    case 11:
      // Commands cannot say that an entry is pending that is deleted.
      data.run({"XDEL", "stream", std::to_string(700 + random.below(800)) + "-1"});
      return;
    case 12:
      data.run({"XACK", "stream", "first", number(300) + "-1"});
      return;
    default:
      data.run({"XADD", any({"stream", "small stream"}), "*", "name", member});
      return;
  }
}

void Fixture::change_keys() {
  const std::string key = any({"list", "set", "zset", "hash", "deadlines", "stream", "string20",
                               "long", "small hash", "huge", "string1048576"});
  switch (random.below(40)) {
    case 0:
      data.run({"RENAME", key, "other " + number(3)});
      return;
    case 1:
      data.run({"RENAME", "other " + number(3), key});
      return;
    case 2:
      data.run({"DEL", key});
      return;
    case 3:
      data.run({"COPY", key, "other " + number(3), "REPLACE"});
      return;
    case 4:
      data.run({"MOVE", key, number(4)});
      return;
    case 5:
      data.run({"SWAPDB", number(3), number(6)});
      return;
    case 6:
      data.run({any({"FLUSHDB", "FLUSHALL"}), "ASYNC"});
      return;
    case 7:
      data.run({"SELECT", any({"0", "0", "5", "2"})});
      return;
    case 8:
      data.keyspace.release_some(500);
      return;
    case 9:
    case 10:
    case 11:
      data.run({"PEXPIREAT", key, "4102444800777"});
      return;
    case 12:
    case 13:
      data.run({"PERSIST", key});
      return;
    default:
      data.run({"APPEND", "text " + number(30), "more"});
      data.run({"SET", any({"string20", "string1025", "long"}), number(100000)});
      return;
  }
}

void Fixture::change_long_strings() {
  const std::string key = any({"huge", "string1048576"});
  switch (random.below(4)) {
    case 0:
      data.run({"SETRANGE", key, number(kHuge), "written over"});
      return;
    case 1:
      data.run({"APPEND", key, "more"});
      return;
    case 2:
      data.run({"SET", key, test::words_of(random.below(kHuge), 9)});
      return;
    default:
      data.run({"SETBIT", key, number(kHuge), "1"});
      return;
  }
}

void Fixture::change() {
  if (random.below(30) == 0) {
    change_long_strings();
  } else if (random.below(3) == 0) {
    change_keys();
  } else {
    change_elements();
  }
}

class SnapshotJobs : public testing::TestWithParam<Format> {};

TEST_P(SnapshotJobs, HoldWhatWasThereWhenTheyBegan) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Fixture run(seed);
    for (int i = 0; i < 2; ++i) {
      const std::string before = run.data.contents(/*encodings=*/false);
      const auto job = run.begin(GetParam());
      run.finish(*job);
      ASSERT_EQ(run.error, "");
      ASSERT_EQ(run.loaded(GetParam()), before);
      EXPECT_EQ(job->keys_done(), job->keys_total());
    }
  }
}

TEST_P(SnapshotJobs, EndWithAReasonWhenTheDiskFails) {
  Fixture run(7);
  run.disk.set_space(100'000);
  auto job = run.begin(GetParam());
  run.finish(*job);
  EXPECT_THAT(run.error, HasSubstr("No space left on device"));
  EXPECT_FALSE(run.disk.exists(kPath));
  job.reset();
  run.disk.set_space(1'000'000'000);
  const std::string before = run.data.contents(/*encodings=*/false);
  job = run.begin(GetParam());
  run.finish(*job);
  EXPECT_EQ(run.error, "");
  EXPECT_EQ(run.loaded(GetParam()), before);
}

TEST_P(SnapshotJobs, LeaveNothingBehindWhenTheyAreGivenUp) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    Fixture run(seed);
    auto job = run.begin(GetParam());
    for (std::uint64_t steps = run.random.below(60); steps > 0; --steps) {
      run.change();
      job->step();
    }
    job->abandon("cancelled");
    run.finish(*job);
    EXPECT_EQ(run.error, "cancelled");
    EXPECT_EQ(run.finished, 1);
    EXPECT_FALSE(run.disk.exists(kPath));
    job.reset();
    const std::string before = run.data.contents(/*encodings=*/false);
    job = run.begin(GetParam());
    run.finish(*job);
    EXPECT_EQ(run.loaded(GetParam()), before);
  }
}

TEST_P(SnapshotJobs, WaitForASlowDisk) {
  Fixture run(1);
  for (int i = 0; i < 20; ++i) {
    run.data.must({"SET", "big" + std::to_string(i), std::string(1 << 20, 'x')});
  }
  const auto job = run.begin(GetParam());
  while (job->step()) {
  }
  EXPECT_FALSE(job->done());
  EXPECT_GT(job->extra_bytes(), 8U << 20);
  EXPECT_LT(job->extra_bytes(), 12U << 20);
  run.finish(*job, 0);
  EXPECT_EQ(run.error, "");
}

// Neither what waits nor what is kept is ever more than a small part of the string.
TEST_P(SnapshotJobs, WriteALongStringInPartsWithoutACopy) {
  Fixture run(1);
  run.data.must({"FLUSHALL"});
  run.data.must({"SET", "huge", std::string(40 << 20, 'x')});
  const auto job = run.begin(GetParam());
  std::uint64_t most = 0;
  std::uint64_t before = 0;
  while (!job->done()) {
    for (int i = 0; i < 4 && job->step(); ++i) {
    }
    run.background.wait();
    most = std::max(most, job->bytes_written() - before);
    before = job->bytes_written();
  }
  EXPECT_EQ(run.error, "");
  EXPECT_LT(most, 1U << 20);
  EXPECT_LT(job->most_extra_bytes(), 1U << 20);
  EXPECT_GT(job->most_extra_bytes(), 0U);
  EXPECT_GT(job->bytes_written(), 40U << 20);
  EXPECT_EQ(run.loaded(GetParam()), run.data.contents(/*encodings=*/false));
}

TEST_P(SnapshotJobs, SayWhatEmptiedDatabasesHold) {
  Fixture run(1);
  for (int i = 0; i < 2000; ++i) {
    run.data.must({"SET", "key" + std::to_string(i), std::string(500, 'x')});
  }
  const std::string before = run.data.contents(/*encodings=*/false);
  const auto job = run.begin(GetParam());
  for (int i = 0; i < 20; ++i) job->step();
  EXPECT_EQ(job->emptied_bytes(), 0U);
  run.data.must({"FLUSHALL"});
  EXPECT_GT(job->emptied_bytes(), 1000U * 500);
  EXPECT_GE(job->extra_bytes(), job->emptied_bytes());
  run.finish(*job, 0);
  EXPECT_EQ(run.error, "");
  EXPECT_EQ(job->emptied_bytes(), 0U);
  EXPECT_EQ(run.loaded(GetParam()), before);
}

INSTANTIATE_TEST_SUITE_P(Formats, SnapshotJobs, testing::Values(Format::kImage, Format::kCommands),
                         [](const auto& info) {
                           return info.param == Format::kImage ? "Image" : "Commands";
                         });

}  // namespace
}  // namespace sorrel::persist
