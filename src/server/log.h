// SPDX-License-Identifier: BSD-3-Clause
//
// The server's own log, through spdlog's asynchronous logger, in the form that tools for Redis
// know: "pid:M 23 Nov 2026 08:54:33.062 * text". Levels: debug ., verbose -, notice *, warning #.
// Any thread.
#pragma once

#include <string>
#include <utility>

#include <spdlog/spdlog.h>

namespace sorrel::server {

enum class LogLevel : int;

// Opens the log: standard output when `file` is empty. Returns: an empty text, or why not.
std::string open_log_output(const std::string& file, int level);
void set_log_level(int level);
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
