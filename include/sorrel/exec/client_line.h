// SPDX-License-Identifier: BSD-3-Clause
//
// A client as a line of text: every field of CLIENT LIST that Redis 8.0 prints, in its order, for
// tools cut it by position as well as by name. What a session does not know (sizes of buffers)
// comes from its Transport. Cold path. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <sorrel/exec/session.h>

namespace sorrel::exec {

// Who asks, and when.
struct LineView {
  std::int64_t now_ms = 0;
  const Session* running = nullptr;  // whose command runs: it is not idle
  std::size_t argument_bytes = 0;    // of that command's words
};

// Appends the line without its end.
void append_client_line(std::string& out, const Session& session, const LineView& view);

// The letters of the field `flags`.
std::string client_flags(const Session& session);

}  // namespace sorrel::exec
