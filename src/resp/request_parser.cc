// SPDX-License-Identifier: BSD-3-Clause
//
// Two parsers of one grammar. parse_whole() takes a multibulk request that lies in the buffer
// complete and canonical, in one tight pass that keeps no state; anything else makes it step back,
// having recorded nothing, and parse_one() goes over the request in resumable steps: which byte is
// next, which header is open, which arguments lie where (offsets, because the buffer may move). So
// the odd cases and the errors are decided in one place only, and the common case pays for none of
// them. The fuzzer and the split tests hold both against each other.
//
// Invariant: what a request is does not depend on how its bytes were split among calls. After an
// error nothing is parsed any more. One thread an instance.
#include <algorithm>
#include <cstring>
#include <limits>

#include <sorrel/base/numbers.h>
#include <sorrel/base/text.h>
#include <sorrel/resp/request_parser.h>

namespace sorrel::resp {
namespace {

constexpr std::int64_t kUnauthenticatedArguments = 10;
constexpr std::int64_t kUnauthenticatedBulkBytes = 16 * 1024;
// Vectors that a single huge request has grown are given back above this many entries.
constexpr std::size_t kKeptEntries = 16 * 1024;

constexpr bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
constexpr bool ends_word(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

// A canonical length of one to seven digits with its CRLF, read from `at`; the checks against `end`
// are the caller's, by kLongestHeader.
constexpr std::ptrdiff_t kLongestHeader = 1 + 7 + 2;

struct Length {
  std::size_t value = 0;
  const char* next = nullptr;  // after the CRLF; null: not of the simple form
};

inline bool at_crlf(const char* at) { return at[0] == '\r' && at[1] == '\n'; }

inline unsigned digit_at(const char* at) { return static_cast<unsigned char>(*at - '0'); }

// Requires: kLongestHeader - 1 readable bytes at `at`.
inline Length read_length(const char* at) {
  const unsigned first = digit_at(at);
  if (first > 9) {
    return {};
  }
  if (at_crlf(at + 1)) {
    return {first, at + 3};
  }
  const unsigned second = digit_at(at + 1);
  if (first == 0 || second > 9) {
    return {};
  }
  std::size_t value = first * 10 + second;
  for (int i = 2; i <= 7; ++i) {
    if (at_crlf(at + i)) {
      return {value, at + i + 2};
    }
    const unsigned digit = digit_at(at + i);
    if (digit > 9 || i == 7) {
      break;
    }
    value = value * 10 + digit;
  }
  return {};
}

template <class T>
void clear_and_trim(std::vector<T>& entries) {
  if (entries.capacity() > kKeptEntries) [[unlikely]] {
    std::vector<T>().swap(entries);
  } else {
    entries.clear();
  }
}

void clear(BatchRoom& room) {
  clear_and_trim(room.arguments);
  room.requests.clear();
  if (!room.inline_words.empty()) {
    room.inline_words.clear();
  }
}

// The arguments from `first` on are those of one more request; where it ends, parse() says.
void add_request(BatchRoom& room, std::size_t first, std::string_view frame) {
  const std::size_t count = room.arguments.size() - first;
  room.requests.push_back({{room.arguments.data() + first, count}, frame});
}

// The arguments have moved: requests have theirs one behind the other.
void find_arguments(BatchRoom& room) {
  const std::string_view* begin = room.arguments.data();
  for (Request& request : room.requests) {
    request.arguments = {begin, request.arguments.size()};
    begin += request.arguments.size();
  }
}

}  // namespace

void RequestParser::begin_request() {
  clear_and_trim(slices_);
  position_ = 0;
  searched_ = 0;
  remaining_ = -1;
  bulk_length_ = -1;
  wanted_ = 0;
  canonical_ = true;
}

RequestParser::Batch RequestParser::parse(std::string_view unread, const RequestLimits& limits,
                                          std::size_t max_requests, BatchRoom& room) {
  clear(room);
  const std::string_view* const place = room.arguments.data();
  std::size_t consumed = 0;
  Step step = Step::kDone;
  while (room.requests.size() < max_requests && consumed < unread.size()) {
    const std::string_view request = unread.substr(consumed);
    if (!pending() && parse_whole(request, limits, room)) {
      consumed += room.requests.back().frame.size();
      room.requests.back().end = consumed;
      continue;
    }
    step = parse_one(request, limits, room);
    if (step != Step::kDone) {
      break;
    }
    consumed += position_;
    if (!room.requests.empty()) {
      room.requests.back().end = consumed;  // a blank line counts with the request before it
    }
    begin_request();
  }
  if (room.arguments.data() != place) [[unlikely]] {
    find_arguments(room);
  }
  const bool failed = step == Step::kError;
  return {room.requests, consumed, failed ? std::string_view(error_) : std::string_view()};
}

// Takes a complete and canonical multibulk request of at least one argument from the front.
// Returns: whether there is one; if not, nothing has changed.
bool RequestParser::parse_whole(std::string_view bytes, const RequestLimits& limits,
                                BatchRoom& room) {
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  if (*at != '*' || end - at < kLongestHeader || !limits.authenticated) {
    return false;
  }
  const Length count = read_length(at + 1);
  if (count.next == nullptr || count.value == 0 || count.value > limits.max_arguments) {
    return false;
  }
  at = count.next;
  const std::size_t first = room.arguments.size();
  char padded[kLongestHeader];
  for (std::size_t i = 0; i < count.value; ++i) {
    // The shortest argument ends well before a longest header would, so the last few bytes of the
    // buffer are compared in a copy that has room behind.
    const char* header = at;
    if (end - at < kLongestHeader) [[unlikely]] {
      std::fill(std::copy(at, end, padded), padded + kLongestHeader, '\0');
      header = padded;
    }
    const Length length = *header == '$' ? read_length(header + 1) : Length{};
    if (length.next == nullptr || length.value > limits.max_bulk_bytes) {
      break;
    }
    const char* const data = at + (length.next - header);
    if (static_cast<std::size_t>(end - at) <
            static_cast<std::size_t>(data - at) + length.value + 2 ||
        !at_crlf(data + length.value)) {
      break;
    }
    room.arguments.emplace_back(data, length.value);
    at = data + length.value + 2;
  }
  if (room.arguments.size() - first != count.value) {
    room.arguments.resize(first);
    return false;
  }
  const auto size = static_cast<std::size_t>(at - bytes.data());
  add_request(room, first, bytes.substr(0, size));
  return true;
}

RequestParser::Step RequestParser::parse_one(std::string_view request, const RequestLimits& limits,
                                             BatchRoom& room) {
  return request[0] == '*' ? parse_multibulk(request, limits, room)
                           : parse_inline(request, limits, room);
}

RequestParser::Step RequestParser::fail(std::string_view text) {
  error_ = "Protocol error: ";
  error_ += text;
  return Step::kError;
}

// Finds the header that begins at position_, up to its CR and one more byte (which Redis does not
// look at). On kDone header_ holds it, and position_ stands after it.
RequestParser::Step RequestParser::find_header(std::string_view request,
                                               const RequestLimits& limits,
                                               std::string_view too_big) {
  const std::string_view bytes = request.substr(position_, limits.max_inline_bytes + 1);
  const std::size_t end = bytes.find('\r', searched_);
  if (end == std::string_view::npos) {
    searched_ = bytes.size();
    return bytes.size() > limits.max_inline_bytes ? fail(too_big) : Step::kMore;
  }
  searched_ = end;
  if (position_ + end + 1 >= request.size()) {
    return Step::kMore;
  }
  header_ = bytes.substr(0, end);
  canonical_ = canonical_ && request[position_ + end + 1] == '\n';
  position_ += end + 2;
  searched_ = 0;
  return Step::kDone;
}

RequestParser::Step RequestParser::parse_count(std::string_view request,
                                               const RequestLimits& limits) {
  constexpr std::int64_t kMaxCount = std::numeric_limits<std::int32_t>::max();
  const Step step = find_header(request, limits, "too big mbulk count string");
  if (step != Step::kDone) {
    return step;
  }
  const auto count = base::parse_integer(header_.substr(1));
  if (!count || *count > kMaxCount) {
    return fail("invalid multibulk length");
  }
  if (!limits.authenticated && *count > kUnauthenticatedArguments) {
    return fail("unauthenticated multibulk length");
  }
  if (*count > 0 && static_cast<std::uint64_t>(*count) > limits.max_arguments) {
    return fail("invalid multibulk length");
  }
  remaining_ = std::max<std::int64_t>(*count, 0);
  return Step::kDone;
}

RequestParser::Step RequestParser::parse_bulk_header(std::string_view request,
                                                     const RequestLimits& limits) {
  const Step step = find_header(request, limits, "too big bulk count string");
  if (step != Step::kDone) {
    return step;
  }
  // An empty header: the CR itself stands where the dollar should.
  const char type = header_.empty() ? '\r' : header_[0];
  if (type != '$') {
    const char text[] = {type == '\r' || type == '\n' ? ' ' : type, '\''};
    return fail(std::string("expected '$', got '").append(text, sizeof text));
  }
  const auto length = base::parse_integer(header_.substr(1));
  if (!length || *length < 0 || static_cast<std::uint64_t>(*length) > limits.max_bulk_bytes) {
    return fail("invalid bulk length");
  }
  if (!limits.authenticated && *length > kUnauthenticatedBulkBytes) {
    return fail("unauthenticated bulk length");
  }
  bulk_length_ = *length;
  return Step::kDone;
}

RequestParser::Step RequestParser::parse_multibulk(std::string_view request,
                                                   const RequestLimits& limits, BatchRoom& room) {
  if (remaining_ < 0) {
    if (const Step step = parse_count(request, limits); step != Step::kDone) {
      return step;
    }
  }
  while (remaining_ > 0) {
    if (bulk_length_ < 0) {
      if (const Step step = parse_bulk_header(request, limits); step != Step::kDone) {
        return step;
      }
    }
    const auto length = static_cast<std::size_t>(bulk_length_);
    const std::size_t available = request.size() - position_;
    if (available < length + 2) {
      wanted_ = length + 2 - available;
      return Step::kMore;
    }
    slices_.push_back({position_, length});
    canonical_ = canonical_ && at_crlf(request.data() + position_ + length);
    position_ += length + 2;
    wanted_ = 0;
    bulk_length_ = -1;
    --remaining_;
  }
  finish_multibulk(request, room);
  return Step::kDone;
}

void RequestParser::finish_multibulk(std::string_view request, BatchRoom& room) {
  if (slices_.empty()) {
    return;
  }
  const std::size_t first = room.arguments.size();
  for (const Slice& slice : slices_) {
    room.arguments.push_back(request.substr(slice.offset, slice.length));
  }
  add_request(room, first, canonical_ ? request.substr(0, position_) : std::string_view());
}

RequestParser::Step RequestParser::parse_inline(std::string_view request,
                                                const RequestLimits& limits, BatchRoom& room) {
  const std::string_view bytes = request.substr(0, limits.max_inline_bytes + 1);
  const std::size_t end = bytes.find('\n', searched_);
  if (end == std::string_view::npos) {
    searched_ = bytes.size();
    return bytes.size() > limits.max_inline_bytes ? fail("too big inline request") : Step::kMore;
  }
  position_ = end + 1;
  const std::string_view line = bytes.substr(0, end);
  return split_line(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line, room);
}

// An unquoted line, the common one, is cut into views of it.
RequestParser::Step RequestParser::split_line(std::string_view line, BatchRoom& room) {
  const std::size_t first = room.arguments.size();
  if (line.find_first_of("\"'") == std::string_view::npos) {
    for (std::size_t at = 0;;) {
      const auto begin =
          std::find_if_not(line.begin() + static_cast<std::ptrdiff_t>(at), line.end(), is_space);
      if (begin == line.end()) {
        break;
      }
      const auto stop = std::find_if(begin, line.end(), ends_word);
      room.arguments.emplace_back(begin, stop);
      at = static_cast<std::size_t>(stop - line.begin());
    }
  } else {
    auto words = base::split_quoted(line);
    if (!words) {
      return fail("unbalanced quotes in request");
    }
    for (std::string& word : *words) {
      room.arguments.push_back(room.inline_words.emplace_back(std::move(word)));
    }
  }
  if (room.arguments.size() != first) {
    add_request(room, first, {});
  }
  return Step::kDone;
}

}  // namespace sorrel::resp
