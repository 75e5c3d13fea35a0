// SPDX-License-Identifier: BSD-3-Clause
//
// The forms that a line of the server's own log can have (log-format):
//
//   legacy   27:M 23 Nov 2026 08:54:33.062 * text          as Redis writes them
//   logfmt   pid=27 role=master timestamp="23 Nov 2026 08:54:33.062" level=notice message="text"
//   json     {"pid":27,"role":"master","timestamp":"2026-11-23T08:54:33.062+01:00",
//             "level":"notice","message":"text"}           one object a line
//
// A text cannot break its line or its quotes; bytes that are not UTF-8 become U+FFFD in json. Any
// thread may use a formatter of its own.
#pragma once

#include <memory>

#include <spdlog/formatter.h>

namespace sorrel::server {

enum class LogFormat : int { kLegacy, kLogfmt, kJson };

std::unique_ptr<spdlog::formatter> make_log_formatter(LogFormat format);

}  // namespace sorrel::server
