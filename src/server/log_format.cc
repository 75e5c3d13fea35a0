// SPDX-License-Identifier: BSD-3-Clause
//
// The first form is a pattern of spdlog's, the others are made here.
#include "log_format.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <ctime>
#include <iterator>
#include <string_view>

#include <fmt/format.h>
#include <spdlog/details/log_msg.h>
#include <spdlog/pattern_formatter.h>

namespace sorrel::server {
namespace {

using spdlog::details::log_msg;
using Line = spdlog::memory_buf_t;

// One character for the level, as in Redis' log.
class LevelMark final : public spdlog::custom_flag_formatter {
 public:
  void format(const log_msg& message, const std::tm&, Line& line) override {
    char mark = '*';
    if (message.level == spdlog::level::trace) {
      mark = '.';
    } else if (message.level == spdlog::level::debug) {
      mark = '-';
    } else if (message.level >= spdlog::level::warn) {
      mark = '#';
    }
    line.push_back(mark);
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<LevelMark>();
  }
};

std::string_view name_of(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::trace:
      return "debug";
    case spdlog::level::debug:
      return "verbose";
    case spdlog::level::info:
      return "notice";
    default:
      return "warning";
  }
}

struct Moment {
  std::tm local{};
  int milliseconds = 0;

  explicit Moment(const log_msg& message) {
    const auto since =
        std::chrono::duration_cast<std::chrono::milliseconds>(message.time.time_since_epoch())
            .count();
    const auto seconds = static_cast<std::time_t>(since / 1000);
    milliseconds = static_cast<int>(since % 1000);
    ::localtime_r(&seconds, &local);
  }
  std::string_view text(const char* pattern) {
    return {buffer_.data(), std::strftime(buffer_.data(), buffer_.size(), pattern, &local)};
  }

 private:
  std::array<char, 40> buffer_{};
};

void append(Line& line, std::string_view text) {
  line.append(text.data(), text.data() + text.size());
}

// How many bytes the character at the beginning has; 0: it is none of UTF-8.
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  const std::size_t length = first < 0x80   ? 1
                             : first < 0xc2 ? 0
                             : first < 0xe0 ? 2
                             : first < 0xf0 ? 3
                                            : 4;
  if (length == 0 || first > 0xf4 || text.size() < length) {
    return 0;
  }
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) {
      return 0;
    }
  }
  // Too long a form, a half of a surrogate pair, beyond the last one.
  const bool wrong =
      length >= 3 && ((first == 0xe0 && byte(1) < 0xa0) || (first == 0xed && byte(1) > 0x9f) ||
                      (first == 0xf0 && byte(1) < 0x90) || (first == 0xf4 && byte(1) > 0x8f));
  return wrong ? 0 : length;
}

// In quotes.
void append_json_text(Line& line, std::string_view text) {
  line.push_back('"');
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    const char c = text[0];
    if (length == 0) {
      append(line, "\\ufffd");
    } else if (c == '"' || c == '\\') {
      line.push_back('\\');
      line.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20 || c == '\x7f') {
      fmt::format_to(std::back_inserter(line), "\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      append(line, text.substr(0, length));
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  line.push_back('"');
}

// In quotes, which the text itself has none of.
void append_logfmt_text(Line& line, std::string_view text) {
  line.push_back('"');
  for (const char c : text) {
    line.push_back(c == '"' ? '\'' : static_cast<unsigned char>(c) < 0x20 ? ' ' : c);
  }
  line.push_back('"');
}

class JsonFormatter final : public spdlog::formatter {
 public:
  void format(const log_msg& message, Line& line) override {
    Moment moment(message);
    fmt::format_to(std::back_inserter(line), R"({{"pid":{},"role":"master","timestamp":"{}.{:03})",
                   ::getpid(), moment.text("%Y-%m-%dT%H:%M:%S"), moment.milliseconds);
    // "+0100" in the form that the standard wants: "+01:00".
    const std::string_view zone = moment.text("%z");
    fmt::format_to(std::back_inserter(line), R"({}:{}","level":"{}","message":)", zone.substr(0, 3),
                   zone.substr(3), name_of(message.level));
    append_json_text(line, {message.payload.data(), message.payload.size()});
    append(line, "}\n");
  }
  std::unique_ptr<formatter> clone() const override { return std::make_unique<JsonFormatter>(); }
};

class LogfmtFormatter final : public spdlog::formatter {
 public:
  void format(const log_msg& message, Line& line) override {
    Moment moment(message);
    fmt::format_to(std::back_inserter(line),
                   R"(pid={} role=master timestamp="{}.{:03}" level={} message=)", ::getpid(),
                   moment.text("%d %b %Y %H:%M:%S"), moment.milliseconds, name_of(message.level));
    append_logfmt_text(line, {message.payload.data(), message.payload.size()});
    line.push_back('\n');
  }
  std::unique_ptr<formatter> clone() const override { return std::make_unique<LogfmtFormatter>(); }
};

}  // namespace

std::unique_ptr<spdlog::formatter> make_log_formatter(LogFormat format) {
  if (format == LogFormat::kJson) {
    return std::make_unique<JsonFormatter>();
  }
  if (format == LogFormat::kLogfmt) {
    return std::make_unique<LogfmtFormatter>();
  }
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<LevelMark>('*').set_pattern("%P:M %d %b %Y %H:%M:%S.%e %* %v");
  return formatter;
}

}  // namespace sorrel::server
