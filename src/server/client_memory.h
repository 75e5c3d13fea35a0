// SPDX-License-Identifier: BSD-3-Clause
//
// maxmemory-clients: what all clients hold together (buffers, queued commands, what they watch and
// listen to), and the end of those that hold most when that is more than the limit.
//
// Without a limit nothing is counted. With one, who was read or written to is counted anew at the
// end of the turn, and everybody ten times a second, because buffers shrink unseen. When the sum is
// above the limit everybody is counted first, so that nobody goes for a figure that was old. One
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "client_connection.h"

namespace sorrel::server {

class ClientMemory {
 public:
  explicit ClientMemory(Server& server) : server_(server) {}
  ClientMemory(const ClientMemory&) = delete;
  ClientMemory& operator=(const ClientMemory&) = delete;

  // The limit, or maxmemory, of which it may be a part, has changed.
  void apply();
  // What the client holds may change in this turn.
  void note(ClientConnection& client) {
    if (limit_ != 0 && !client.counted().noted) {
      client.counted().noted = true;
      noted_.push_back(&client);
    }
  }
  void forget(ClientConnection& client);
  // At the end of a turn, when replies have been sent. Returns: whether anybody has to go; they do
  // with the next flush.
  bool end_turn();
  // Ten times a second.
  void tick();

  std::uint64_t evicted() const { return evicted_; }
  void reset_statistics() { evicted_ = 0; }

 private:
  void count(ClientConnection& client);
  void count_all();
  bool evict();

  Server& server_;
  std::size_t limit_ = 0;  // 0: none
  std::size_t total_ = 0;
  std::vector<ClientConnection*> noted_;
  bool in_vain_ = false;  // above the limit nobody was left who may go; looked at again by tick()
  std::uint64_t evicted_ = 0;
};

}  // namespace sorrel::server
