// SPDX-License-Identifier: BSD-3-Clause
//
// The writer's decisions on a simulated disk, step by step: what is written, synced, settled and
// told, under each policy, and what a failing disk must not make of it.
#include <cerrno>

#include <gtest/gtest.h>

#include <sorrel/persist/log_queue.h>

#include "support/simulated_disk.h"

namespace sorrel::persist {
namespace {

using namespace std::chrono_literals;

constexpr const char* kPath = "log";

class LogQueueTest : public testing::Test {
 protected:
  void begin(SyncPolicy policy) {
    int error = 0;
    auto file = disk_.open_for_append(kPath, error);
    disk_.sync_directory(".");
    const auto size = static_cast<std::uint64_t>(disk_.size(kPath));
    queue_ = std::make_unique<LogQueue>(std::move(file), size, policy, now_);
  }
  std::unique_ptr<File> open(const std::string& path) {
    int error = 0;
    return disk_.open_for_append(path, error);
  }
  LogQueue::Ticket append(std::string bytes) {
    handed_ += bytes;
    return queue_->append(bytes, now_);
  }
  bool step(bool urgent = false) { return queue_->step(now_, urgent); }
  std::string content() const { return disk_.content(kPath); }
  std::string durable() const { return disk_.durable(kPath); }

  test::SimulatedDisk disk_{1};
  LogQueue::Time now_{std::chrono::hours(1)};
  std::unique_ptr<LogQueue> queue_;
  std::string handed_;
};

TEST_F(LogQueueTest, AlwaysSettlesWhatIsDurable) {
  begin(SyncPolicy::kAlways);
  EXPECT_EQ(queue_->due(false), LogQueue::Time::max());
  const auto first = append("one ");
  EXPECT_TRUE(queue_->must_wait(now_));
  const auto second = append("two ");
  EXPECT_TRUE(queue_->must_wait(now_));
  EXPECT_LE(queue_->due(false), now_);
  EXPECT_EQ(queue_->settled(), 0U);
  const std::uint64_t syncs = disk_.syncs();
  EXPECT_TRUE(step());
  EXPECT_EQ(disk_.syncs(), syncs + 1) << "one sync for both";
  EXPECT_EQ(queue_->settled(), second);
  EXPECT_LT(first, second);
  EXPECT_EQ(durable(), "one two ");
  EXPECT_FALSE(queue_->must_wait(now_)) << "nothing is left to wait for";
  EXPECT_TRUE(queue_->clean());
  EXPECT_EQ(queue_->size(), 8U);
}

// Clients that a slow sync has released come back a moment later: the next sync is theirs, too.
TEST_F(LogQueueTest, ASlowSyncIsFollowedByOneForAsMany) {
  begin(SyncPolicy::kAlways);
  const auto sync = [&](LogQueue::Time::duration length) {
    const LogQueue::Done done = queue_->perform(queue_->begin(now_, false));
    now_ += length;
    queue_->finish(done, now_);
  };
  append("one ");
  append("two ");
  sync(800us);
  append("one again ");
  EXPECT_EQ(queue_->due(false), now_ + 800us) << "the time that the sync took";
  append("two again ");
  EXPECT_LE(queue_->due(false), now_) << "both are here";
  sync(100ms);
  append("one ");
  EXPECT_EQ(queue_->due(false), now_ + LogQueue::kMaxGather);
  EXPECT_LE(queue_->due(true), now_) << "somebody waits for everything";
  now_ += LogQueue::kMaxGather;
  EXPECT_LE(queue_->due(false), now_);
  sync(800us);
  EXPECT_EQ(queue_->due(false), LogQueue::Time::max());
  append("one alone ");
  append("two ");
  sync(800us);
  append("one ");
  EXPECT_EQ(queue_->due(false), now_ + 800us) << "the last time all were there";
  sync(800us);
  append("one alone ");
  EXPECT_LE(queue_->due(false), now_) << "one was served, one is here";
  append("three ");
  sync(40us);
  append("three ");
  EXPECT_LE(queue_->due(false), now_) << "a quick sync is not worth a wait";
}

// However much one step takes: damage costs a stretch.
TEST_F(LogQueueTest, ChecksumsComeAtTheirInterval) {
  int error = 0;
  auto file = disk_.open_for_append(kPath, error);
  queue_ = std::make_unique<LogQueue>(std::move(file), 0, SyncPolicy::kAlways, now_,
                                      SealState{100, true, 0, 0});
  queue_->set_seal_interval(100);
  for (int i = 0; i < 100; ++i) {
    append(std::string(40, 'x'));
  }
  step();
  std::size_t lines = 0;
  std::size_t before = 0;
  std::size_t longest = 0;
  for (auto at = content().find("#CRC:"); at != std::string::npos;
       at = content().find("#CRC:", at + 1)) {
    longest = std::max(longest, at - before);
    before = at;
    ++lines;
  }
  EXPECT_GE(lines, 30U);
  EXPECT_LT(longest, 200U);
}

TEST_F(LogQueueTest, TellsWhichStepSettlesWhat) {
  begin(SyncPolicy::kAlways);
  const auto first = append("one ");
  const std::uint64_t end_of_first = handed_.size();
  EXPECT_EQ(queue_->ticket_of(end_of_first), first);
  const LogQueue::Step under_way = queue_->begin(now_, false);
  const auto second = append("two ");
  EXPECT_EQ(queue_->ticket_of(end_of_first), first) << "the step under way has it";
  EXPECT_EQ(queue_->ticket_of(handed_.size()), second);
  queue_->finish(queue_->perform(under_way), now_);
  EXPECT_EQ(queue_->ticket_of(end_of_first), 0U) << "it is synced";
  EXPECT_EQ(queue_->ticket_of(handed_.size()), second);
  step();
  EXPECT_EQ(queue_->ticket_of(handed_.size()), 0U);
}

// What is handed over while the disk works belongs to the next step.
TEST_F(LogQueueTest, DoesNotSettleWhatCameDuringAStep) {
  begin(SyncPolicy::kAlways);
  const auto first = append("one ");
  const LogQueue::Step under_way = queue_->begin(now_, false);
  const auto second = append("two ");
  EXPECT_TRUE(queue_->must_wait(now_));
  EXPECT_TRUE(queue_->finish(queue_->perform(under_way), now_));
  EXPECT_EQ(queue_->settled(), first);
  EXPECT_EQ(durable(), "one ");
  // The same when the step is the repair after a failed sync.
  disk_.set_sync_error(EIO);
  step();
  disk_.set_sync_error(0);
  const LogQueue::Step repair = queue_->begin(now_, false);
  const auto third = append("three ");
  queue_->finish(queue_->perform(repair), now_);
  EXPECT_EQ(queue_->settled(), second);
  step();
  EXPECT_EQ(queue_->settled(), third);
  EXPECT_EQ(durable(), handed_);
}

TEST_F(LogQueueTest, EverySecondGathersWritesAndSyncs) {
  begin(SyncPolicy::kEverySecond);
  const auto first = append("one ");
  EXPECT_EQ(queue_->due(false), now_ + LogQueue::kGather);
  EXPECT_FALSE(step()) << "nobody waits, so there is no news";
  EXPECT_FALSE(queue_->must_wait(now_)) << "it is written";
  EXPECT_EQ(queue_->settled(), first);
  EXPECT_EQ(content(), "one ");
  EXPECT_EQ(durable(), "");
  EXPECT_FALSE(queue_->clean());
  EXPECT_EQ(queue_->due(false), now_ + LogQueue::kSyncPeriod);
  now_ += LogQueue::kSyncPeriod;
  step();
  EXPECT_EQ(durable(), "one ");
  EXPECT_EQ(queue_->last_sync(), now_);
  EXPECT_TRUE(queue_->clean());
  EXPECT_EQ(queue_->due(false), LogQueue::Time::max()) << "an idle server sleeps";
}

TEST_F(LogQueueTest, WhoHandsOverWritesAtOnce) {
  for (const SyncPolicy policy : {SyncPolicy::kEverySecond, SyncPolicy::kNo}) {
    disk_.put(kPath, "");
    handed_.clear();
    begin(policy);
    EXPECT_FALSE(queue_->may_write_now(now_)) << "there is nothing to write";
    for (int i = 0; i < 3; ++i) {
      const auto ticket = append("turn ");
      ASSERT_TRUE(queue_->may_write_now(now_));
      EXPECT_FALSE(queue_->finish(queue_->perform(queue_->begin_write(now_)), now_));
      EXPECT_EQ(queue_->settled(), ticket);
      EXPECT_FALSE(queue_->must_wait(now_));
      EXPECT_EQ(content(), handed_);
      EXPECT_EQ(durable(), "");
    }
  }
  begin(SyncPolicy::kAlways);
  append("turn ");
  EXPECT_FALSE(queue_->may_write_now(now_)) << "the sync is another's";
}

TEST_F(LogQueueTest, WritersWaitForAStepThatWritesButNotForOneThatSyncs) {
  begin(SyncPolicy::kEverySecond);
  append("one ");
  const LogQueue::Step write = queue_->begin(now_, false);
  ASSERT_FALSE(write.sync);
  append("two ");
  EXPECT_FALSE(queue_->may_write_now(now_)) << "at most one step is under way";
  EXPECT_TRUE(queue_->must_wait(now_));
  queue_->finish(queue_->perform(write), now_);
  EXPECT_LE(queue_->due(false), now_) << "nothing is gathered while somebody waits";
  EXPECT_TRUE(step()) << "the second has";
  now_ += LogQueue::kSyncPeriod;
  const LogQueue::Step sync = queue_->begin(now_, false);
  ASSERT_TRUE(sync.sync);
  append("three ");
  EXPECT_FALSE(queue_->must_wait(now_));
  EXPECT_FALSE(queue_->may_write_now(now_));
  queue_->finish(queue_->perform(sync), now_);
  append("four ");
  EXPECT_FALSE(queue_->must_wait(now_)) << "nor before what came meanwhile is written";
  EXPECT_LE(queue_->due(false), now_) << "which is gathered no longer";
  ASSERT_TRUE(queue_->may_write_now(now_));
  queue_->finish(queue_->perform(queue_->begin_write(now_)), now_);
  append("five ");
  EXPECT_TRUE(queue_->must_wait(now_));
}

TEST_F(LogQueueTest, MuchAndWhatFollowsASlowWriteAreLeftToTheThread) {
  begin(SyncPolicy::kNo);
  append(std::string(LogQueue::kMaxWriteNowBytes + 1, 'x'));
  EXPECT_FALSE(queue_->may_write_now(now_));
  EXPECT_TRUE(queue_->must_wait(now_));
  step();
  append("slow ");
  const LogQueue::Done done = queue_->perform(queue_->begin_write(now_));
  now_ += LogQueue::kSlowWrite + 1ms;
  queue_->finish(done, now_);
  append("next ");
  EXPECT_FALSE(queue_->may_write_now(now_));
  EXPECT_TRUE(queue_->must_wait(now_));
  now_ += LogQueue::kAfterSlowWrite;
  EXPECT_TRUE(queue_->may_write_now(now_));
}

TEST_F(LogQueueTest, AWriteAtOnceThatFailsIsTriedAgainByTheThread) {
  begin(SyncPolicy::kEverySecond);
  append("one ");
  disk_.set_write_error(ENOSPC);
  EXPECT_TRUE(queue_->finish(queue_->perform(queue_->begin_write(now_)), now_)) << "news";
  EXPECT_TRUE(queue_->must_wait(now_));
  EXPECT_FALSE(queue_->may_write_now(now_));
  EXPECT_EQ(queue_->due(false), now_ + LogQueue::kRetry);
  disk_.set_write_error(0);
  now_ += LogQueue::kRetry;
  EXPECT_TRUE(step());
  EXPECT_EQ(content(), handed_);
}

TEST_F(LogQueueTest, TellsHowFarItIsSyncedToWhoWatches) {
  begin(SyncPolicy::kEverySecond);
  append("one ");
  step();
  EXPECT_EQ(queue_->synced(), 0U) << "written is not synced";
  now_ += LogQueue::kSyncPeriod;
  EXPECT_FALSE(step()) << "nobody watches";
  EXPECT_EQ(queue_->synced(), 4U);
  queue_->watch_synced(true);
  append("two ");
  EXPECT_FALSE(step()) << "a write alone is no news";
  EXPECT_EQ(queue_->synced(), 4U);
  now_ += LogQueue::kSyncPeriod;
  disk_.set_sync_error(EIO);
  step();
  EXPECT_EQ(queue_->synced(), 4U);
  disk_.set_sync_error(0);
  EXPECT_TRUE(step());
  EXPECT_EQ(queue_->synced(), 8U);
  // What comes while the disk works belongs to the next step.
  append("three ");
  const LogQueue::Step under_way = queue_->begin(now_, true);
  append("four ");
  EXPECT_TRUE(queue_->finish(queue_->perform(under_way), now_));
  EXPECT_EQ(queue_->synced(), 14U);
}

TEST_F(LogQueueTest, NoWritesAndNeverSyncs) {
  begin(SyncPolicy::kNo);
  append("one ");
  step();
  now_ += 1h;
  EXPECT_EQ(content(), "one ");
  EXPECT_EQ(queue_->due(false), LogQueue::Time::max());
  EXPECT_EQ(durable(), "");
  EXPECT_EQ(queue_->synced(), 0U);
  EXPECT_LE(queue_->due(true), now_) << "a flush syncs all the same";
  step(/*urgent=*/true);
  EXPECT_EQ(durable(), "one ");
  EXPECT_TRUE(queue_->clean());
}

TEST_F(LogQueueTest, LosesAndRepeatsNothingOverAFullDisk) {
  for (const SyncPolicy policy : {SyncPolicy::kAlways, SyncPolicy::kEverySecond, SyncPolicy::kNo}) {
    disk_.put(kPath, "before ");
    handed_ = "before ";
    disk_.set_space(3);
    begin(policy);
    const auto first = append("0123456789 ");
    queue_->must_wait(now_);
    EXPECT_TRUE(step()) << "the failure is news";
    EXPECT_EQ(queue_->failure(), "No space left on device");
    EXPECT_EQ(content(), "before 012");
    EXPECT_LT(queue_->settled(), first);
    append("more ");
    EXPECT_TRUE(queue_->must_wait(now_)) << "under every policy";
    EXPECT_EQ(queue_->due(false), now_ + LogQueue::kRetry);
    EXPECT_FALSE(step()) << "it fails as before";
    EXPECT_EQ(queue_->pending_bytes(), 8 + 5U);
    disk_.set_space(4);
    step();
    EXPECT_EQ(content(), "before 0123456");
    disk_.set_space(UINT64_MAX);
    const auto last = append("last");
    EXPECT_TRUE(step()) << "the recovery is news";
    EXPECT_EQ(queue_->failure(), "");
    EXPECT_EQ(content(), handed_);
    EXPECT_EQ(queue_->settled(), last);
  }
}

TEST_F(LogQueueTest, AFullDiskStillSyncsWhatItTook) {
  begin(SyncPolicy::kEverySecond);
  append("acknowledged ");
  step();
  disk_.set_space(0);
  append("refused");
  now_ += LogQueue::kSyncPeriod;
  step();
  EXPECT_NE(queue_->failure(), "");
  EXPECT_EQ(durable(), "acknowledged ");
}

// The sync that fails drops what it could not write, and the next one succeeds without it.
TEST_F(LogQueueTest, WritesAgainWhatAFailedSyncMayHaveLost) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    disk_ = test::SimulatedDisk(seed);
    handed_.clear();
    begin(SyncPolicy::kAlways);
    append("durable ");
    step();
    disk_.set_sync_error(EIO);
    const auto ticket = append("in danger ");
    EXPECT_TRUE(step());
    EXPECT_EQ(queue_->failure(), "Input/output error");
    EXPECT_LT(queue_->settled(), ticket);
    EXPECT_FALSE(step());
    EXPECT_LT(queue_->settled(), ticket);
    disk_.set_sync_error(0);
    const auto later = append("later ");
    EXPECT_TRUE(step());
    EXPECT_EQ(queue_->failure(), "");
    EXPECT_EQ(queue_->settled(), later);
    ASSERT_EQ(durable(), handed_) << "seed " << seed;
    ASSERT_EQ(content(), handed_);
  }
}

