// SPDX-License-Identifier: BSD-3-Clause
//
// The file is read in large pieces into one buffer; the request parser cuts one request after the
// other out of it, so that it never sees an annotation, and what is left over moves to the front
// before the next read. Requests of an unfinished transaction are copied, for their bytes may be
// gone before EXEC comes.
#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <sorrel/base/text.h>
#include <sorrel/persist/log_reader.h>

namespace sorrel::persist {
namespace {

resp::RequestLimits replay_limits() {
  // Whatever was logged once is read again, however the limits have changed since.
  resp::RequestLimits limits;
  limits.max_bulk_bytes = 1ULL << 40;
  limits.max_arguments = 1ULL << 31;
  return limits;
}

bool is_word(const resp::Request& request, std::string_view word) {
  return request.arguments.size() == 1 && base::equals_ignoring_case(request.arguments[0], word);
}

// What stands at the front of some bytes.
enum class Front : std::uint8_t { kAnnotation, kRequest, kPartial, kDamage };

class Replay {
 public:
  explicit Replay(exec::Executor& executor) : executor_(executor) {
    session_.replay = true;
    session_.may_wait = false;
  }

  // Applies the complete requests at the front of `bytes`. Returns: how many bytes were used.
  std::size_t apply(std::string_view bytes);

  ReplayResult& result() { return result_; }
  bool damaged() const { return result_.status == ReplayResult::Status::kDamaged; }
  std::uint64_t offset() const { return offset_; }
  void damage(std::string reason);

 private:
  using Words = std::vector<std::string>;

  Front read_front(std::string_view bytes);
  void take(const resp::Request& request);
  void run(std::span<const std::string_view> arguments);
  void finish_transaction();

  exec::Executor& executor_;
  exec::Session session_;
  resp::RequestParser parser_;
  const resp::RequestLimits limits_ = replay_limits();
  base::OutputBuffer replies_;
  std::vector<Words> transaction_;
  bool in_transaction_ = false;
  // Of the last read_front().
  resp::Request request_;
  std::size_t front_bytes_ = 0;
  std::string damage_;

  std::uint64_t offset_ = 0;  // of the file, behind the last request or annotation
  ReplayResult result_;
};

void Replay::damage(std::string reason) {
  result_.status = ReplayResult::Status::kDamaged;
  result_.reason = std::move(reason);
}

void Replay::run(std::span<const std::string_view> arguments) {
  executor_.run_one(session_, arguments, replies_);
  ++result_.commands;
  std::vector<char> scratch;
  const std::string_view reply = replies_.contiguous(scratch);
  if (!reply.empty() && reply.front() == '-') {
    if (reply.starts_with("-ERR unknown command")) {
      damage("Unknown command '" + std::string(arguments[0].substr(0, 128)) + "'");
    } else if (result_.errors++ == 0) {
      result_.first_error = std::string(reply.substr(1, reply.find('\r') - 1));
    }
  }
  replies_.clear();
}

void Replay::finish_transaction() {
  in_transaction_ = false;
  for (const Words& words : std::exchange(transaction_, {})) {
    const std::vector<std::string_view> views(words.begin(), words.end());
    run(views);
  }
}

void Replay::take(const resp::Request& request) {
  if (is_word(request, "multi")) {
    if (in_transaction_) {
      return damage("MULTI within a transaction");
    }
    in_transaction_ = true;
  } else if (is_word(request, "exec")) {
    if (!in_transaction_) {
      return damage("EXEC without MULTI");
    }
    finish_transaction();
  } else if (in_transaction_) {
    transaction_.emplace_back(request.arguments.begin(), request.arguments.end());
  } else {
    run(request.arguments);
  }
}

Front Replay::read_front(std::string_view bytes) {
  if (!parser_.pending() && bytes.front() == '#') {
    const std::size_t end = bytes.find('\n');
    front_bytes_ = end + 1;
    return end == std::string_view::npos ? Front::kPartial : Front::kAnnotation;
  }
  if (bytes.front() != '*') {
    damage_ = bytes.starts_with("REDIS") ? "it is a snapshot in RDB format"
                                         : "a request does not begin with '*'";
    return Front::kDamage;
  }
  const auto batch = parser_.parse(bytes, limits_, 1);
  if (!batch.error.empty()) {
    damage_ = batch.error;
    return Front::kDamage;
  }
  if (batch.consumed == 0) {
    return Front::kPartial;
  }
  // An empty request is passed over by the parser, so what it consumed is not the request alone.
  if (batch.requests.empty() || batch.requests[0].frame.size() != batch.consumed) {
    damage_ = "a request is empty, or its lengths are wrong";
    return Front::kDamage;
  }
  request_ = batch.requests[0];
  front_bytes_ = batch.consumed;
  return Front::kRequest;
}

std::size_t Replay::apply(std::string_view bytes) {
  std::size_t used = 0;
  while (used < bytes.size()) {
    const Front front = read_front(bytes.substr(used));
    if (front == Front::kPartial) {
      break;
    }
    if (front == Front::kDamage) {
      damage(damage_);
      break;
    }
    if (front == Front::kRequest) {
      take(request_);
      if (damaged()) {
        break;
      }
    }
    used += front_bytes_;
    offset_ += front_bytes_;
    if (!in_transaction_) {
      result_.good_bytes = offset_;
    }
  }
  return used;
}

// Whether requests and annotations stand one behind the other from `bytes`' front to its end.
// Returns: how many bytes of them there are.
std::size_t whole_requests(std::string_view bytes) {
  resp::RequestParser parser;
  resp::RequestLimits limits = replay_limits();
  limits.max_inline_bytes = 32;  // longer than any header, and bounds what a wrong beginning costs
  std::size_t used = 0;
  while (used < bytes.size() && bytes[used] == '*') {
    const auto batch = parser.parse(bytes.substr(used), limits, 1);
    if (!batch.error.empty() || batch.requests.empty() ||
        batch.requests[0].frame.size() != batch.consumed) {
      break;
    }
    used += batch.consumed;
  }
  return used;
}

// Whether a request that seems to be torn has whole requests behind its first byte, up to the end
// of the file: then a length in it is wrong, and to cut there would throw them away.
bool hides_requests(std::string_view torn) {
  for (std::size_t at = torn.find("\n*"); at != std::string_view::npos; at = torn.find("\n*", at)) {
    ++at;
    const std::size_t whole = whole_requests(torn.substr(at));
    if (whole > 0 && at + whole == torn.size()) {
      return true;
    }
    at += whole > 0 ? whole - 1 : 0;
  }
  return false;
}

class Reader {
 public:
  Reader(exec::Executor& executor, std::unique_ptr<File> file, std::size_t read_bytes)
      : replay_(executor), file_(std::move(file)), buffer_(std::max<std::size_t>(read_bytes, 1)) {}

