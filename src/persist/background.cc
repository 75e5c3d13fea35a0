// SPDX-License-Identifier: BSD-3-Clause
//
// A queue of jobs and a thread. The thread works at a lower priority than the others where the
// system allows that, because its work is large and nobody waits for it.
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <iterator>
#include <system_error>
#include <utility>

#include <sorrel/persist/background.h>

namespace sorrel::persist {
namespace {

constexpr int kNice = 10;

void become_background() {
  ::pthread_setname_np(::pthread_self(), "snapshot-file");
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), kNice);
}

}  // namespace

BackgroundThread::BackgroundThread() {
  notify_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (notify_ < 0) {
    throw std::system_error(errno, std::generic_category(), "eventfd");
  }
}

BackgroundThread::~BackgroundThread() {
  {
    const std::lock_guard lock(mutex_);
    std::move(outbox_.begin(), outbox_.end(), std::back_inserter(waiting_));
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) {
    thread_.join();
  }
  ::close(notify_);
}

void BackgroundThread::tell_loop() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t put = ::write(notify_, &one, sizeof one);
}

void BackgroundThread::post(Work job, Work then) {
  outbox_.push_back({std::move(job), std::move(then)});
  if (!thread_.joinable()) {
    thread_ = std::thread([this] { work(); });
  }
  std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock) {
    tell_loop();
    return;
  }
  std::move(outbox_.begin(), outbox_.end(), std::back_inserter(waiting_));
  lock.unlock();
  outbox_.clear();
  wake_.notify_one();
}

void BackgroundThread::wait() {
  std::unique_lock lock(mutex_);
  std::move(outbox_.begin(), outbox_.end(), std::back_inserter(waiting_));
  outbox_.clear();
  wake_.notify_one();
  idle_.wait(lock, [&] { return waiting_.empty() && !busy_; });
}

void BackgroundThread::run_finished() {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = ::read(notify_, &count, sizeof count);
  std::vector<Work> finished;
  std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock) {
    tell_loop();
    return;
  }
  finished.swap(finished_);
  std::move(outbox_.begin(), outbox_.end(), std::back_inserter(waiting_));
  lock.unlock();
  if (!outbox_.empty()) {
    outbox_.clear();
    wake_.notify_one();
  }
  for (const Work& then : finished) {
    then();
  }
}

void BackgroundThread::work() {
  become_background();
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) {
      return;
    }
    Task task = std::move(waiting_.front());
    waiting_.pop_front();
    busy_ = true;
    lock.unlock();
    task.job();
    task.job = nullptr;  // what it holds ends here, not on the loop
    lock.lock();
    busy_ = false;
    if (task.then) {
      finished_.push_back(std::move(task.then));
    }
    if (waiting_.empty()) {
      idle_.notify_all();
    }
    // Not under the lock: the loop looks at once, perhaps on this very core.
    lock.unlock();
    tell_loop();
    lock.lock();
  }
}

}  // namespace sorrel::persist
