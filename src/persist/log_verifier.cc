// SPDX-License-Identifier: BSD-3-Clause
//
// Looking ahead costs a search for a short text, and a checksum of each byte once. In a file in
// which no line was found yet the look is short: Redis' own files have none.
#include "log_verifier.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <sorrel/base/crc.h>

#include "log_replay.h"

namespace sorrel::persist {
namespace {

constexpr std::size_t kFirstLook = 1024 * 1024;
constexpr std::size_t kMaxLook = 1024 * 1024 * 1024;
constexpr std::size_t kHole = 64;
// More of them in one stretch are no accident; an attack on the loading time ends here.
constexpr std::size_t kMaxCandidates = 4096;

// Where the first zeros begin of which there is a whole block in `view`, which begins at this
// offset of the file, from `durable` on; `npos`: there are none. A sector that was never written
// holds several blocks.
std::size_t find_hole(std::string_view view, std::uint64_t offset, std::size_t durable) {
  static constexpr char kZeros[kHole] = {};
  auto at = static_cast<std::size_t>((kHole - (offset + durable) % kHole) % kHole) + durable;
  for (; at + kHole <= view.size(); at += kHole) {
    if (std::memcmp(view.data() + at, kZeros, kHole) == 0) {
      const std::size_t before = view.substr(durable, at - durable).find_last_not_of('\0');
      return durable + (before == std::string_view::npos ? 0 : before + 1);
    }
  }
  return std::string_view::npos;
}

// Goes over requests and annotations as long as they are whole.
class Walk {
 public:
  explicit Walk(std::string_view view) : view_(view) {}

  // Whether a line that ends at `end` can begin at `begin`: it does not stand in the middle of a
  // request. Where the walk cannot go so far something is damaged or torn, and what follows the
  // line decides. Requires: places ascend.
  bool may_stand(std::size_t begin, std::size_t end) {
    while (used_ < begin && step()) {
    }
    const char next = end < view_.size() ? view_[end] : '*';
    return used_ == begin || (used_ < begin && (next == '*' || next == '#'));
  }
  // Returns: whether there was another whole one.
  bool step() {
    const std::string_view rest = view_.substr(used_);
    std::size_t one = 0;
    if (rest.starts_with('#')) {
      const auto [size, has_hole] = annotation(rest);
      one = has_hole ? 0 : size;
    } else {
      one = whole_requests(rest, 1).bytes;
    }
    used_ += one;
    return one > 0;
  }
  std::size_t used() const { return used_; }

