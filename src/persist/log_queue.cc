// SPDX-License-Identifier: BSD-3-Clause
//
// Under everysec and no, bytes that are not written at once are gathered for a few milliseconds, so
// that a busy server pays one write for many turns; under always every hand-over is due at once. A
// failing disk is tried again every tenth of a second.
#include <algorithm>
#include <system_error>
#include <utility>

#include <sorrel/persist/log_queue.h>

namespace sorrel::persist {

LogQueue::LogQueue(std::unique_ptr<File> file, std::uint64_t size, SyncPolicy policy, Time now,
                   const SealState& seal)
    : tail_(std::move(file), size),
      sealer_(seal),
      seal_interval_(seal.interval_bytes),
      policy_(policy),
      size_(size),
      last_sync_(now),
      last_attempt_(now) {}

LogQueue::Ticket LogQueue::append(std::string& bytes, Time now, std::int64_t unix_seconds,
                                  std::size_t clients) {
  handed_bytes_ += bytes.size();
  clients_ += clients;
  if (unix_seconds > last_timestamp_) {
    last_timestamp_ = unix_seconds;
    bytes.insert(0, "#TS:" + std::to_string(unix_seconds) + "\r\n");
  }
  later_pending_bytes_ += later_.empty() ? 0 : bytes.size();
  Pending& pending = later_.empty() ? pending_ : later_.back().pending;
  if (pending.bytes.empty()) {
    (later_.empty() ? oldest_pending_ : later_.back().oldest) = now;
    pending.bytes.swap(bytes);
  } else {
    const std::size_t last = pending.cuts.empty() ? 0 : pending.cuts.back();
    if (seal_interval_ != 0 && pending.bytes.size() - last >= seal_interval_) {
      pending.cuts.push_back(pending.bytes.size());
    }
    pending.bytes.append(bytes);
  }
  bytes.clear();
  return ++handed_;
}

void LogQueue::switch_to(std::unique_ptr<File> next) {
  Later& later = later_.emplace_back();
  later.file = std::move(next);
  later.ticket = handed_;
  later.begin = handed_bytes_;
  later.seal_interval = seal_interval_;
  last_timestamp_ = 0;
}

void LogQueue::forget_completed() {
  completed_bytes_ = 0;
  if (!later_.empty()) {
    later_.back().forget_completed = true;
  }
}

// When the first of what is not written was handed over.
LogQueue::Time LogQueue::oldest() const {
  if (taken_bytes_ > 0) {
    return oldest_taken_;
  }
  if (!pending_.bytes.empty()) {
    return oldest_pending_;
  }
  const auto place = std::find_if(later_.begin(), later_.end(),
                                  [](const Later& later) { return !later.pending.bytes.empty(); });
  return place == later_.end() ? Time::max() : place->oldest;
}

bool LogQueue::much_unsynced() const {
  return policy_ != SyncPolicy::kNo && unsynced_bytes_ + pending_bytes() >= kMaxUnsyncedBytes;
}

bool LogQueue::sync_comes() const {
  return under_way_.sync || catches_up_ || !later_.empty() || much_unsynced();
}

bool LogQueue::must_wait(Time now) {
  if (settled_ == handed_) {
    return false;
  }
  bool wait = policy_ == SyncPolicy::kAlways || !failure_.empty();
  if (!wait && pending_bytes() > 0) {
    wait = pending_bytes() > kMaxLagBytes || now - oldest() > kMaxLag;
    delays_ += wait ? 1 : 0;
    wait = wait || !sync_comes();
  }
  if (wait) {
    waited_for_ = handed_;
  }
  return wait;
}

LogQueue::Ticket LogQueue::ticket_of(std::uint64_t end) const {
  if (end <= synced_) {
    return 0;
  }
  return end <= under_way_.end ? under_way_.ticket : handed_;
}

LogQueue::Time LogQueue::due(bool urgent) const {
  if (clean()) {
    return Time::max();
  }
  if (urgent) {
    return Time::min();
  }
  if (!failure_.empty()) {
    return last_attempt_ + kRetry;
  }
  if (!later_.empty()) {
    return Time::min();
  }
  if (policy_ == SyncPolicy::kAlways) {
    return clients_ < clients_awaited_ ? gather_until_ : Time::min();
  }
  if (!pending_.bytes.empty()) {
    const bool at_once = waited_for_ > settled_ || catches_up_;
    return at_once ? Time::min() : oldest_pending_ + kGather;
  }
  return policy_ == SyncPolicy::kEverySecond ? last_sync_ + kSyncPeriod : Time::max();
}

// What was handed over, for a step that begins.
LogQueue::Step LogQueue::take(Time now) {
  if (taken_bytes_ == 0) {
    oldest_taken_ = oldest_pending_;
  }
  taken_bytes_ += pending_.bytes.size();
  batch_.swap(pending_);
  Step step;
  step.ticket = handed_;
  step.end = handed_bytes_;
  step.forget = policy_ == SyncPolicy::kNo;
  busy_ = true;
  step_began_ = now;
  return step;
}

LogQueue::Step LogQueue::begin(Time now, bool urgent) {
  const bool much = much_unsynced();
  Step step = take(now);
  const bool second_is_over =
      policy_ == SyncPolicy::kEverySecond && now - last_sync_ >= kSyncPeriod;
  if (!later_.empty()) {
    step.last = true;
    step.ticket = later_.front().ticket;
    step.end = later_.front().begin;
    if (later_.front().file != nullptr) {
      next_ = std::move(later_.front().file);
      next_seal_interval_ = later_.front().seal_interval;
    }
  }
  step.sync = urgent || step.last || policy_ == SyncPolicy::kAlways || sync_failed_ ||
              second_is_over || much;
  under_way_ = step;
  judge_gathering();
  clients_served_ = std::exchange(clients_, 0);
  return step;
}

bool LogQueue::may_write_now(Time now) const {
  const std::uint64_t bytes = pending_bytes();
  return policy_ != SyncPolicy::kAlways && bytes != 0 && bytes <= kMaxWriteNowBytes && !busy_ &&
         failure_.empty() && !sync_failed_ && later_.empty() && !much_unsynced() &&
         now >= write_now_from_;
}

LogQueue::Step LogQueue::begin_write(Time now) {
  Step step = take(now);
  step.at_once = true;
  under_way_ = step;
  clients_ = 0;
  return step;
}

// A checksum comes after each stretch, so that damage costs little more than the interval.
void LogQueue::add_batch(bool end_in_checksum) {
  const auto seal = [&](bool now) {
    if (sealer_.due(now)) {
      std::string line = sealer_.line(tail_.end() - tail_.durable());
      tail_.add(line);
    }
  };
  std::size_t begin = 0;
  for (const std::size_t cut : batch_.cuts) {
    std::string piece = batch_.bytes.substr(begin, cut - begin);
    sealer_.add(piece);
    tail_.add(piece);
    seal(false);
    begin = cut;
  }
  if (begin != 0) {
    batch_.bytes.erase(0, begin);
  }
  sealer_.add(batch_.bytes);
  tail_.add(batch_.bytes);
  seal(end_in_checksum);
  batch_.bytes.clear();
  batch_.cuts.clear();
}

LogQueue::Done LogQueue::perform(const Step& step) {
  Done done;
  done.step = step;
  add_batch(step.sync);
  done.error = tail_.write();
  // Also when not all could be written: what a full disk took before is owed its sync.
  if (step.sync && tail_.dirty()) {
    const int error = tail_.sync();
    done.synced = error == 0;
    done.sync_failed = error != 0;
    done.error = error != 0 ? error : done.error;
  }
  if (done.error == 0 && step.last) {
    done.switched = true;
    done.completed_bytes = tail_.size();
    tail_ = LogTail(std::move(next_), 0);  // closes the old file
    sealer_ = LogSealer({next_seal_interval_});
  } else if (done.error == 0 && step.forget) {
    tail_.forget();
  }
  return done;
}

// What was handed over for it is the current file's now.
void LogQueue::begin_next_file() {
  Later& next = later_.front();
  pending_ = std::move(next.pending);
  oldest_pending_ = next.oldest;
  later_pending_bytes_ -= pending_.bytes.size();
  completed_bytes_ = next.forget_completed ? 0 : completed_bytes_;
  later_.pop_front();
}

void LogQueue::judge_gathering() {
  if (clients_awaited_ == 0) {
    return;
  }
  const bool all = clients_ >= clients_awaited_;
  gather_eighths_ = all ? std::min(gather_eighths_ * 2, 8U) : std::max(gather_eighths_ / 2, 1U);
  if (++gatherings_ % kTryAgain == 0) {
    gather_eighths_ = 8;
  }
}

void LogQueue::plan_gathering(const Step& step, Time now) {
  const auto wait = std::min<Time::duration>((now - step_began_) / 8 * gather_eighths_, kMaxGather);
  clients_awaited_ = step.sync && wait >= kMinGather ? clients_served_ + clients_ : 0;
  gather_until_ = now + wait;
}

bool LogQueue::finish(const Done& done, Time now) {
  last_attempt_ = now;
  under_way_ = {};
  busy_ = false;
  plan_gathering(done.step, now);
  if (done.step.sync) {
    longest_sync_ = std::max(longest_sync_, now - step_began_);
  }
  if (done.step.at_once && now - step_began_ > kSlowWrite) {
    write_now_from_ = now + kAfterSlowWrite;
  }
  size_ = tail_.size();
  taken_bytes_ = tail_.unwritten();
  tail_capacity_ = tail_.capacity();
  unsynced_bytes_ = tail_.unsynced();
  dirty_ = tail_.dirty();
  sync_failed_ = done.sync_failed || (sync_failed_ && !done.synced);
  last_sync_ = done.synced ? now : last_sync_;
  std::string failure;
  bool news = false;
  if (done.error != 0) {
    failure = std::generic_category().message(done.error);
    if (tail_.beyond_repair()) {
      failure += " (what was written under appendfsync no may be lost; restart the server)";
    }
  } else {
    news = waited_for_ > settled_ || (synced_watched_ && done.synced);
    settled_ = done.step.ticket;
    synced_ = done.synced ? done.step.end : synced_;
  }
  if (done.switched) {
    sync_failed_ = false;
    completed_bytes_ += done.completed_bytes;
    begin_next_file();
  }
  catches_up_ = (done.step.sync || catches_up_) && !pending_.bytes.empty();
  if (failure != failure_) {
    failure_ = std::move(failure);
    news = true;
  }
  return news;
}

}  // namespace sorrel::persist
