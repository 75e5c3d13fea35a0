// SPDX-License-Identifier: BSD-3-Clause
//
// Work on files that nobody waits for: writing a snapshot, putting it in its place, deleting what
// it replaces. A job runs on the thread of the background, in the order of posting; what is to
// follow it runs on the loop, when the loop looks (run_finished()).
//
// Threads: the public members belong to the loop's thread.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace sorrel::persist {

class Background {
 public:
  using Work = std::function<void()>;

  virtual ~Background() = default;
  // `job` must not throw. `then` may be empty; it may post.
  virtual void post(Work job, Work then) = 0;
  // Blocks until what was posted so far has run; what is to follow it waits for run_finished().
  virtual void wait() = 0;
};

// With a thread, which begins with the first job and ends with the object, behind the last one.
//
// The loop never waits for the thread's lock, for on a busy machine the thread may be put aside
// while it has it: what could not be handed over stays in `outbox_`, and the loop is told to look
// again.
class BackgroundThread final : public Background {
 public:
  BackgroundThread();
  ~BackgroundThread() override;
  BackgroundThread(const BackgroundThread&) = delete;
  BackgroundThread& operator=(const BackgroundThread&) = delete;

  void post(Work job, Work then) override;
  void wait() override;

  // An eventfd, readable when jobs have finished.
  int notify_descriptor() const { return notify_; }
  // Runs what is to follow the jobs that have finished, in order. When the thread happens to have
  // the lock it does nothing, and the descriptor is readable again.
  void run_finished();

 private:
  struct Task {
    Work job;
    Work then;
  };

  void work();
  void tell_loop() const;

  int notify_ = -1;
  std::deque<Task> outbox_;  // the loop's alone
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable idle_;
  std::deque<Task> waiting_;
  std::vector<Work> finished_;
  bool busy_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace sorrel::persist
