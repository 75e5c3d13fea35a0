// SPDX-License-Identifier: BSD-3-Clause
// The server without sockets as the target of .resp scripts: its parts are built in this process,
// bytes go from the script through the request parser and the executor into an output buffer, and
// time stands still but for what a script waits for (@wait-until). So a run is the same every time,
// and a fault in it can be stepped through with a debugger.
//
// What lies between a socket and the parser is not under test here; the modes over TCP have it.
// Nothing is on disk, so there is no restart. Threads: none.
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include <sorrel/base/clock.h>
#include <sorrel/config/option_table.h>

#include "options.h"
#include "server_state.h"
#include "support/resp_script.h"

namespace sorrel::test {

class InProcessConnection;

class InProcessTarget : public ScriptTarget {
 public:
  explicit InProcessTarget(std::uint64_t seed);
  ~InProcessTarget() override;

  [[nodiscard]] bool open(int connection) override;
  void close(int connection) override;
  [[nodiscard]] bool write(int connection, std::string_view bytes) override;
  [[nodiscard]] ReadResult read(int connection) override;
  [[nodiscard]] bool restart(const ConfigValues& options) override;
  void pause() override;
  [[nodiscard]] std::int64_t now_ms() const override { return clock_.wall_ms(); }
  [[nodiscard]] bool real_time() const override { return false; }

 private:
  // Connections whose parked command was answered run what they received since.
  void go_on();
  void end_turn();

  base::ManualClock clock_;
  server::Options options_;
  config::OptionTable table_;
  std::unique_ptr<server::Server> server_;
  std::map<int, std::unique_ptr<InProcessConnection>> connections_;
  int opened_ = 0;
};

}  // namespace sorrel::test
