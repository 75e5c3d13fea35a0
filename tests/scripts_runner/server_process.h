// SPDX-License-Identifier: BSD-3-Clause
// A server program under test: started on a free port of 127.0.0.1 with an empty directory of its
// own, killed with SIGKILL, started again on the same port and directory.
//
// The command line is that of redis-server, which is what every server tested here understands. The
// child dies with this process, and nothing but the child is ever signalled. Threads: none.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace sorrel::test {

class ServerProcess {
 public:
  // `prefix`: program and its first arguments. Where it begins with `chroot DIRECTORY`, the
  // server's directory is made inside that root.
  ServerProcess(std::vector<std::string> prefix, bool append_only);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  // Starts it with these options beside the usual ones. Returns: true when it answers PING.
  [[nodiscard]] bool start(const std::map<std::string, std::string>& options = {});
  void kill();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  // What the server wrote to its output last, for a report of a failed start.
  [[nodiscard]] std::string output() const;

 private:
  [[nodiscard]] std::vector<std::string> command_line(
      const std::map<std::string, std::string>& options) const;
  [[nodiscard]] bool await_answer() const;

  std::vector<std::string> prefix_;
  bool append_only_;
  std::string directory_;         // as this process sees it
  std::string server_directory_;  // as the server sees it
  std::uint16_t port_ = 0;
  pid_t child_ = -1;
};

}  // namespace sorrel::test
