// SPDX-License-Identifier: BSD-3-Clause
//
// What `ps` shows of this process: a template (proc-title-template) with the names of a few facts
// in braces, filled in and written over the command line that the process was started with.
// Without room for it (adopt_command_line() was not called, as in a test) nothing is shown.
// One thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sorrel::server {

struct ProcessFacts {
  std::string title = {};         // {title}: the program as it was started
  std::string listening_at = {};  // {listen-addr}
  std::string port = {};          // {port}
  std::string unix_socket = {};   // {unixsocket}
  std::string config_file = {};   // {config-file}
  std::string tls_port = "0";     // {tls-port}
  std::string server_mode = {};   // {server-mode}: empty but for a cluster's node
};

// Returns: the template with the facts in place, without blanks at its ends; nothing when a brace
// is not closed or holds no known name, or nothing is left.
std::optional<std::string> expand_title(std::string_view text, const ProcessFacts& facts);

// Shows the title, cut to the room that there is.
void show_process_title(std::string_view title);

}  // namespace sorrel::server