// Under everysec the write alone succeeds; that must not pass for a recovery.
TEST_F(LogQueueTest, OnlyASyncEndsAFailureOfSync) {
  begin(SyncPolicy::kEverySecond);
  append("acknowledged ");
  step();
  now_ += LogQueue::kSyncPeriod;
  disk_.set_sync_error(EIO);
  EXPECT_TRUE(step());
  const auto ticket = append("waits ");
  EXPECT_TRUE(queue_->must_wait(now_));
  now_ += LogQueue::kRetry;
  step();
  EXPECT_EQ(queue_->failure(), "Input/output error");
  EXPECT_LT(queue_->settled(), ticket);
  disk_.set_sync_error(0);
  disk_.set_write_error(ENOSPC);
  EXPECT_TRUE(step());
  EXPECT_EQ(queue_->failure(), "No space left on device");
  disk_.set_write_error(0);
  EXPECT_TRUE(step());
  EXPECT_EQ(queue_->failure(), "");
  EXPECT_EQ(durable(), handed_);
}

TEST_F(LogQueueTest, WhatWasForgottenIsNeverCalledDurable) {
  begin(SyncPolicy::kNo);
  append("not kept ");
  step();
  queue_->set_policy(SyncPolicy::kAlways);
  EXPECT_LE(queue_->due(false), now_) << "the new policy wants a sync, once";
  disk_.set_sync_error(EIO);
  const auto ticket = append("kept ");
  step();
  disk_.set_sync_error(0);
  step();
  EXPECT_NE(queue_->failure().find("restart the server"), std::string::npos);
  EXPECT_LT(queue_->settled(), ticket);
}

