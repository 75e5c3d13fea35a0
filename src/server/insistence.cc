// SPDX-License-Identifier: BSD-3-Clause
//
// The handler may only do what signal-safety(7) allows: a line, unlink(2), and the end.
#include "insistence.h"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "signal_writer.h"

namespace sorrel::server {
namespace {

std::array<char, 256> unfinished_path;

void on_insistence(int) {
  SignalWriter(STDERR_FILENO).text("You insist: exiting now, nothing more is saved.").end_line();
  ::unlink(unfinished_path.data());
  ::_exit(1);
}

}  // namespace

Insistence::Insistence(const std::string& unfinished) {
  unfinished_path.fill('\0');
  if (unfinished.size() < unfinished_path.size()) {
    std::copy(unfinished.begin(), unfinished.end(), unfinished_path.begin());
  }
  struct sigaction action {};
  action.sa_handler = &on_insistence;
  ::sigaction(SIGINT, &action, &before_);
}

Insistence::~Insistence() { ::sigaction(SIGINT, &before_, nullptr); }

}  // namespace sorrel::server
