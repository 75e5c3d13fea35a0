// SPDX-License-Identifier: BSD-3-Clause
//
// The disk thread: it sleeps until the queue's next step is due, makes it, and tells who waits. An
// append wakes it only when the step that it causes is due before the thread would wake anyway.
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <system_error>
#include <utility>

#include <sorrel/persist/log_writer.h>

namespace sorrel::persist {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

LogWriter::LogWriter(std::unique_ptr<File> file, std::uint64_t size, SyncPolicy policy,
                     const SealState& seal)
    : queue_(std::move(file), size, policy, Clock::now(), seal) {
  notify_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (notify_ < 0) {
    throw std::system_error(errno, std::generic_category(), "eventfd");
  }
  thread_ = std::thread([this] { work(); });
}

LogWriter::~LogWriter() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
  ::close(notify_);
}

LogWriter::Ticket LogWriter::append(std::string& bytes, std::size_t clients) {
  bool wake = false;
  bool has_news = false;
  Ticket ticket = 0;
  const std::int64_t unix_seconds = timestamps_ ? std::time(nullptr) : 0;
  {
    const std::lock_guard lock(mutex_);
    const LogQueue::Time now = Clock::now();
    ticket = queue_.append(bytes, now, unix_seconds, clients);
    has_news = queue_.may_write_now(now) && finish(queue_.perform(queue_.begin_write(now)));
    wake = queue_.due(flushing_) < sleeps_until_;
  }
  if (has_news) {
    notify();
  }
  if (wake) {
    wake_.notify_one();
  }
  return ticket;
}

void LogWriter::switch_to(std::unique_ptr<File> next) {
  {
    const std::lock_guard lock(mutex_);
    queue_.switch_to(std::move(next));
  }
  wake_.notify_one();
}

bool LogWriter::switching() const {
  const std::lock_guard lock(mutex_);
  return queue_.switching();
}

LogWriter::Ticket LogWriter::settled() const {
  const std::lock_guard lock(mutex_);
  return queue_.settled();
}

LogWriter::Ticket LogWriter::ticket_of(std::uint64_t end) const {
  const std::lock_guard lock(mutex_);
  return queue_.ticket_of(end);
}

std::uint64_t LogWriter::synced() const {
  const std::lock_guard lock(mutex_);
  return queue_.synced();
}

void LogWriter::watch_synced(bool on) {
  const std::lock_guard lock(mutex_);
  queue_.watch_synced(on);
}

bool LogWriter::must_wait() {
  bool wait = false;
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    wait = queue_.must_wait(Clock::now());
    wake = wait && queue_.due(flushing_) < sleeps_until_;
  }
  if (wake) {
    wake_.notify_one();
  }
  return wait;
}

std::string LogWriter::failure() const {
  const std::lock_guard lock(mutex_);
  return queue_.failure();
}

void LogWriter::set_policy(SyncPolicy policy) {
  {
    const std::lock_guard lock(mutex_);
    queue_.set_policy(policy);
  }
  wake_.notify_one();
}

void LogWriter::set_seal_interval(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  queue_.set_seal_interval(bytes);
}

std::uint64_t LogWriter::size() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

std::uint64_t LogWriter::total_size() const {
  const std::lock_guard lock(mutex_);
  return queue_.total_size();
}

void LogWriter::forget_completed() {
  const std::lock_guard lock(mutex_);
  queue_.forget_completed();
}

bool LogWriter::syncing() const {
  const std::lock_guard lock(mutex_);
  return queue_.syncing();
}

std::uint64_t LogWriter::delays() const {
  const std::lock_guard lock(mutex_);
  return queue_.delays();
}

std::chrono::steady_clock::duration LogWriter::take_longest_sync() {
  const std::lock_guard lock(mutex_);
  return queue_.take_longest_sync();
}

std::uint64_t LogWriter::pending_bytes() const {
  const std::lock_guard lock(mutex_);
  return queue_.pending_bytes();
}

std::uint64_t LogWriter::held_bytes() const {
  const std::lock_guard lock(mutex_);
  return queue_.held_bytes();
}

std::chrono::steady_clock::time_point LogWriter::last_sync() const {
  const std::lock_guard lock(mutex_);
  return queue_.last_sync();
}

std::string LogWriter::flush() {
  std::unique_lock lock(mutex_);
  flushing_ = true;
  const std::uint64_t failed_before = failed_steps_;
  wake_.notify_one();
  stepped_.wait(lock, [&] { return queue_.clean() || failed_steps_ != failed_before; });
  flushing_ = false;
  return queue_.failure();
}

void LogWriter::acknowledge() {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = ::read(notify_, &count, sizeof count);
}

void LogWriter::notify() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t put = ::write(notify_, &one, sizeof one);
}

// Returns: whether there is news.
bool LogWriter::finish(const LogQueue::Done& done) {
  const bool has_news = queue_.finish(done, Clock::now());
  failed_steps_ += done.error != 0 ? 1 : 0;
  stepped_.notify_all();
  return has_news;
}

// Returns: whether a step is to be made; false when the thread is to end.
bool LogWriter::wait_until_due(std::unique_lock<std::mutex>& lock) {
  for (;;) {
    const LogQueue::Time due = queue_.due(stopping_ || flushing_);
    if (stopping_ && queue_.clean()) {
      return false;
    }
    if (due <= Clock::now()) {
      return true;
    }
    sleeps_until_ = due;
    if (due == LogQueue::Time::max()) {
      wake_.wait(lock);
    } else {
      wake_.wait_until(lock, due);
    }
    sleeps_until_ = LogQueue::Time::min();
  }
}

void LogWriter::work() {
  ::pthread_setname_np(::pthread_self(), "append-log");
  std::unique_lock lock(mutex_);
  while (wait_until_due(lock)) {
    const bool last = stopping_;
    const LogQueue::Step step = queue_.begin(Clock::now(), stopping_ || flushing_);
    lock.unlock();
    const LogQueue::Done done = queue_.perform(step);
    lock.lock();
    if (finish(done)) {
      // Not under the lock: the loop looks at once, perhaps on this very core.
      lock.unlock();
      notify();
      lock.lock();
    }
    if (last && done.error != 0) {
      return;
    }
  }
}

}  // namespace sorrel::persist