TEST_F(LogQueueTest, PolicyChangesTakeEffectAtOnce) {
  begin(SyncPolicy::kEverySecond);
  append("one ");
  step();
  queue_->set_policy(SyncPolicy::kAlways);
  EXPECT_LE(queue_->due(false), now_);
  step();
  EXPECT_EQ(durable(), "one ");
  EXPECT_EQ(queue_->due(false), LogQueue::Time::max()) << "synced once, and no spinning";
  const auto ticket = append("two ");
  EXPECT_TRUE(queue_->must_wait(now_));
  queue_->set_policy(SyncPolicy::kNo);
  EXPECT_TRUE(step()) << "who waited is told";
  EXPECT_EQ(queue_->settled(), ticket);
}

TEST_F(LogQueueTest, ALaggingDiskMakesWritersWaitAndTellsThem) {
  begin(SyncPolicy::kEverySecond);
  now_ += LogQueue::kSyncPeriod;
  append("stuck ");
  const LogQueue::Step under_way = queue_->begin(now_, false);
  ASSERT_TRUE(under_way.sync);
  append("new ");
  EXPECT_FALSE(queue_->must_wait(now_));
  now_ += LogQueue::kMaxLag + 1ms;
  EXPECT_TRUE(queue_->must_wait(now_)) << "the age of what is under way counts";
  queue_->finish(queue_->perform(under_way), now_);
  EXPECT_TRUE(step()) << "its settling is news";
  append(std::string(LogQueue::kMaxLagBytes + 1, 'x'));
  EXPECT_TRUE(queue_->must_wait(now_));
  EXPECT_TRUE(step());
  EXPECT_EQ(content(), handed_);
}

