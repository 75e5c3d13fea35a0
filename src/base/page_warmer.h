// SPDX-License-Identifier: BSD-3-Clause
//
// A thread that touches memory before its first use, so that whoever uses it then need not wait for
// its pages. A huge page costs the first who touches it 0.2 ms where the system has to clear it,
// and some milliseconds where a hypervisor has to find it first. Two threads: the owner's, which
// calls, and its own.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <thread>

namespace sorrel::base {

class PageWarmer {
 public:
  PageWarmer() = default;
  // Waits until nothing is being touched.
  ~PageWarmer();
  PageWarmer(const PageWarmer&) = delete;
  PageWarmer& operator=(const PageWarmer&) = delete;

  // Touches every page of it, at some time. What it holds stays as it is, whoever else writes
  // there. Requires: it may be read and written until this ends. Without a thread, for want of
  // resources, nothing is touched.
  void warm(std::byte* memory, std::size_t bytes);

 private:
  struct Range {
    std::byte* memory;
    std::size_t bytes;
  };
  void work();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Range> ranges_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace sorrel::base
