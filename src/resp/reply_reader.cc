// SPDX-License-Identifier: BSD-3-Clause
//
// A recursive descent over one reply: a cursor, one function for lines, one for counted bytes, one
// for counted elements. What the other side claims is never trusted: nothing is reserved by a
// count, a length beyond the bytes at hand means "more", and depth is bounded, so that neither
// memory nor the stack can be blown up by a few bytes. The first failure is latched. Format: RESP2
// and RESP3 without streamed strings and aggregates, which no server sends. One thread.
#include <optional>
#include <utility>

#include <sorrel/base/numbers.h>
#include <sorrel/resp/reply_reader.h>

namespace sorrel::resp {
namespace {

constexpr int kMaxDepth = 128;
constexpr std::size_t kMaxNumberText = 32;
constexpr std::int64_t kMaxCount = 1LL << 40;

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  // Returns: whether `reply` was read; if not, status() says why.
  bool read(Reply& reply, int depth);

  ReadStatus status() const { return status_; }
  std::size_t position() const { return position_; }

 private:
  bool stop(ReadStatus status) {
    status_ = status;
    return false;
  }
  bool malformed() { return stop(ReadStatus::kMalformed); }

  bool read_line(std::string_view& line);
  bool read_count(std::int64_t& count, bool may_be_null);
  bool read_line_reply(Reply& reply, Reply::Kind kind);
  bool read_integer(Reply& reply);
  bool read_boolean(Reply& reply);
  bool read_null(Reply& reply);
  bool read_double(Reply& reply);
  bool read_bulk(Reply& reply, Reply::Kind kind);
  bool read_elements(Reply& reply, Reply::Kind kind, int depth);

  std::string_view bytes_;
  std::size_t position_ = 0;
  ReadStatus status_ = ReadStatus::kComplete;
};

bool Reader::read_line(std::string_view& line) {
  const std::size_t end = bytes_.find('\r', position_);
  if (end == std::string_view::npos || end + 1 == bytes_.size()) {
    return stop(ReadStatus::kNeedMore);
  }
  if (bytes_[end + 1] != '\n') {
    return malformed();
  }
  line = bytes_.substr(position_, end - position_);
  position_ = end + 2;
  return true;
}

bool Reader::read_count(std::int64_t& count, bool may_be_null) {
  const std::size_t begin = position_;
  std::string_view line;
  if (!read_line(line)) {
    // A header without an end must not keep the caller waiting for ever.
    return bytes_.size() - begin > kMaxNumberText ? malformed() : false;
  }
  const auto number = base::parse_integer(line);
  if (!number || *number > kMaxCount || *number < (may_be_null ? -1 : 0)) {
    return malformed();
  }
  count = *number;
  return true;
}

bool Reader::read_line_reply(Reply& reply, Reply::Kind kind) {
  std::string_view line;
  if (!read_line(line)) {
    return false;
  }
  reply.kind = kind;
  reply.text = line;
  return true;
}

bool Reader::read_integer(Reply& reply) {
  std::string_view line;
  if (!read_line(line)) {
    return false;
  }
  if (line.size() > 1 && line[0] == '+') {
    line.remove_prefix(1);
  }
  const auto number = base::parse_integer(line);
  if (!number) {
    return malformed();
  }
  reply.kind = Reply::Kind::kInteger;
  reply.integer = *number;
  return true;
}

bool Reader::read_boolean(Reply& reply) {
  std::string_view line;
  if (!read_line(line)) {
    return false;
  }
  if (line != "t" && line != "f") {
    return malformed();
  }
  reply.kind = Reply::Kind::kBoolean;
  reply.integer = line == "t" ? 1 : 0;
  return true;
}

bool Reader::read_null(Reply& reply) {
  std::string_view line;
  if (!read_line(line)) {
    return false;
  }
  reply.kind = Reply::Kind::kNull;
  return line.empty() || malformed();
}

bool Reader::read_double(Reply& reply) {
  if (!read_line_reply(reply, Reply::Kind::kDouble)) {
    return false;
  }
  const bool nan = reply.text == "nan" || reply.text == "-nan";
  return nan || base::parse_double(reply.text) || malformed();
}

bool Reader::read_bulk(Reply& reply, Reply::Kind kind) {
  std::int64_t length = 0;
  if (!read_count(length, kind == Reply::Kind::kBulk)) {
    return false;
  }
  if (length < 0) {
    reply.kind = Reply::Kind::kNullBulk;
    return true;
  }
  const auto size = static_cast<std::size_t>(length);
  const std::size_t left = bytes_.size() - position_;
  if (left < size + 2) {
    return stop(ReadStatus::kNeedMore);
  }
  if (bytes_.substr(position_ + size, 2) != "\r\n") {
    return malformed();
  }
  reply.kind = kind;
  reply.text = bytes_.substr(position_, size);
  position_ += size + 2;
  const bool verbatim = kind == Reply::Kind::kVerbatim;
  return !verbatim || (size >= 4 && reply.text[3] == ':') || malformed();
}

bool Reader::read_elements(Reply& reply, Reply::Kind kind, int depth) {
  std::int64_t count = 0;
  if (!read_count(count, kind == Reply::Kind::kArray)) {
    return false;
  }
  if (count < 0) {
    reply.kind = Reply::Kind::kNullArray;
    return true;
  }
  reply.kind = kind;
  if (kind == Reply::Kind::kMap || kind == Reply::Kind::kAttribute) {
    count *= 2;
  }
  for (; count > 0; --count) {
    if (!read(reply.elements.emplace_back(), depth + 1)) {
      return false;
    }
  }
  return true;
}

bool Reader::read(Reply& reply, int depth) {
  if (depth > kMaxDepth) {
    return malformed();
  }
  if (position_ == bytes_.size()) {
    return stop(ReadStatus::kNeedMore);
  }
  switch (bytes_[position_++]) {
    case '+':
      return read_line_reply(reply, Reply::Kind::kSimple);
    case '-':
      return read_line_reply(reply, Reply::Kind::kError);
    case '(':
      return read_line_reply(reply, Reply::Kind::kBigNumber);
    case ':':
      return read_integer(reply);
    case '#':
      return read_boolean(reply);
    case '_':
      return read_null(reply);
    case ',':
      return read_double(reply);
    case '$':
      return read_bulk(reply, Reply::Kind::kBulk);
    case '!':
      return read_bulk(reply, Reply::Kind::kBulkError);
    case '=':
      return read_bulk(reply, Reply::Kind::kVerbatim);
    case '*':
      return read_elements(reply, Reply::Kind::kArray, depth);
    case '%':
      return read_elements(reply, Reply::Kind::kMap, depth);
    case '~':
      return read_elements(reply, Reply::Kind::kSet, depth);
    case '>':
      return read_elements(reply, Reply::Kind::kPush, depth);
    case '|':
      return read_elements(reply, Reply::Kind::kAttribute, depth);
    default:
      return malformed();
  }
}

}  // namespace

ReadResult read_reply(std::string_view bytes) {
  Reader reader(bytes);
  ReadResult result;
  if (reader.read(result.reply, 1)) {
    result.consumed = reader.position();
  } else {
    result.reply = Reply{};
  }
  result.status = reader.status();
  return result;
}

}  // namespace sorrel::resp
