// SPDX-License-Identifier: BSD-3-Clause
//
// The lines that monitors are shown:
//
//   +1339518083.107412 [0 127.0.0.1:60866] "keys" "*"
//
// the time in microseconds, the database that is selected when the command has run, where it came
// from ("lua", "unix:<path>") and its words, quoted.
#include <cstdio>

#include <sorrel/base/text.h>
#include <sorrel/pubsub/monitors.h>

namespace sorrel::pubsub {
namespace {

std::string origin_of(const exec::Session& session) {
  if (session.in_script) {
    return "lua";
  }
  const std::string& address = session.address;
  return session.on_unix_socket() ? "unix:" + address.substr(0, address.rfind(':')) : address;
}

}  // namespace

void Monitors::add(exec::Session& session) {
  sessions_.push_back(&session);
  session.monitor = true;
  exec::refresh_gate(session);
}

bool Monitors::remove(exec::Session& session) {
  if (!session.monitor) {
    return false;
  }
  std::erase(sessions_, &session);
  session.monitor = false;
  exec::refresh_gate(session);
  return true;
}

void Monitors::on_command(const exec::Session& session,
                          std::span<const std::string_view> arguments) {
  const std::int64_t now_us = executor_.clock().wall_us();
  char begin[64];
  std::snprintf(begin, sizeof begin, "+%lld.%06lld [%u ",
                static_cast<long long>(now_us / 1'000'000),
                static_cast<long long>(now_us % 1'000'000), session.database);
  std::string line = begin;
  line += origin_of(session) + "]";
  for (const std::string_view word : arguments) {
    line += ' ';
    line += base::quote(word);
  }
  line += "\r\n";
  for (exec::Session* const monitor : sessions_) {
    executor_.send(*monitor, line);
  }
}

}  // namespace sorrel::pubsub
