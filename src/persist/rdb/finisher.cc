// SPDX-License-Identifier: BSD-3-Clause
//
// Pieces to bytes: what is between the marks is copied, what is under a mark gets its form.
#include <string_view>
#include <utility>

#include <sorrel/base/crc.h>
#include <sorrel/persist/rdb_piece.h>

#include "string_form.h"

namespace sorrel::persist {
namespace {

void append_little64(std::string& to, std::uint64_t value) {
  for (unsigned shift = 0; shift < 64; shift += 8) {
    to.push_back(static_cast<char>(value >> shift & 0xff));
  }
}

// Takes up to `size` bytes off the front.
std::string_view take(std::string_view& rest, std::size_t size) {
  const std::string_view taken = rest.substr(0, size);
  rest.remove_prefix(taken.size());
  return taken;
}

}  // namespace

// Goes on with the string that is open, as far as this piece has it.
void RdbFinisher::take_open(std::string_view& rest, std::string& out) {
  const std::string_view part = take(rest, missing_);
  open_.append(part);
  missing_ -= part.size();
  if (missing_ == 0) {
    rdb::append_compressible(out, open_, scratch_);
    open_ = {};
  }
}

std::string RdbFinisher::with_forms(const RdbPiece& piece) {
  constexpr std::size_t kMostLength = 5;  // before each string
  std::string out;
  out.reserve(piece.bytes.size() + kMostLength * piece.marks.size());
  std::string_view rest = piece.bytes;
  if (missing_ != 0) {
    take_open(rest, out);
  }
  for (const RdbPiece::Mark mark : piece.marks) {
    out.append(take(rest, mark.offset - (piece.bytes.size() - rest.size())));
    if (rest.size() >= mark.size) {
      rdb::append_compressible(out, take(rest, mark.size), scratch_);
    } else {
      missing_ = mark.size;
      open_.reserve(mark.size);
      take_open(rest, out);
    }
  }
  out.append(rest);
  return out;
}

std::string RdbFinisher::finish(RdbPiece piece) {
  std::string out =
      piece.marks.empty() && missing_ == 0 ? std::move(piece.bytes) : with_forms(piece);
  if (check_sum_) {
    checksum_ = base::crc64(out, checksum_);
  }
  if (piece.sealed) {
    append_little64(out, checksum_);
  }
  return out;
}

}  // namespace sorrel::persist