  ReplayResult read();

 private:
  bool fill();
  void judge_end();
  bool ends_in_zeros();
  std::string_view rest() const { return {buffer_.data(), filled_}; }

  Replay replay_;
  std::unique_ptr<File> file_;
  std::vector<char> buffer_;
  std::size_t filled_ = 0;
};

// Reads behind what is left over. Returns: whether something came.
bool Reader::fill() {
  if (filled_ == buffer_.size()) {
    buffer_.resize(buffer_.size() * 2);
  }
  ReplayResult& result = replay_.result();
  const std::int64_t got = file_->read(std::span<char>(buffer_).subspan(filled_));
  if (got < 0) {
    result.status = ReplayResult::Status::kUnreadable;
    result.reason = std::generic_category().message(static_cast<int>(-got));
  }
  if (got <= 0) {
    return false;
  }
  result.size += static_cast<std::uint64_t>(got);
  filled_ += static_cast<std::size_t>(got);
  return true;
}

// Behind damage at the front of what is left over: whether the file is nothing but a request cut
// short and then NUL bytes up to its end. Reads on to the end.
bool Reader::ends_in_zeros() {
  const std::size_t last = rest().find_last_not_of('\0');
  const std::size_t text = last == std::string_view::npos ? 0 : last + 1;
  bool zeros = text < filled_;
  const std::string begun(rest().substr(0, text));
  filled_ = 0;
  while (fill()) {
    zeros = zeros && rest().find_first_not_of('\0') == std::string_view::npos;
    filled_ = 0;
  }
  if (!zeros || replay_.result().status == ReplayResult::Status::kUnreadable) {
    return false;
  }
  if (begun.empty() || begun.front() == '#') {
    return begun.find('\n') == std::string::npos;
  }
  const auto batch = resp::RequestParser().parse(begun, replay_limits(), 1);
  return begun.front() == '*' && batch.error.empty() && batch.consumed == 0;
}

void Reader::judge_end() {
  ReplayResult& result = replay_.result();
  if (replay_.damaged()) {
    if (ends_in_zeros()) {
      result.status = ReplayResult::Status::kTorn;
      result.reason = "it ends in NUL bytes";
    }
    return;
  }
  if (result.status == ReplayResult::Status::kUnreadable || result.good_bytes == result.size) {
    return;
  }
  if (hides_requests(rest())) {
    replay_.damage("the length of a request at byte " + std::to_string(replay_.offset()) +
                   " reaches beyond the end of the file, and whole requests stand behind it");
    return;
  }
  result.status = ReplayResult::Status::kTorn;
  result.reason = "it ends in the middle of a request or of a transaction";
}

ReplayResult Reader::read() {
  while (fill()) {
    const std::size_t used = replay_.apply(rest());
    filled_ -= used;
    if (used > 0 && filled_ > 0) {
      std::memmove(buffer_.data(), buffer_.data() + used, filled_);
    }
    if (replay_.damaged()) {
      break;
    }
  }
  judge_end();
  return replay_.result();
}

}  // namespace

ReplayResult replay_log(Disk& disk, const std::string& path, exec::Executor& executor,
                        std::size_t read_bytes) {
  int error = 0;
  auto file = disk.open_for_read(path, error);
  if (file == nullptr) {
    ReplayResult result;
    result.status = ReplayResult::Status::kUnreadable;
    result.reason = std::generic_category().message(error);
    return result;
  }
  return Reader(executor, std::move(file), read_bytes).read();
}

}  // namespace sorrel::persist
