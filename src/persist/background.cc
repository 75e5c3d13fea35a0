// SPDX-License-Identifier: BSD-3-Clause
//
// A queue of jobs and a thread. The thread works at a lower priority than the others where the
// system allows that, because its work is large and nobody waits for it.
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include <sorrel/persist/background.h>

namespace sorrel::persist {
namespace {

constexpr int kNice = 10;

void lower_priority() {
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
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) {
    thread_.join();
  }
  ::close(notify_);
}

void BackgroundThread::post(Work job, Work then) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back({std::move(job), std::move(then)});
  }
  if (!thread_.joinable()) {
    thread_ = std::thread([this] { work(); });
  }
  wake_.notify_one();
}

void BackgroundThread::wait() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [&] { return waiting_.empty() && !busy_; });
}

void BackgroundThread::run_finished() {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = ::read(notify_, &count, sizeof count);
  std::vector<Work> finished;
  {
    const std::lock_guard lock(mutex_);
    finished.swap(finished_);
  }
  for (const Work& then : finished) {
    then();
  }
}

void BackgroundThread::work() {
  lower_priority();
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
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t put = ::write(notify_, &one, sizeof one);
  }
}

}  // namespace sorrel::persist
