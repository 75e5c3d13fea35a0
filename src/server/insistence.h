// SPDX-License-Identifier: BSD-3-Clause
//
// A second SIGINT while the server saves because of the first: somebody at a terminal insists. The
// process then ends at once, however slow the disk is, and takes the unfinished file with it.
#pragma once

#include <signal.h>

#include <string>

namespace sorrel::server {

// SIGINT means that as long as this lives; then what it meant before. One at a time, main thread.
class Insistence {
 public:
  // `unfinished` is the path of the file that is to go.
  explicit Insistence(const std::string& unfinished);
  ~Insistence();
  Insistence(const Insistence&) = delete;
  Insistence& operator=(const Insistence&) = delete;

 private:
  struct sigaction before_ {};
};

}  // namespace sorrel::server