TEST_F(LogQueueTest, KeepsABoundedTailInMemory) {
  begin(SyncPolicy::kEverySecond);
  append(std::string(LogQueue::kMaxUnsyncedBytes - 1, 'x'));
  step();
  EXPECT_EQ(durable().size(), 0U);
  append("y");
  step();
  EXPECT_EQ(durable().size(), LogQueue::kMaxUnsyncedBytes) << "synced before its second is over";
}

TEST_F(LogQueueTest, GoesOnInAnotherFile) {
  for (const SyncPolicy policy : {SyncPolicy::kAlways, SyncPolicy::kEverySecond, SyncPolicy::kNo}) {
    disk_.put(kPath, "");
    disk_.put("next", "");
    begin(policy);
    append("one ");
    const LogQueue::Step under_way = queue_->begin(now_, false);
    append("two ");
    queue_->switch_to(open("next"));
    const auto third = append("three ");
    EXPECT_TRUE(queue_->switching());
    EXPECT_EQ(queue_->pending_bytes(), 14U);
    queue_->finish(queue_->perform(under_way), now_);
    EXPECT_EQ(content(), "one ");
    EXPECT_LE(queue_->due(false), now_) << "a switch does not wait";
    step();
    EXPECT_EQ(durable(), "one two ") << "under every policy";
    EXPECT_EQ(disk_.content("next"), "");
    EXPECT_FALSE(queue_->switching());
    EXPECT_EQ(queue_->synced(), 8U);
    EXPECT_EQ(queue_->size(), 0U);
    EXPECT_EQ(queue_->total_size(), 8U);
    EXPECT_EQ(queue_->settled(), third - 1);
    EXPECT_EQ(queue_->pending_bytes(), 6U);
    step();
    EXPECT_EQ(disk_.content("next"), "three ");
    EXPECT_EQ(content(), "one two ");
    EXPECT_EQ(queue_->settled(), third);
    EXPECT_EQ(queue_->total_size(), 14U);
    queue_->forget_completed();
    EXPECT_EQ(queue_->total_size(), 6U);
    step(/*urgent=*/true);
    EXPECT_TRUE(queue_->clean());
  }
}

