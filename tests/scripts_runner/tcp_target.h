// SPDX-License-Identifier: BSD-3-Clause
// A server behind TCP as the target of .resp scripts: one this program started (which it can also
// kill and start again) or one that listens at an address. Threads: none.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>

#include "support/resp_client.h"
#include "support/resp_script.h"

namespace sorrel::test {

class TcpTarget : public ScriptTarget {
 public:
  // `restart` kills and starts the server; empty: it cannot be restarted.
  TcpTarget(std::string host, std::uint16_t port, std::function<bool(const ConfigValues&)> restart)
      : host_(std::move(host)), port_(port), restart_(std::move(restart)) {}

  [[nodiscard]] bool open(int connection) override;
  void close(int connection) override;
  [[nodiscard]] bool write(int connection, std::string_view bytes) override;
  [[nodiscard]] ReadResult read(int connection) override;
  [[nodiscard]] bool restart(const ConfigValues& options) override;
  void pause() override;
  [[nodiscard]] std::int64_t now_ms() const override;

 private:
  std::string host_;
  std::uint16_t port_;
  std::function<bool(const ConfigValues&)> restart_;
  std::map<int, TcpClient> clients_;
};

}  // namespace sorrel::test
