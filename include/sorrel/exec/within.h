// SPDX-License-Identifier: BSD-3-Clause
//
// For commands that run others: EXEC, EVAL and their like. One thread.
#pragma once

#include <sorrel/exec/executor.h>

namespace sorrel::exec {

// While it lives, the running command runs others on behalf of the session
// (Executor::run_within): their effects are one unit of the log, nobody waits in them, and time
// stands still. Lifetime: within the handler. May be nested.
class Within {
 public:
  Within(Executor& executor, Session& session);
  ~Within();
  Within(const Within&) = delete;
  Within& operator=(const Within&) = delete;

 private:
  Executor& executor_;
  Session& session_;
  bool may_wait_;
  bool outermost_;
};

}  // namespace sorrel::exec