// Nothing reaches the new file before the old one is whole, and everything comes in order.
TEST_F(LogQueueTest, ANewFileWaitsForAnOldOneThatFails) {
  begin(SyncPolicy::kEverySecond);
  disk_.put("next", "");
  disk_.put("third", "");
  append("one ");
  disk_.set_space(2);
  queue_->switch_to(open("next"));
  append("two ");
  step();
  EXPECT_EQ(queue_->failure(), "No space left on device");
  EXPECT_TRUE(queue_->must_wait(now_));
  EXPECT_EQ(queue_->due(false), now_ + LogQueue::kRetry);
  queue_->switch_to(open("third"));
  append("three");
  queue_->forget_completed();
  disk_.set_space(UINT64_MAX);
  disk_.set_sync_error(EIO);
  step();
  EXPECT_EQ(content(), "one ");
  EXPECT_EQ(disk_.content("next"), "");
  disk_.set_sync_error(0);
  step();
  EXPECT_EQ(durable(), "one ");
  EXPECT_EQ(queue_->failure(), "");
  EXPECT_TRUE(queue_->switching());
  step();
  EXPECT_EQ(disk_.durable("next"), "two ");
  EXPECT_EQ(disk_.content("third"), "");
  step(/*urgent=*/true);
  EXPECT_EQ(disk_.durable("third"), "three");
  EXPECT_EQ(queue_->total_size(), 5U) << "only the last file counts";
  EXPECT_TRUE(queue_->clean());
  EXPECT_EQ(content(), "one ");
}

