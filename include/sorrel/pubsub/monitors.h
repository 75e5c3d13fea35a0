// SPDX-License-Identifier: BSD-3-Clause
//
// MONITOR: clients that are shown every command that runs, as a line of text each. One thread.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sorrel/exec/executor.h>

namespace sorrel::pubsub {

class Monitors {
 public:
  explicit Monitors(exec::Executor& executor) : executor_(executor) {}

  // Requires: the session does not monitor yet.
  void add(exec::Session& session);
  // Returns: whether it did.
  bool remove(exec::Session& session);
  bool any() const { return !sessions_.empty(); }

  void on_command(const exec::Session& session, std::span<const std::string_view> arguments);

 private:
  exec::Executor& executor_;
  std::vector<exec::Session*> sessions_;
};

}  // namespace sorrel::pubsub
