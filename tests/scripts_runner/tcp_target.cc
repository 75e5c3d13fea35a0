// SPDX-License-Identifier: BSD-3-Clause
// The TCP target: each numbered connection is one socket. A reply may take kReplyLimitMs, which is
// far more than any command of a script needs; it bounds a failing run, and no passing run waits
// for it.
#include "tcp_target.h"

#include <poll.h>

#include <chrono>

namespace sorrel::test {
namespace {

constexpr int kReplyLimitMs = 5000;
constexpr int kPollPauseMs = 5;

}  // namespace

bool TcpTarget::open(int connection) { return clients_[connection].connect(host_, port_); }

void TcpTarget::close(int connection) { clients_.erase(connection); }

bool TcpTarget::write(int connection, std::string_view bytes) {
  return clients_[connection].send(bytes);
}

ReadResult TcpTarget::read(int connection) { return clients_[connection].read(kReplyLimitMs); }

bool TcpTarget::restart(const ConfigValues& options) {
  if (!restart_) return false;
  clients_.clear();
  return restart_(options);
}

void TcpTarget::pause() { ::poll(nullptr, 0, kPollPauseMs); }

std::int64_t TcpTarget::now_ms() const {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace sorrel::test