// Any sequence of faults, under any policy: the file is what was handed over, in order, once; what
// is settled under always is durable.
TEST_F(LogQueueTest, KeepsTheOrderUnderRandomFaults) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    base::Random random(seed);
    disk_ = test::SimulatedDisk(seed);
    handed_.clear();
    const auto policy = static_cast<SyncPolicy>(seed % 2);
    begin(policy);
    std::vector<std::string> files{kPath};
    const auto all = [&](auto&& of) {
      std::string text;
      for (const std::string& file : files) {
        text += of(file);
      }
      return text;
    };
    const auto contents = [&] { return all([&](auto& file) { return disk_.content(file); }); };
    const auto durables = [&] { return all([&](auto& file) { return disk_.durable(file); }); };
    std::vector<std::size_t> ends{0};
    for (int i = 0; i < 60; ++i) {
      disk_.faults() = i % 20 < 14 ? test::DiskFaults{300, 200, 200, 0} : test::DiskFaults{};
      append(std::to_string(i) + std::string(random.below(40), 'a') + "\n");
      ends.push_back(handed_.size());
      now_ += std::chrono::milliseconds(random.below(700));
      if (random.below(15) == 0) {
        files.push_back("log" + std::to_string(i));
        disk_.put(files.back(), "");
        queue_->switch_to(open(files.back()));
      }
      if (random.below(3) != 0) {
        step();
      }
      ASSERT_TRUE(handed_.starts_with(contents())) << "seed " << seed;
      ASSERT_TRUE(durables().starts_with(handed_.substr(0, queue_->synced()))) << "seed " << seed;
      if (policy == SyncPolicy::kAlways) {
        ASSERT_GE(durables().size(), ends[queue_->settled()]) << "seed " << seed;
        ASSERT_EQ(durables().substr(0, ends[queue_->settled()]),
                  handed_.substr(0, ends[queue_->settled()]));
      }
    }
    disk_.faults() = {};
    while (!queue_->clean()) {
      step(/*urgent=*/true);
    }
    ASSERT_EQ(durables(), handed_) << "seed " << seed;
    ASSERT_EQ(queue_->synced(), handed_.size());
    ASSERT_EQ(queue_->total_size(), handed_.size());
  }
}

}  // namespace
}  // namespace sorrel::persist
