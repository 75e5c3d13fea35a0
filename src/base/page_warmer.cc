// SPDX-License-Identifier: BSD-3-Clause
#include "page_warmer.h"

#include <pthread.h>

#include <system_error>

namespace sorrel::base {
namespace {

constexpr std::size_t kPage = 4096;

// A write that changes nothing, even if another thread writes there at that moment: a fresh page is
// zeros. The sanitizers are not told, since nobody may use that memory yet as far as they know.
__attribute__((no_sanitize("address", "thread"))) void touch(std::byte* page) {
  auto* const byte = reinterpret_cast<unsigned char*>(page);
  unsigned char zero = 0;
  __atomic_compare_exchange_n(byte, &zero, static_cast<unsigned char>(0), false, __ATOMIC_RELAXED,
                              __ATOMIC_RELAXED);
}

}  // namespace

PageWarmer::~PageWarmer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void PageWarmer::warm(std::byte* memory, std::size_t bytes) {
  {
    const std::lock_guard lock(mutex_);
    ranges_.push_back({memory, bytes});
  }
  if (!thread_.joinable()) {
    try {
      thread_ = std::thread([this] { work(); });
    } catch (const std::system_error&) {
      ranges_.clear();
      return;
    }
  }
  wake_.notify_one();
}

void PageWarmer::work() {
  ::pthread_setname_np(::pthread_self(), "page-warmer");
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !ranges_.empty(); });
    if (stopping_) return;
    const Range range = ranges_.front();
    ranges_.pop_front();
    lock.unlock();
    for (std::size_t at = 0; at < range.bytes; at += kPage) touch(range.memory + at);
    lock.lock();
  }
}

}  // namespace sorrel::base
