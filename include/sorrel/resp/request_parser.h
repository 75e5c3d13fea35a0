// SPDX-License-Identifier: BSD-3-Clause
//
// Cuts the bytes of a connection into a batch of requests whose arguments are views into those
// bytes: nothing is copied, and nothing is allocated once the vectors have grown. It resumes where
// a partial request stopped, so that a large value arriving in many reads is never scanned twice.
//
// What it makes of odd input is what Redis makes of it, with two differences that make the result
// independent of how the bytes arrive: a header or line is too big as soon as its terminator is not
// among its first max_inline_bytes + 1 bytes, even if it has arrived already; and a NUL byte is a
// byte like any other, where Redis would stop looking and wait.
//
// Format: the Redis serialization protocol (redis.io/docs/reference/protocol-spec): multibulk
// requests, and inline requests (a line, split as base::split_quoted does). One thread an instance.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sorrel::resp {

struct Request {
  std::span<const std::string_view> arguments;  // never empty; [0] is the command's name
  // The bytes of the request as they came when it was a multibulk one with canonical lengths, so
  // that a log can take them as they are; empty for an inline request.
  std::string_view frame;
  // Bytes of `unread` up to the end of this request.
  std::size_t end = 0;
};

struct RequestLimits {
  std::uint64_t max_bulk_bytes = 512ULL * 1024 * 1024;  // proto-max-bulk-len
  std::uint64_t max_arguments = 2147483647;
  std::size_t max_inline_bytes = 64 * 1024;
  // false: at most 10 arguments of 16 KiB each, as Redis has it. While it is false the caller asks
  // for one request a call: an AUTH among them changes the limits of what follows it.
  bool authenticated = true;
};

// Where a batch lies. Parsers that are never used at once share one, which stays in the cache; so a
// connection that waits for its next request owns none.
struct BatchRoom {
  std::vector<std::string_view> arguments;
  std::vector<Request> requests;
  std::deque<std::string> inline_words;  // inline requests are unquoted, so they need a home
};

class RequestParser {
 public:
  struct Batch {
    std::span<const Request> requests;
    std::size_t consumed = 0;  // bytes of `unread` that the requests (and blank lines) took
    // Empty, or the text of a protocol error that stands after the requests, as it goes into the
    // reply ("Protocol error: invalid bulk length"): the connection answers and closes.
    std::string_view error;
  };

  // Cuts at most `max_requests` requests from the front of `unread`, which must begin with the
  // bytes that the last call did not consume (at another address, if the buffer moved).
  // Lifetime: the batch lives until the next call with that room; its views as long as `unread`'s
  // bytes.
  // Errors: see Batch::error; after one, the parser must not be used again.
  // Cost: O(bytes not seen before).
  Batch parse(std::string_view unread, const RequestLimits& limits, std::size_t max_requests,
              BatchRoom& room);

  // Forgets the request that has begun, for a caller that hands in again what stands before it: not
  // all of a batch was run.
  void restart() { begin_request(); }

  // Bytes that the pending bulk string still lacks beyond those already seen; 0 when unknown. A
  // connection may size its buffer by it, and must not trust it beyond its own limits.
  std::size_t wanted() const { return wanted_; }

  // Whether a request has begun and is not complete.
  bool pending() const { return position_ + searched_ != 0; }

 private:
  enum class Step : std::uint8_t { kDone, kMore, kError };
  struct Slice {
    std::size_t offset = 0;  // from the first byte of the pending request
    std::size_t length = 0;
  };
  static bool parse_whole(std::string_view bytes, const RequestLimits& limits, BatchRoom& room);
  Step parse_one(std::string_view request, const RequestLimits& limits, BatchRoom& room);
  Step parse_multibulk(std::string_view request, const RequestLimits& limits, BatchRoom& room);
  Step parse_count(std::string_view request, const RequestLimits& limits);
  Step parse_bulk_header(std::string_view request, const RequestLimits& limits);
  Step parse_inline(std::string_view request, const RequestLimits& limits, BatchRoom& room);
  Step find_header(std::string_view request, const RequestLimits& limits, std::string_view too_big);
  Step split_line(std::string_view line, BatchRoom& room);
  Step fail(std::string_view text);
  void finish_multibulk(std::string_view request, BatchRoom& room);
  void begin_request();

  std::vector<Slice> slices_;  // arguments of the pending multibulk request
  std::string error_;
  std::string_view header_;        // found by find_header(), without its terminator
  std::size_t position_ = 0;       // bytes of the pending request already parsed
  std::size_t searched_ = 0;       // bytes after them known to hold no terminator
  std::int64_t remaining_ = -1;    // arguments the pending request still lacks; -1: no header yet
  std::int64_t bulk_length_ = -1;  // of the argument being read; -1: no header yet
  std::size_t wanted_ = 0;
  bool canonical_ = true;
};

}  // namespace sorrel::resp
