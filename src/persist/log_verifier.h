// SPDX-License-Identifier: BSD-3-Clause
//
// Verifies the checksums of a log ahead of its replay: it looks from the end of one stretch for the
// line that ends the next, and says whether the bytes in between are as they were written, before
// any of them is applied.
//
// A value may hold what looks like such a line. Only one whose numbers and checksum fit exactly
// from the end of the stretch before it counts; others are looked at only when there is none, which
// is when something is damaged. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <sorrel/persist/log_seal.h>

#include "log_window.h"

namespace sorrel::persist {

class LogVerifier {
 public:
  explicit LogVerifier(LogWindow& window) : window_(window) {}

  // The file's bytes begin here, behind an image.
  void begin_at(std::uint64_t offset) { at_ = begin_ = offset; }

  enum class Verdict : std::uint8_t {
    kSealed,    // as it was written
    kUnsealed,  // no line vouches for it
    kDamaged,
  };
  struct Stretch {
    Verdict verdict = Verdict::kUnsealed;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;  // damaged: where the next stretch that can be read begins
    bool last = false;      // it reaches to the end of the file
    // Damaged as a loss of power does it: zeros where blocks were not written, and no line calls
    // it, or anything behind it, durable.
    bool unconfirmed = false;
  };
  // Requires: the window's rest begins at or before the end of the last stretch.
  // Memory: the window grows to the next line, at most a gigabyte.
  Stretch next();
  // The last stretch, whose bytes were as they were written, ended within a request: its line is
  // part of a value.
  void unseal_last();

  // The end of the last line: what stands behind it is not covered yet.
  std::uint64_t uncovered_begin() const { return begin_; }
  bool seen() const { return seen_; }

 private:
  struct Candidate {
    std::size_t at = 0;  // from the stretch's begin
    SealLine line;
  };

  std::string_view ahead() const;
  bool collect(std::string_view view);
  Stretch sealed(const Candidate& candidate);
  Stretch judge();
  Stretch judge_tail(std::string_view view);
  Stretch judge_damage(std::string_view view);
  Stretch up_to_hole(std::string_view view, std::size_t hole);
  bool fits(std::string_view view, const Candidate& candidate);

  LogWindow& window_;
  std::uint64_t at_ = 0;               // the end of the last stretch
  std::uint64_t begin_ = 0;            // the end of the last line
  std::uint64_t passed_checksum_ = 0;  // of what stands between the two
  bool seen_ = false;                  // a line that fits
  std::uint64_t last_begin_ = 0;       // as unseal_last() is to restore it
  std::uint64_t last_checksum_ = 0;
  bool hole_ = false;  // what stands at at_ was not written as a whole
  // While it looks ahead:
  std::vector<Candidate> candidates_;
  std::size_t scanned_ = 0;
  std::size_t summed_ = 0;
  std::uint64_t checksum_ = 0;  // of what is summed
};

}  // namespace sorrel::persist
