// SPDX-License-Identifier: BSD-3-Clause
//
// The reader moves the window over the file, hands what it shows to the replay, and judges what
// stops it: the end, a torn tail, or damage, which it may step over.
#include <algorithm>
#include <chrono>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include <sorrel/persist/log_reader.h>

#include "log_replay.h"
#include "log_verifier.h"
#include "log_window.h"

namespace sorrel::persist {
namespace {

using Clock = std::chrono::steady_clock;
using Status = ReplayResult::Status;

// More than anybody configures.
constexpr std::size_t kScratchDatabases = 1024;
constexpr std::uint64_t kProgressBytes = 2 * 1024 * 1024;
constexpr auto kProgressTime = std::chrono::milliseconds(1);
// What is looked at behind damage to tell where requests begin again.
constexpr std::size_t kLookAhead = 4 * 1024 * 1024;
// So many whole requests one behind the other are no accident.
constexpr std::size_t kConvincing = 3;

// Whether a request that seems to be torn has whole requests behind its first byte, up to the end
// of the file: then a length in it is wrong, and to cut there would throw them away.
bool hides_requests(std::string_view torn) {
  for (std::size_t at = torn.find("\n*"); at != std::string_view::npos; at = torn.find("\n*", at)) {
    ++at;
    const std::size_t whole = whole_requests(torn.substr(at)).bytes;
    if (whole > 0 && at + whole == torn.size()) {
      return true;
    }
    at += whole > 0 ? whole - 1 : 0;
  }
  return false;
}

// The first place behind the front of `bytes` from which requests can be read, `npos` if there is
// none. `to_end`: the file ends where `bytes` do.
std::size_t next_requests(std::string_view bytes, bool to_end) {
  for (std::size_t at = bytes.find("\n*"); at != std::string_view::npos;
       at = bytes.find("\n*", at)) {
    ++at;
    const WholeRequests whole = whole_requests(bytes.substr(at), kConvincing);
    if (whole.count == kConvincing ||
        (whole.count > 0 && to_end && at + whole.bytes == bytes.size())) {
      return at;
    }
  }
  return std::string_view::npos;
}

// Behind damage within a unit the rest of that unit may stand at the front of `bytes`; it must not
// be applied without its beginning. Returns: how many bytes of it there are.
std::size_t rest_of_unit(std::string_view bytes) {
  const auto is = [&](std::size_t at, std::string_view word) {
    const std::string_view request = bytes.substr(at, word.size());
    return std::equal(
        request.begin(), request.end(), word.begin(), word.end(),
        [](char c, char lower) { return (c >= 'A' && c <= 'Z' ? c + 32 : c) == lower; });
  };
  std::size_t at = 0;
  for (;;) {
    const std::size_t one = whole_requests(bytes.substr(at), 1).bytes;
    if (one == 0 || is(at, "*1\r\n$5\r\nmulti\r\n")) {
      return 0;
    }
    const bool last = is(at, "*1\r\n$4\r\nexec\r\n");
    at += one;
    if (last) {
      return at;
    }
  }
}

class Reader {
 public:
  Reader(exec::Executor* executor, keyspace::Keyspace& keyspace, std::unique_ptr<File> file,
         const ReplayOptions& options)
      : keyspace_(keyspace),
        options_(options),
        replay_(executor),
        window_(std::move(file), options.read_bytes),
        verifier_(window_),
        last_time_(Clock::now()) {
    replay_.stop_after(options.last_second);
  }

  ReplayResult read(const std::function<void()>& image_done);

 private:
  bool load_image();
  void replay();
  bool next_stretch();
  bool skip_damage();
  bool leave_out(std::uint64_t begin, std::size_t bytes);
  bool has_damaged_length();
  void judge_end();
  bool ends_in_zeros();
  void tell_progress(std::uint64_t offset);

