// SPDX-License-Identifier: BSD-3-Clause
//
// spdlog set up: one sink or two, one background thread with a bounded queue that overwrites its
// oldest lines rather than stop the loop, flushed at once from notice up.
#include "log.h"

#include <pthread.h>

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include <spdlog/async.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <syslog.h>

#include "log_format.h"
#include "options.h"

namespace sorrel::server {
namespace {

constexpr std::size_t kQueuedLines = 8192;

// The system's log, with Redis' levels: notice is a notice there, and verbose an information.
class SyslogSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  SyslogSink(std::string ident, int facility) : ident_(std::move(ident)) {
    ::openlog(ident_.c_str(), LOG_PID | LOG_NDELAY | LOG_NOWAIT, facility);
  }
  ~SyslogSink() override { ::closelog(); }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    ::syslog(priority(message.level), "%.*s", static_cast<int>(message.payload.size()),
             message.payload.data());
  }
  void flush_() override {}

  static int priority(spdlog::level::level_enum level) {
    switch (level) {
      case spdlog::level::trace:
        return LOG_DEBUG;
      case spdlog::level::debug:
        return LOG_INFO;
      case spdlog::level::info:
        return LOG_NOTICE;
      default:
        return LOG_WARNING;
    }
  }

  std::string ident_;  // openlog(3) keeps its address
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

std::string open_log_output(const Options& options) {
  try {
    spdlog::init_thread_pool(kQueuedLines, 1,
                             [] { ::pthread_setname_np(::pthread_self(), "log-lines"); });
    std::vector<spdlog::sink_ptr> sinks;
    if (options.log_file.empty()) {
      sinks.push_back(std::make_shared<spdlog::sinks::stdout_sink_mt>());
    } else {
      sinks.push_back(std::make_shared<spdlog::sinks::basic_file_sink_mt>(options.log_file));
    }
    if (options.syslog) {
      sinks.push_back(std::make_shared<SyslogSink>(options.syslog_ident, options.syslog_facility));
    }
    auto logger = std::make_shared<spdlog::async_logger>(
        "sorrel", sinks.begin(), sinks.end(), spdlog::thread_pool(),
        spdlog::async_overflow_policy::overrun_oldest);
    logger->flush_on(spdlog::level::info);
    spdlog::set_default_logger(std::move(logger));
    set_log_format(options.log_format);
    set_log_level(options.log_level);
  } catch (const spdlog::spdlog_ex& error) {
    return std::string("Can't open the log file: ") + error.what();
  }
  return {};
}

void set_log_format(int format) {
  spdlog::set_formatter(make_log_formatter(static_cast<LogFormat>(format)));
}

void set_log_level(int level) { spdlog::set_level(level_of(level)); }

void close_log_output() { spdlog::shutdown(); }

}  // namespace sorrel::server
