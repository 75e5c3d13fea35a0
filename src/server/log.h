// SPDX-License-Identifier: BSD-3-Clause
//
// The server's own log, through spdlog's asynchronous logger, to standard output or a file and, if
// that is wanted, to the system's log; log_format.h has the forms of a line. Any thread.
#pragma once

#include <string>
#include <utility>

#include <spdlog/spdlog.h>

namespace sorrel::server {

struct Options;

// Opens the log as the options say. Returns: an empty text, or why not.
std::string open_log_output(const Options& options);
void set_log_level(int level);
void set_log_format(int format);
// Writes out what is queued.
void close_log_output();

template <class... Arguments>
void log_notice(spdlog::format_string_t<Arguments...> format, Arguments&&... arguments) {
  spdlog::info(format, std::forward<Arguments>(arguments)...);
}
template <class... Arguments>
void log_warning(spdlog::format_string_t<Arguments...> format, Arguments&&... arguments) {
  spdlog::warn(format, std::forward<Arguments>(arguments)...);
}
template <class... Arguments>
void log_verbose(spdlog::format_string_t<Arguments...> format, Arguments&&... arguments) {
  spdlog::debug(format, std::forward<Arguments>(arguments)...);
}
template <class... Arguments>
void log_debug(spdlog::format_string_t<Arguments...> format, Arguments&&... arguments) {
  spdlog::trace(format, std::forward<Arguments>(arguments)...);
}

}  // namespace sorrel::server
