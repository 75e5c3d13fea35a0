// SPDX-License-Identifier: BSD-3-Clause
//
// The thread around the queue: it wakes when it must, tells who waits, flushes, and ends.
#include <poll.h>

#include <cerrno>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include <gtest/gtest.h>

#include <sorrel/persist/log_writer.h>

#include "support/simulated_disk.h"

namespace sorrel::persist {
namespace {

constexpr const char* kPath = "log";

// The simulated disk belongs to the disk thread while a writer lives: what a test does to it
// meanwhile goes through this lock, which each call of the file takes.
class LockedFile final : public File {
 public:
  LockedFile(std::unique_ptr<File> file, std::mutex& mutex)
      : file_(std::move(file)), mutex_(mutex) {}
  std::int64_t write(std::string_view bytes) override {
    const std::lock_guard lock(mutex_);
    return file_->write(bytes);
  }
  void seek(std::uint64_t offset) override { file_->seek(offset); }
  std::int64_t read(std::span<char> bytes) override { return file_->read(bytes); }
  void read_from(std::uint64_t offset) override { file_->read_from(offset); }
  int sync() override {
    const std::lock_guard lock(mutex_);
    return file_->sync();
  }
  int truncate(std::uint64_t size) override { return file_->truncate(size); }

 private:
  std::unique_ptr<File> file_;
  std::mutex& mutex_;
};

class LogWriterTest : public testing::Test {
 protected:
  void begin(SyncPolicy policy) {
    int error = 0;
    auto file = disk_.open_for_append(kPath, error);
    disk_.sync_directory(".");
    writer_ = std::make_unique<LogWriter>(std::make_unique<LockedFile>(std::move(file), mutex_), 0,
                                          policy);
  }
  LogWriter::Ticket append(std::string bytes) {
    handed_ += bytes;
    return writer_->append(bytes);
  }
  void wait_for_news() {
    pollfd descriptor{writer_->notify_descriptor(), POLLIN, 0};
    ASSERT_EQ(::poll(&descriptor, 1, 60'000), 1) << "no news came";
    writer_->acknowledge();
  }
  void wait_until_settled(LogWriter::Ticket ticket) {
    while (writer_->settled() < ticket) {
      ASSERT_NO_FATAL_FAILURE(wait_for_news());
    }
  }
  void with_disk(const std::function<void(test::SimulatedDisk&)>& action) {
    const std::lock_guard lock(mutex_);
    action(disk_);
  }

  test::SimulatedDisk disk_{1};
  std::mutex mutex_;
  std::unique_ptr<LogWriter> writer_;
  std::string handed_;
};

TEST_F(LogWriterTest, TellsOfEverySettledTicketUnderAlways) {
  begin(SyncPolicy::kAlways);
  for (int i = 0; i < 500; ++i) {
    const auto ticket = append("turn " + std::to_string(i) + "\n");
    if (writer_->must_wait()) {
      ASSERT_NO_FATAL_FAILURE(wait_until_settled(ticket));
    }
    with_disk([&](test::SimulatedDisk& disk) { ASSERT_EQ(disk.durable(kPath), handed_); });
  }
}

TEST_F(LogWriterTest, FlushMakesEverythingDurableUnderEveryPolicy) {
  for (const SyncPolicy policy : {SyncPolicy::kAlways, SyncPolicy::kEverySecond, SyncPolicy::kNo}) {
    disk_.put(kPath, "");
    handed_.clear();
    begin(policy);
    EXPECT_EQ(writer_->flush(), "") << "nothing to do";
    for (int i = 0; i < 20; ++i) {
      append(std::string(1000, 'a'));
      EXPECT_EQ(writer_->flush(), "");
      with_disk([&](test::SimulatedDisk& disk) { EXPECT_EQ(disk.durable(kPath), handed_); });
    }
    EXPECT_EQ(writer_->size(), handed_.size());
    writer_.reset();
  }
}

TEST_F(LogWriterTest, TheDestructorWritesAndSyncs) {
  for (const SyncPolicy policy : {SyncPolicy::kAlways, SyncPolicy::kEverySecond, SyncPolicy::kNo}) {
    disk_.put(kPath, "");
    handed_.clear();
    begin(policy);
    append("last words");
    writer_.reset();
    EXPECT_EQ(disk_.durable(kPath), "last words");
  }
}

TEST_F(LogWriterTest, FailureAndRecoveryAreNews) {
  begin(SyncPolicy::kEverySecond);
  with_disk([](test::SimulatedDisk& disk) { disk.set_write_error(ENOSPC); });
  const auto ticket = append("kept ");
  wait_for_news();
  EXPECT_EQ(writer_->failure(), "No space left on device");
  EXPECT_EQ(writer_->flush(), "No space left on device") << "a flush does not wait for ever";
  EXPECT_TRUE(writer_->must_wait());
  EXPECT_EQ(writer_->pending_bytes(), handed_.size());
  with_disk([](test::SimulatedDisk& disk) { disk.set_write_error(0); });
  wait_until_settled(ticket);
  EXPECT_EQ(writer_->failure(), "");
  EXPECT_EQ(writer_->pending_bytes(), 0U);
}

TEST_F(LogWriterTest, TheDestructorGivesUpOnAFailingDisk) {
  begin(SyncPolicy::kAlways);
  with_disk([](test::SimulatedDisk& disk) { disk.set_sync_error(EIO); });
  append("never durable");
  wait_for_news();
  EXPECT_EQ(writer_->settled(), 0U);
  writer_.reset();
  EXPECT_EQ(disk_.content(kPath), handed_);
}

TEST_F(LogWriterTest, GoesOnInAnotherFile) {
  for (const SyncPolicy policy : {SyncPolicy::kAlways, SyncPolicy::kEverySecond, SyncPolicy::kNo}) {
    disk_.put(kPath, "");
    disk_.put("next", "");
    begin(policy);
    append("one ");
    int error = 0;
    std::unique_ptr<File> next;
    with_disk([&](test::SimulatedDisk& disk) { next = disk.open_for_append("next", error); });
    writer_->switch_to(std::make_unique<LockedFile>(std::move(next), mutex_));
    append("two");
    EXPECT_EQ(writer_->flush(), "");
    EXPECT_FALSE(writer_->switching());
    EXPECT_EQ(writer_->size(), 3U);
    EXPECT_EQ(writer_->total_size(), 7U);
    writer_.reset();
    EXPECT_EQ(disk_.durable(kPath), "one ");
    EXPECT_EQ(disk_.durable("next"), "two");
  }
}

TEST_F(LogWriterTest, APolicyCanChangeWhileItSleeps) {
  begin(SyncPolicy::kNo);
  append("one ");
  writer_->set_policy(SyncPolicy::kAlways);
  const auto ticket = append("two ");
  if (writer_->must_wait()) {
    wait_until_settled(ticket);
  }
  with_disk([&](test::SimulatedDisk& disk) { EXPECT_EQ(disk.durable(kPath), handed_); });
}

}  // namespace
}  // namespace sorrel::persist
