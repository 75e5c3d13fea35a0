// SPDX-License-Identifier: BSD-3-Clause
//
// Reading the RDB format from bytes that nobody vouches for: a payload in memory, or a stream that
// is fetched piece by piece. The first failure is kept; after it every read gives a harmless value,
// so that a decoder reads on and asks once (ok()). Nothing is allocated that the bytes at hand do
// not justify: a stream's buffer grows with what arrives, not with what a length promises, and a
// compressed string may claim what its compression can give, no more.
//
//   buffer   [ read .......| window: 64 KiB that may be read |......... ]  1 MiB, or a string
//                      place_                              end_      filled_
//
// All reads look at the end of the window alone. Behind it stand, in this order of rarity, whoever
// wants to know that work goes on (on_work), the bytes that lie in the buffer already, the source,
// and after a failure nothing.
//
// Lifetime: a view that take() or view() gives lives until the next read; one that string() gives
// until its scratch changes or, of a payload in memory, as long as the payload. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

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

  explicit Input(std::string_view bytes)
      : data_(bytes.data()), end_(bytes.size()), filled_(bytes.size()) {}
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

  // To be called each time that some more bytes, about 64 KiB, are to be read of a stream. It may
  // not read.
  void on_work(std::function<void()> callback) { on_work_ = std::move(callback); }

  // How many bytes were read so far.
  std::uint64_t offset() const { return before_ + place_; }
  // Whether no byte is left.
  bool at_end() { return place_ == end_ && !fetch(1); }
  // CRC64 of all bytes read so far. Requires: sum() was called before the first read.
  std::uint64_t checksum();
  void sum() { summing_ = true; }

  std::uint8_t byte() {
    if (place_ != end_ || fetch_or_fail(1)) [[likely]] {
      return static_cast<std::uint8_t>(data_[place_++]);
    }
    return 0;
  }
  std::string_view take(std::uint64_t count) {
    if (end_ - place_ < count && !fetch_or_fail(count)) [[unlikely]] {
      return {};
    }
    const std::string_view taken(data_ + place_, static_cast<std::size_t>(count));
    place_ += taken.size();
    return taken;
  }
  std::uint32_t little32();
  std::uint64_t little64();
  // Signed, little end first; unsigned, big end first. Requires: 1 to 8 bytes.
  std::int64_t integer(unsigned bytes);
  std::uint64_t big(unsigned bytes);
  std::int64_t milliseconds() { return static_cast<std::int64_t>(little64()); }
  // A length or a count. A string's encoding in its place is a failure.
  std::uint64_t length() {
    const std::uint8_t first = byte();
    return first < 1U << 6 ? first : long_length(first);
  }
  // A string in any form: raw, integer, compressed.
  std::string_view string(std::string& scratch);
  // The same, for a text that is used before anything else is read.
  std::string_view view(std::string& scratch) {
    const std::uint8_t first = byte();
    return first < 1U << 6 ? take(first) : long_string(first, scratch);
  }
  // Eight bytes, and the old form as text. A NaN is a failure.
  double binary_score();
  double text_score();

  // `count` elements of at least `least` bytes each were announced: how many to make room for.
  std::size_t room_for(std::uint64_t count, std::size_t least) const;

 private:
  std::size_t available() const { return filled_ - place_; }
  bool fetch(std::uint64_t count);
  bool fetch_or_fail(std::uint64_t count);
  void fill(std::uint64_t count);
  void grow(std::uint64_t count);
  void settle_sum();
  std::uint64_t long_length(std::uint8_t first);
  std::string_view long_string(std::uint8_t first, std::string& scratch);
  std::string_view integer_string(unsigned bytes, std::string& scratch);
  std::string_view compressed_string(std::string& scratch);

  const char* data_ = nullptr;  // a payload, or room_
  std::size_t place_ = 0;       // of the next read
  std::size_t end_ = 0;         // of what may be read without asking
  std::size_t filled_ = 0;      // bytes at hand
  std::uint64_t before_ = 0;    // bytes that were read and are gone
  Source source_;
  std::unique_ptr<char[]> room_;
  std::size_t capacity_ = 0;
  std::function<void()> on_work_;
  bool summing_ = false;
  std::size_t summed_ = 0;  // up to here
  std::uint64_t checksum_ = 0;
  Failure failure_ = Failure::kNone;
  std::string_view reason_;
};

}  // namespace sorrel::persist::rdb
