// SPDX-License-Identifier: BSD-3-Clause
//
// The parser cuts up to 64 requests at once, so that the executor looks up and prefetches for all
// of them. It takes annotations and other lines for inline requests; these have no frame of their
// own and end the batch. Requests of a unit are copied, for their bytes may be gone before EXEC
// comes. Replies are looked at only when the executor has counted an error.
#include "log_replay.h"

#include <algorithm>

#include <sorrel/base/numbers.h>
#include <sorrel/base/text.h>
#include <sorrel/resp/reply_reader.h>

namespace sorrel::persist {
namespace {

bool is_word(const resp::Request& request, std::string_view word) {
  return request.arguments.size() == 1 && base::equals_ignoring_case(request.arguments[0], word);
}

bool is_plain(const resp::Request& request) {
  return request.arguments.size() != 1 || !(is_word(request, "multi") || is_word(request, "exec"));
}

}  // namespace

resp::RequestLimits replay_limits() {
  resp::RequestLimits limits;
  limits.max_bulk_bytes = 1ULL << 40;
  limits.max_arguments = 1ULL << 31;
  return limits;
}

WholeRequests whole_requests(std::string_view bytes, std::size_t limit) {
  resp::RequestParser parser;
  resp::BatchRoom room;
  resp::RequestLimits limits = replay_limits();
  limits.max_inline_bytes = 32;  // longer than any header, and bounds what a wrong beginning costs
  WholeRequests whole;
  while (whole.bytes < bytes.size() && bytes[whole.bytes] == '*' && whole.count < limit) {
    const auto batch = parser.parse(bytes.substr(whole.bytes), limits, 1, room);
    if (!batch.error.empty() || batch.requests.empty() ||
        batch.requests[0].frame.size() != batch.consumed) {
      break;
    }
    whole.bytes += batch.consumed;
    ++whole.count;
  }
  return whole;
}

Annotation annotation(std::string_view bytes) {
  const std::size_t size = bytes.find('\n') + 1;
  return {size, bytes.substr(0, size).find('\0') != std::string_view::npos};
}

LogReplay::LogReplay(exec::Executor* executor) : executor_(executor) {
  session_.replay = true;
  session_.may_wait = false;
}

void LogReplay::go_on() {
  damage_.clear();
  unit_.clear();
  in_unit_ = false;
  parser_ = resp::RequestParser();
}

bool LogReplay::known(std::string_view name, std::span<const std::string_view> arguments) {
  if (name == last_name_ || executor_ == nullptr) {
    return true;
  }
  if (executor_->table().resolve_row(arguments) == nullptr) {
    damage_ = "Unknown command '" + std::string(name.substr(0, 128)) + "'";
    return false;
  }
  last_name_ = name;
  return true;
}

void LogReplay::note_errors() {
  std::vector<char> scratch;
  std::string_view replies = replies_.contiguous(scratch);
  while (!replies.empty()) {
    const resp::ReadResult read = resp::read_reply(replies);
    if (read.status != resp::ReadStatus::kComplete) {
      return;
    }
    replies.remove_prefix(read.consumed);
    if (read.reply.kind == resp::Reply::Kind::kError && errors_++ == 0) {
      first_error_ = read.reply.text;
    }
  }
}

void LogReplay::note_selects(std::span<const resp::Request> requests) {
  for (const resp::Request& request : requests) {
    if (request.arguments.size() == 2 &&
        base::equals_ignoring_case(request.arguments[0], "select")) {
      const std::int64_t number = base::parse_integer(request.arguments[1]).value_or(-1);
      if (number >= static_cast<std::int64_t>(executor_->keyspace().database_count())) {
        missing_database_ = std::max(missing_database_, number);
      }
    }
  }
}

void LogReplay::run(std::span<const resp::Request> requests) {
  commands_ += requests.size();
  if (executor_ == nullptr) {
    return;
  }
  const std::uint64_t errors = executor_->statistics().errors;
  const auto all = requests;
  while (!requests.empty()) {
    const std::size_t done = executor_->run(session_, requests, replies_);
    // A command that closes its connection, or would wait, ends the batch; here neither matters.
    session_.close_after_reply = false;
    requests = requests.subspan(std::max<std::size_t>(done, 1));
  }
  if (executor_->statistics().errors != errors) {
    note_errors();
    note_selects(all);
  }
  replies_.clear();
}

void LogReplay::finish_unit() {
  in_unit_ = false;
  for (const Words& words : std::exchange(unit_, {})) {
    const std::vector<std::string_view> views(words.begin(), words.end());
    const resp::Request request{views, {}};
    run({&request, 1});
  }
}

// MULTI, EXEC and what stands between them. Returns: false at damage.
bool LogReplay::take_unit_part(const resp::Request& request) {
  if (is_word(request, "multi")) {
    if (in_unit_) {
      damage_ = "MULTI within a transaction";
    }
    in_unit_ = true;
  } else if (is_word(request, "exec")) {
    if (!in_unit_) {
      damage_ = "EXEC without MULTI";
    } else {
      finish_unit();
    }
  } else if (known(request.arguments[0], request.arguments)) {
    unit_.emplace_back(request.arguments.begin(), request.arguments.end());
  }
  return damage_.empty();
}

// Returns: how many of them were taken; fewer than all at damage.
std::size_t LogReplay::take(std::span<const resp::Request> requests) {
  std::size_t begin = 0;
  while (begin < requests.size()) {
    std::size_t end = begin;
    while (!in_unit_ && end < requests.size() && is_plain(requests[end]) &&
           known(requests[end].arguments[0], requests[end].arguments)) {
      ++end;
    }
    if (end > begin) {
      run(requests.subspan(begin, end - begin));
      begin = end;
    }
    if (begin == requests.size() || !damage_.empty()) {
      break;
    }
    if (!in_unit_) {
      // Whole requests: each begins where the one before it ends.
      good_ =
          used_ + static_cast<std::size_t>(requests[begin].frame.data() - requests[0].frame.data());
    }
    if (!take_unit_part(requests[begin])) {
      break;
    }
    ++begin;
  }
  return begin;
}

std::size_t LogReplay::apply_batch(std::string_view bytes) {
  const auto batch = parser_.parse(bytes, limits_, exec::Executor::kMaxBatch, room_);
  const std::string error(batch.error);
  std::size_t count = 0;
  std::size_t whole = 0;  // bytes of requests one behind the other
  while (count < batch.requests.size() && !batch.requests[count].frame.empty() &&
         batch.requests[count].frame.data() == bytes.data() + whole) {
    whole += batch.requests[count++].frame.size();
  }
  const std::size_t taken = take(batch.requests.first(count));
  std::size_t used = whole;
  for (std::size_t i = taken; i < count; ++i) {
    used -= batch.requests[i].frame.size();
  }
  if (error.empty() && used == batch.consumed) {
    return used;
  }
  // Something that is no request: what it is, the next call sees at its front.
  parser_ = resp::RequestParser();
  if (damage_.empty() && bytes[used] == '*') {
    damage_ = used == batch.consumed ? error : "a request is empty, or its lengths are wrong";
  }
  return used;
}

// Returns: its bytes, 0 when it is not whole, or a timestamp to stop before.
std::size_t LogReplay::pass_annotation(std::string_view bytes) {
  constexpr std::string_view kTimestamp = "#TS:";
  parser_.restart();
  const auto [size, has_hole] = annotation(bytes);
  if (has_hole) {
    damage_ = "an annotation holds NUL bytes";
    return 0;
  }
  if (last_second_ != INT64_MAX && size > 0 && bytes.starts_with(kTimestamp)) {
    std::string_view digits = bytes.substr(kTimestamp.size(), size - 1 - kTimestamp.size());
    digits.remove_suffix(digits.ends_with('\r') ? 1 : 0);
    stopped_ = base::parse_integer(digits).value_or(0) > last_second_;
  }
  return stopped_ ? 0 : size;
}

std::size_t LogReplay::apply(std::string_view bytes) {
  std::size_t used = 0;
  if (bytes.empty() || !damage_.empty()) {
    return 0;
  }
  if (bytes.front() == '#') {
    used = pass_annotation(bytes);
  } else if (bytes.front() == '*') {
    used = apply_batch(bytes);
  } else {
    damage_ = "a request does not begin with '*'";
  }
  used_ += used;
  if (!in_unit_) {
    good_ = used_;
  }
  return used;
}

}  // namespace sorrel::persist