  keyspace::Keyspace& keyspace_;
  const ReplayOptions& options_;
  LogReplay replay_;
  LogWindow window_;
  LogVerifier verifier_;
  LogVerifier::Stretch stretch_;
  ReplayResult result_;
  std::uint64_t skipped_bytes_ = 0;
  std::uint64_t last_told_ = 0;
  Clock::time_point last_time_;
};

void Reader::tell_progress(std::uint64_t offset) {
  if (options_.progress == nullptr) {
    return;
  }
  const Clock::time_point now = Clock::now();
  if (offset - last_told_ >= kProgressBytes || now - last_time_ >= kProgressTime) {
    options_.progress(offset);
    last_told_ = offset;
    last_time_ = Clock::now();
  }
}

// Returns: whether there was none, or it could be loaded.
bool Reader::load_image() {
  window_.fill_to(6);
  const std::string_view head = window_.rest();
  result_.has_image = head.starts_with("REDIS") || head.starts_with("VALKEY");
  if (!result_.has_image) {
    return true;
  }
  RdbLoadOptions options;
  options.drop_expired = false;  // what follows may count on it
  options.library = options_.library;
  options.notice = [this](std::string_view text) { result_.notices.emplace_back(text); };
  if (options_.after_some != nullptr) {
    options.after_key = [this](std::uint64_t bytes) { options_.after_some(1, bytes); };
  }
  const RdbSource source = [this](std::span<char> bytes) -> std::size_t {
    if (window_.rest().empty()) {
      window_.fill();
    }
    const std::string_view some = window_.rest().substr(0, bytes.size());
    std::copy(some.begin(), some.end(), bytes.begin());
    window_.consume(some.size());
    tell_progress(window_.offset());
    return some.size();
  };
  result_.image = load_rdb(source, keyspace_, options);
  if (!result_.image.error.empty()) {
    result_.status = window_.error() != 0 ? Status::kUnreadable : Status::kBadImage;
    result_.reason = result_.image.error;
    return false;
  }
  window_.restart(result_.image.bytes);
  replay_.begin_at(result_.image.bytes);
  verifier_.begin_at(result_.image.bytes);
  stretch_.end = result_.image.bytes;
  return true;
}

// Behind damage: looks for the next place from which requests can be read, and goes on there.
// Returns: whether it did; if not, it stands at the damage.
bool Reader::skip_damage() {
  if (options_.max_skipped_bytes == 0 || result_.unknown_command) {
    return false;
  }
  const std::uint64_t begin = replay_.good();
  window_.fill_to(kLookAhead);
  const std::size_t next = next_requests(window_.rest(), window_.at_end());
  const std::size_t stretch = next == std::string_view::npos ? window_.rest().size() : next;
  if (next == std::string_view::npos && !window_.at_end()) {
    return false;
  }
  const std::string_view behind = window_.rest().substr(stretch);
  if (!leave_out(begin, stretch + rest_of_unit(behind))) {
    return false;
  }
  stretch_ = {};
  stretch_.end = window_.offset();
  verifier_.begin_at(stretch_.end);
  return true;
}

// Leaves out what stands from `begin` to so many bytes from the window's front, if that is allowed.
bool Reader::leave_out(std::uint64_t begin, std::size_t bytes) {
  const std::uint64_t end = window_.offset() + bytes;
  if (skipped_bytes_ + (end - begin) > options_.max_skipped_bytes || window_.error() != 0) {
    return false;
  }
  skipped_bytes_ += end - begin;
  result_.gaps.push_back({begin, end, replay_.damage()});
  window_.consume(bytes);
  replay_.go_on();
  replay_.begin_at(end);
  return true;
}

// Behind the end of a stretch. Returns: whether there is another that may be applied.
bool Reader::next_stretch() {
  if (stretch_.last) {
    return false;
  }
  if (stretch_.verdict == LogVerifier::Verdict::kSealed && window_.offset() < stretch_.end) {
    verifier_.unseal_last();
  }
  stretch_ = verifier_.next();
  if (stretch_.verdict != LogVerifier::Verdict::kDamaged) {
    return true;
  }
  result_.has_hole = stretch_.unconfirmed;
  replay_.set_damage("the checksum of the bytes " + std::to_string(stretch_.begin) + " to " +
                     std::to_string(stretch_.end) + " is wrong");
  if (result_.has_hole || options_.max_skipped_bytes == 0) {
    return false;
  }
  return leave_out(replay_.good(), static_cast<std::size_t>(stretch_.end - window_.offset()));
}

// At the end: whether what is left over is not torn but a request with a wrong length.
bool Reader::has_damaged_length() {
  if (!replay_.damage().empty()) {
    return false;
  }
  if (window_.error() != 0 || !hides_requests(window_.rest())) {
    return false;
  }
  replay_.set_damage("the length of a request at byte " + std::to_string(replay_.used()) +
                     " reaches beyond the end of the file, and whole requests stand behind it");
  return true;
}

void Reader::replay() {
  while (!result_.has_hole) {
    const std::string_view rest = window_.rest();
    const std::uint64_t allowed = stretch_.end - window_.offset();
    const std::uint64_t commands = replay_.commands();
    const std::size_t used =
        replay_.apply(rest.substr(0, std::min<std::uint64_t>(rest.size(), allowed)));
    window_.consume(used);
    const bool damaged = !replay_.damage().empty();
    if (damaged) {
      result_.unknown_command = replay_.damage().starts_with("Unknown command");
    } else if (replay_.stopped()) {
      return;  // whole requests stand behind, which is as it should be
    }
    const bool stuck = !damaged && used == 0 && !next_stretch();
    const bool skips = damaged || (stuck && has_damaged_length());
    if ((stuck || damaged) && !(skips && skip_damage())) {
      return;
    }
    tell_progress(window_.offset());
    if (options_.after_some != nullptr && replay_.commands() != commands) {
      options_.after_some(replay_.commands() - commands, window_.offset());
    }
  }
}

// Behind damage at the front of what is left over: whether the file is nothing but a request cut
// short and then NUL bytes up to its end. Reads on to the end.
bool Reader::ends_in_zeros() {
  const std::string_view rest = window_.rest();
  const std::size_t last = rest.find_last_not_of('\0');
  const std::string begun(rest.substr(0, last == std::string_view::npos ? 0 : last + 1));
  bool zeros = begun.size() < rest.size();
  window_.consume(rest.size());
  while (window_.fill()) {
    zeros = zeros && window_.rest().find_first_not_of('\0') == std::string_view::npos;
    window_.consume(window_.rest().size());
  }
  if (!zeros || window_.error() != 0) {
    return false;
  }
  if (begun.empty() || begun.front() == '#') {
    return begun.find('\n') == std::string::npos;
  }
  resp::BatchRoom room;
  const auto batch = resp::RequestParser().parse(begun, replay_limits(), 1, room);
  return begun.front() == '*' && batch.error.empty() && batch.consumed == 0;
}

void Reader::judge_end() {
  if (window_.error() != 0) {
    result_.status = Status::kUnreadable;
    result_.reason = std::generic_category().message(window_.error());
  } else if (result_.has_hole) {
    result_.status = Status::kTorn;
    result_.reason =
        "blocks were not written before others behind them, none of which is known to be durable";
  } else if (!replay_.damage().empty()) {
    const bool zeros = !result_.unknown_command && ends_in_zeros();
    result_.status = zeros ? Status::kTorn : Status::kDamaged;
    result_.reason = zeros ? "it ends in NUL bytes" : replay_.damage();
  } else if (replay_.stopped()) {
    result_.stopped = true;
  } else if (replay_.good() != window_.known()) {
    result_.status = Status::kTorn;
    result_.reason = "it ends in the middle of a request or of a transaction";
  }
}

ReplayResult Reader::read(const std::function<void()>& image_done) {
  if (load_image()) {
    if (result_.has_image && image_done != nullptr) {
      image_done();
    }
    replay();
    judge_end();
  }
  result_.size = window_.known();
  result_.uncovered_begin = verifier_.uncovered_begin();
  result_.sealed = verifier_.seen();
  result_.good_bytes = replay_.good();
  result_.commands = replay_.commands();
  result_.errors = replay_.errors();
  result_.first_error = replay_.first_error();
  result_.missing_database = replay_.missing_database();
  return std::move(result_);
}

// Opens the file. Returns: null, and the result that says why.
std::unique_ptr<File> open(Disk& disk, const std::string& path, ReplayResult& result) {
  int error = 0;
  auto file = disk.open_for_read(path, error);
  if (file == nullptr) {
    result.status = Status::kUnreadable;
    result.reason = std::generic_category().message(error);
  }
  return file;
}

}  // namespace

ReplayResult replay_log(Disk& disk, const std::string& path, exec::Executor& executor,
                        const ReplayOptions& options) {
  ReplayResult result;
  auto file = open(disk, path, result);
  return file == nullptr
             ? result
             : Reader(&executor, executor.keyspace(), std::move(file), options).read(nullptr);
}

ReplayResult check_log_file(Disk& disk, const std::string& path, const ReplayOptions& options,
                            const std::function<void()>& image_done) {
  ReplayResult result;
  auto file = open(disk, path, result);
  keyspace::Keyspace scratch(kScratchDatabases, 0);
  return file == nullptr ? result
                         : Reader(nullptr, scratch, std::move(file), options).read(image_done);
}

}  // namespace sorrel::persist
