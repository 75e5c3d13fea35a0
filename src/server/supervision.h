// SPDX-License-Identifier: BSD-3-Clause
//
// Telling whoever has started the server that it is ready (supervised): systemd by a datagram to
// the socket that NOTIFY_SOCKET names (the protocol of sd_notify(3), without its library), upstart
// by stopping once, after which it lets the server go on. One thread.
#pragma once

#include <string>
#include <string_view>

namespace sorrel::server {

// kAuto: whichever of the two the environment names, if any.
enum class Supervisor : int { kNone, kUpstart, kSystemd, kAuto };

class Supervision {
 public:
  // Looks at the environment. What was asked for and is not there is told in the log by begin().
  explicit Supervision(Supervisor wanted);

  // "no", "upstart", "systemd" or "unknown" (it was asked for and is not there), for INFO.
  std::string_view name() const;
  // Whether somebody waits for this very process, which so must not go to the background.
  bool expects_this_process() const { return kind_ != Supervisor::kNone; }

  void begin() const;
  // It serves clients.
  void ready() const;
  // It is about to end.
  void stopping() const;

 private:
  void notify(std::string_view state) const;

  Supervisor wanted_;
  Supervisor kind_ = Supervisor::kNone;
  std::string socket_;  // of systemd
};

}  // namespace sorrel::server
