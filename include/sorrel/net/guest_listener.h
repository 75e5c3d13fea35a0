// SPDX-License-Identifier: BSD-3-Clause
//
// A TCP listener whose connections are no clients: they share the event loop, and have another kind
// of handler. It closes with this object; its connections live on in the loop. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sorrel/net/event_loop.h>

namespace sorrel::net {

class GuestListener {
 public:
  // `accept` makes the handler of a connection, as EventLoop::on_accept. Requires: the loop
  // outlives this object.
  GuestListener(EventLoop& loop, EventLoop::Accept accept);
  ~GuestListener();
  GuestListener(const GuestListener&) = delete;
  GuestListener& operator=(const GuestListener&) = delete;

  // At an address of IPv4 or IPv6 in digits, "*" or "::*"; may be called for several. Returns: an
  // empty text, or why it could not listen. Port 0 takes a free one.
  std::string listen(const std::string& address, std::uint16_t port, int backlog);
  // Of the first address; 0 without one.
  std::uint16_t port() const;
  void close();

 private:
  void accept_some(int listener);
  void turn_away(int listener);

  EventLoop& loop_;
  EventLoop::Accept accept_;
  std::vector<int> listeners_;
  int reserve_;  // a descriptor to give up when there are no others
};

}  // namespace sorrel::net
