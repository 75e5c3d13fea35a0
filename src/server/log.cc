// SPDX-License-Identifier: BSD-3-Clause
//
// spdlog set up: one sink, one background thread with a bounded queue that overwrites its oldest
// lines rather than stop the loop, flushed at once from notice up.
#include "log.h"

#include <pthread.h>

#include <memory>

#include <spdlog/async.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "options.h"

namespace sorrel::server {
namespace {

constexpr std::size_t kQueuedLines = 8192;

// One character for the level, as in Redis' log.
class LevelMark final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& destination) override {
    char mark = '*';
    if (message.level == spdlog::level::trace) {
      mark = '.';
    } else if (message.level == spdlog::level::debug) {
      mark = '-';
    } else if (message.level >= spdlog::level::warn) {
      mark = '#';
    }
    destination.push_back(mark);
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<LevelMark>();
  }
};

spdlog::level::level_enum level_of(int level) {
  switch (static_cast<LogLevel>(level)) {
    case LogLevel::kDebug:
      return spdlog::level::trace;
    case LogLevel::kVerbose:
      return spdlog::level::debug;
    case LogLevel::kNotice:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kNothing:
      break;
  }
  return spdlog::level::off;
}

}  // namespace

std::string open_log_output(const std::string& file, int level) {
  try {
    spdlog::init_thread_pool(kQueuedLines, 1,
                             [] { ::pthread_setname_np(::pthread_self(), "log-lines"); });
    spdlog::sink_ptr sink;
    if (file.empty()) {
      sink = std::make_shared<spdlog::sinks::stdout_sink_mt>();
    } else {
      sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file);
    }
    auto logger =
        std::make_shared<spdlog::async_logger>("sorrel", std::move(sink), spdlog::thread_pool(),
                                               spdlog::async_overflow_policy::overrun_oldest);
    auto formatter = std::make_unique<spdlog::pattern_formatter>();
    formatter->add_flag<LevelMark>('*').set_pattern("%P:M %d %b %Y %H:%M:%S.%e %* %v");
    logger->set_formatter(std::move(formatter));
    logger->flush_on(spdlog::level::info);
    spdlog::set_default_logger(std::move(logger));
    set_log_level(level);
  } catch (const spdlog::spdlog_ex& error) {
    return std::string("Can't open the log file: ") + error.what();
  }
  return {};
}

void set_log_level(int level) { spdlog::set_level(level_of(level)); }

void close_log_output() { spdlog::shutdown(); }

}  // namespace sorrel::server
