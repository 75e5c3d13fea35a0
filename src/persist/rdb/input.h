// SPDX-License-Identifier: BSD-3-Clause
//
// Reading the RDB format from bytes that nobody vouches for: a payload in memory, or a stream that
// is fetched piece by piece. The first failure is kept; after it every read gives a harmless value,
// so that a decoder reads on and asks once (ok()). Nothing is allocated that the bytes at hand do
// not justify: a stream's buffer grows with what arrives, not with what a length promises, and a
// compressed string may claim what its compression can give, no more.
//
// Lifetime: a view that take() gives lives until the next read; one that string() gives until its
// scratch changes or, of a payload in memory, as long as the payload. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace sorrel::persist::rdb {

enum class Failure : std::uint8_t {
  kNone,
  kTruncated,  // the bytes end too early
  kMalformed,  // they are no such value
  kEmpty,      // a collection without elements, which no key may hold
  kUnknown,    // of a kind that is not known, or a module's
};

// What a failure is called in a log.
std::string_view describe(Failure failure);

class Input {
 public:
  // Fills a part of the span. Returns: how many bytes; 0 at the end.
  using Source = std::function<std::size_t(std::span<char>)>;

  explicit Input(std::string_view bytes) : bytes_(bytes) {}
  explicit Input(Source source) : source_(std::move(source)) {}
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  bool ok() const { return failure_ == Failure::kNone; }
  Failure failure() const { return failure_; }
  // Keeps the first one, and what was wrong. Requires: `reason` is static text.
  void fail(Failure failure, std::string_view reason);
  std::string_view reason() const { return reason_; }
  // Back to ok() after kEmpty: the value was whole.
  void forgive_empty();

  // How many bytes were read so far.
  std::uint64_t offset() const { return before_ + place_; }
  // Whether no byte is left.
  bool at_end();
  // CRC64 of all bytes read so far. Requires: sum() was called before the first read.
  std::uint64_t checksum();
  void sum() { summing_ = true; }

  std::uint8_t byte();
  std::string_view take(std::uint64_t count);
  std::uint32_t little32();
  std::uint64_t little64();
  // Signed, little end first; unsigned, big end first. Requires: 1 to 8 bytes.
  std::int64_t integer(unsigned bytes);
  std::uint64_t big(unsigned bytes);
  std::int64_t milliseconds() { return static_cast<std::int64_t>(little64()); }
  // A length or a count. A string's encoding in its place is a failure.
  std::uint64_t length();
  // A string in any form: raw, integer, compressed.
  std::string_view string(std::string& scratch);
  // Eight bytes, and the old form as text. A NaN is a failure.
  double binary_score();
  double text_score();

  // `count` elements of at least `least` bytes each were announced: how many to make room for.
  std::size_t room_for(std::uint64_t count, std::size_t least) const;

 private:
  std::string_view available() const { return bytes_.substr(place_); }
  bool fetch(std::uint64_t count);
  void settle_sum();
  std::string_view integer_string(unsigned bytes, std::string& scratch);
  std::string_view compressed_string(std::string& scratch);

  std::string_view bytes_;  // of a stream: what buffer_ holds
  std::size_t place_ = 0;   // of the next read within bytes_
  std::uint64_t before_ = 0;
  Source source_;
  std::string buffer_;
  bool summing_ = false;
  std::size_t summed_ = 0;  // up to here in bytes_
  std::uint64_t checksum_ = 0;
  Failure failure_ = Failure::kNone;
  std::string_view reason_;
};

}  // namespace sorrel::persist::rdb