 private:
  std::string_view view_;
  std::size_t used_ = 0;
};

// Whether a line's checksum is right for the bytes before it in `view`.
bool valid_alone(std::string_view view, std::size_t at, const SealLine& line) {
  if (line.covered == 0 || line.covered > at) {
    return false;
  }
  const std::uint64_t sum = base::crc64(view.substr(at - line.covered, line.covered));
  return base::crc64(line.summed, sum) == line.checksum;
}

}  // namespace

std::string_view LogVerifier::ahead() const {
  return window_.rest().substr(static_cast<std::size_t>(at_ - window_.offset()));
}

// Whether the line covers exactly what stands between the one before it and itself.
bool LogVerifier::fits(std::string_view view, const Candidate& candidate) {
  if (candidate.line.covered != at_ - begin_ + candidate.at) {
    return false;
  }
  checksum_ = base::crc64(view.substr(summed_, candidate.at - summed_), checksum_);
  summed_ = candidate.at;
  return base::crc64(candidate.line.summed, checksum_) == candidate.line.checksum;
}

// Looks through what was not looked at yet. Returns: whether the last candidate fits.
bool LogVerifier::collect(std::string_view view) {
  for (;;) {
    const std::size_t at = view.find(SealLine::kBegin, scanned_);
    if (at == std::string_view::npos) {
      const std::size_t overlap = SealLine::kBegin.size() - 1;
      scanned_ = std::max(scanned_, view.size() > overlap ? view.size() - overlap : 0);
      return false;
    }
    scanned_ = at;
    const auto line = read_seal(view.substr(at));
    if (!line && view.size() - at < SealLine::kMaxBytes && !window_.at_end()) {
      return false;  // it may be cut off by the end of the view
    }
    scanned_ = at + 1;
    if (!line || (at > 0 && view[at - 1] != '\n')) {
      continue;
    }
    Candidate candidate{at, *line};
    if (fits(view, candidate)) {
      candidates_.push_back(candidate);
      return true;
    }
    if (candidates_.size() < kMaxCandidates) {
      candidates_.push_back(candidate);
    }
  }
}

LogVerifier::Stretch LogVerifier::sealed(const Candidate& candidate) {
  const Stretch stretch{Verdict::kSealed, at_, at_ + candidate.at + candidate.line.bytes, false,
                        false};
  last_begin_ = begin_;
  last_checksum_ = base::crc64(ahead().substr(candidate.at, candidate.line.bytes), checksum_);
  at_ = begin_ = stretch.end;
  passed_checksum_ = 0;
  seen_ = true;
  return stretch;
}

void LogVerifier::unseal_last() {
  begin_ = last_begin_;
  passed_checksum_ = last_checksum_;
}

LogVerifier::Stretch LogVerifier::next() {
  if (std::exchange(hole_, false)) {
    return {Verdict::kDamaged, at_, at_ + ahead().size(), true, true};
  }
  candidates_.clear();
  scanned_ = summed_ = 0;
  checksum_ = passed_checksum_;
  const std::size_t limit = seen_ ? kMaxLook : kFirstLook;
  bool more = true;
  while (!collect(ahead())) {
    if (!more || ahead().size() >= limit) {
      return judge();
    }
    more = window_.fill();
  }
  return sealed(candidates_.back());
}

// No line fits.
LogVerifier::Stretch LogVerifier::judge() {
  const std::string_view view = ahead();
  if (const Stretch damage = judge_damage(view); damage.verdict == Verdict::kDamaged || hole_) {
    return damage;
  }
  if (window_.at_end()) {
    return judge_tail(view);
  }
  const Stretch some{Verdict::kUnsealed, at_, at_ + std::max<std::size_t>(scanned_, 1), false,
                     false};
  // Also while no line was seen: the first one may cover more than the first look.
  const auto size = static_cast<std::size_t>(some.end - at_);
  passed_checksum_ = base::crc64(view.substr(0, size), passed_checksum_);
  at_ = some.end;
  return some;
}

// Behind the last line. If it is not whole and has a hole, a value before its end may be wrong.
LogVerifier::Stretch LogVerifier::judge_tail(std::string_view view) {
  Stretch tail{Verdict::kUnsealed, at_, at_ + view.size(), true, false};
  const std::size_t hole = seen_ ? find_hole(view, at_, 0) : std::string_view::npos;
  if (seen_ && (hole != std::string_view::npos || view.find('\0') != std::string_view::npos)) {
    Walk walk(view);
    while (walk.step()) {
    }
    const std::size_t stuck = walk.used();
    if (stuck < view.size() && hole < stuck) {
      return up_to_hole(view, hole);
    }
    // No request begins so: its first bytes at least were not written.
    if (stuck < view.size() && (view[stuck] == '\0' || hole != std::string_view::npos)) {
      return up_to_hole(view, stuck);
    }
  }
  at_ = tail.end;
  return tail;
}

// What stands whole before the hole; the hole itself is the next stretch.
LogVerifier::Stretch LogVerifier::up_to_hole(std::string_view view, std::size_t hole) {
  Walk walk(view);
  std::size_t whole = 0;
  while (walk.step() && walk.used() <= hole) {
    whole = walk.used();
  }
  hole_ = true;
  const Stretch stretch{Verdict::kUnsealed, at_, at_ + whole, false, false};
  at_ = stretch.end;
  return stretch;
}

// Whether lines prove that the stretch is damaged, and where one can go on behind it.
LogVerifier::Stretch LogVerifier::judge_damage(std::string_view view) {
  Stretch stretch{Verdict::kUnsealed, at_, at_, false, false};
  std::size_t durable = 0;  // bytes of the view that were before a line was written
  Walk walk(view);
  for (const Candidate& candidate : candidates_) {
    const auto line = read_seal(view.substr(candidate.at));
    const bool exact = line->covered == at_ - begin_ + candidate.at;
    if ((!exact && !valid_alone(view, candidate.at, *line)) ||
        !walk.may_stand(candidate.at, candidate.at + line->bytes)) {
      continue;  // a part of a value
    }
    if (stretch.verdict != Verdict::kDamaged) {
      const std::uint64_t place = at_ + candidate.at;
      stretch.verdict = Verdict::kDamaged;
      stretch.end = exact ? place + line->bytes : place - line->covered;
    }
    // Its word on what is durable counts only when its checksum is right.
    if (!exact && line->unsynced < candidate.at) {
      durable = std::max(durable, candidate.at - static_cast<std::size_t>(line->unsynced));
    }
  }
  if (stretch.verdict == Verdict::kDamaged) {
    const std::string_view damaged = view.substr(0, static_cast<std::size_t>(stretch.end - at_));
    const std::size_t hole = window_.at_end() && durable <= damaged.size()
                                 ? find_hole(damaged, at_, durable)
                                 : std::string_view::npos;
    if (hole != std::string_view::npos) {
      return up_to_hole(view, hole);
    }
    at_ = begin_ = stretch.end;
    passed_checksum_ = 0;
    seen_ = true;
  }
  return stretch;
}

}  // namespace sorrel::persist
