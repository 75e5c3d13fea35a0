// SPDX-License-Identifier: BSD-3-Clause
//
// Spells replies straight into the output buffer: a reply of ordinary size is one reserve(), a few
// stores and one commit(), with no text made elsewhere and copied in. Headers with a count below
// 256 (all the common ones) come ready-made from a table of eight bytes an entry. A value too large
// to be reserved at once goes through append(), which gives it a chunk of its own. One thread.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include <sorrel/base/numbers.h>
#include <sorrel/resp/reply_writer.h>

namespace sorrel::resp {
namespace {

constexpr std::size_t kSmallCounts = 256;
constexpr std::size_t kMaxHeader = 1 + base::kMaxIntegerText + 2;
// Up to here a bulk string is reserved together with its header.
constexpr std::size_t kInlineBulk = 4 * 1024;

// "?123\r\n", the length of it in the last byte; the type goes where the question mark stands.
using SmallHeader = std::array<char, 8>;

constexpr std::array<SmallHeader, kSmallCounts> make_small_headers() {
  std::array<SmallHeader, kSmallCounts> headers{};
  for (std::size_t count = 0; count < kSmallCounts; ++count) {
    SmallHeader& header = headers[count];
    std::size_t at = 0;
    header[at++] = '?';
    for (std::size_t unit = 100; unit != 0; unit /= 10) {
      if (count >= unit || unit == 1) {
        header[at++] = static_cast<char>('0' + count / unit % 10);
      }
    }
    header[at++] = '\r';
    header[at++] = '\n';
    header[7] = static_cast<char>(at);
  }
  return headers;
}
constexpr std::array<SmallHeader, kSmallCounts> kSmallHeaders = make_small_headers();

char* write_crlf(char* at) {
  std::memcpy(at, "\r\n", 2);
  return at + 2;
}

char* write_bytes(char* at, std::string_view bytes) {
  if (!bytes.empty()) {
    std::memcpy(at, bytes.data(), bytes.size());
  }
  return at + bytes.size();
}

// Requires: room for kMaxHeader bytes.
char* write_header(char* at, char type, std::uint64_t count) {
  if (count < kSmallCounts) [[likely]] {
    const SmallHeader& header = kSmallHeaders[count];
    std::memcpy(at, header.data(), header.size());
    *at = type;
    return at + header[7];
  }
  *at++ = type;
  return write_crlf(at + base::format_unsigned(count, at));
}

// A line that must not contain a line break, whatever the text holds.
char* write_line_text(char* at, std::string_view text) {
  return std::transform(text.begin(), text.end(), at,
                        [](char c) { return c == '\r' || c == '\n' ? ' ' : c; });
}

void write_line(base::OutputBuffer& out, std::string_view head, std::string_view text) {
  // A line that long is no reply of ours; cut, it is still one line.
  text = text.substr(0, base::OutputBuffer::kChunkBytes / 2);
  head = head.substr(0, base::OutputBuffer::kChunkBytes / 4);
  char* const begin = out.reserve(head.size() + text.size() + 4);
  char* at = write_line_text(begin, head);
  if (!head.empty() && head.size() > 1 && !text.empty()) {
    *at++ = ' ';
  }
  at = write_crlf(write_line_text(at, text));
  out.commit(static_cast<std::size_t>(at - begin));
}

// A bulk string that is reserved together with its header. Requires: at most kInlineBulk bytes.
void write_small_bulk(base::OutputBuffer& out, std::string_view bytes) {
  char* const begin = out.reserve(kMaxHeader + bytes.size() + 2);
  char* const end = write_crlf(write_bytes(write_header(begin, '$', bytes.size()), bytes));
  out.commit(static_cast<std::size_t>(end - begin));
}

}  // namespace

void ReplyWriter::header(char type, std::uint64_t count) {
  char* const begin = out_->reserve(kMaxHeader);
  out_->commit(static_cast<std::size_t>(write_header(begin, type, count) - begin));
}

void ReplyWriter::simple(std::string_view text) { write_line(*out_, "+", text); }

void ReplyWriter::error(const base::Error& error) { this->error(error.code, error.text); }

void ReplyWriter::error(std::string_view code, std::string_view text) {
  raw("-");
  write_line(*out_, code, text);
}

void ReplyWriter::integer(std::int64_t value) {
  if (value >= 0) {
    header(':', static_cast<std::uint64_t>(value));
    return;
  }
  char* const begin = out_->reserve(kMaxHeader);
  *begin = ':';
  char* const end = write_crlf(begin + 1 + base::format_integer(value, begin + 1));
  out_->commit(static_cast<std::size_t>(end - begin));
}

void ReplyWriter::bulk(std::string_view bytes) {
  if (bytes.size() <= kInlineBulk) [[likely]] {
    write_small_bulk(*out_, bytes);
    return;
  }
  header('$', bytes.size());
  out_->append(bytes);
  out_->append("\r\n");
}

void ReplyWriter::bulk_integer(std::int64_t value) {
  char text[base::kMaxIntegerText];
  write_small_bulk(*out_, {text, base::format_integer(value, text)});
}

void ReplyWriter::null() { raw(resp3() ? "_\r\n" : "$-1\r\n"); }

void ReplyWriter::null_array() { raw(resp3() ? "_\r\n" : "*-1\r\n"); }

void ReplyWriter::boolean(bool value) {
  if (resp3()) {
    raw(value ? "#t\r\n" : "#f\r\n");
  } else {
    raw(value ? ":1\r\n" : ":0\r\n");
  }
}

void ReplyWriter::real(double value) {
  if (!resp3()) {
    char text[base::kMaxDoubleText];
    write_small_bulk(*out_, {text, base::format_double(value, text)});
    return;
  }
  char* const begin = out_->reserve(1 + base::kMaxDoubleText + 2);
  *begin = ',';
  char* const end = write_crlf(begin + 1 + base::format_double(value, begin + 1));
  out_->commit(static_cast<std::size_t>(end - begin));
}

void ReplyWriter::long_real_bulk(long double value) {
  char text[base::kMaxLongDoubleText];
  bulk({text, base::format_long_double(value, text)});
}

void ReplyWriter::big_number(std::string_view digits) {
  if (!resp3()) {
    bulk(digits);
    return;
  }
  raw("(");
  write_line(*out_, "", digits);
}

void ReplyWriter::verbatim(std::string_view format, std::string_view bytes) {
  if (!resp3()) {
    bulk(bytes);
    return;
  }
  header('=', bytes.size() + 4);
  char* const begin = out_->reserve(4);
  std::memset(begin, ' ', 3);
  write_bytes(begin, format.substr(0, 3));
  begin[3] = ':';
  out_->commit(4);
  out_->append(bytes);
  out_->append("\r\n");
}

void ReplyWriter::array(std::size_t elements) { header('*', elements); }

void ReplyWriter::map(std::size_t pairs) {
  header(resp3() ? '%' : '*', resp3() ? pairs : pairs * 2);
}

void ReplyWriter::set(std::size_t elements) { header(resp3() ? '~' : '*', elements); }

void ReplyWriter::push(std::size_t elements) { header(resp3() ? '>' : '*', elements); }

void ReplyWriter::attribute(std::size_t pairs) {
  if (resp3()) {
    header('|', pairs);
  }
}

void ReplyWriter::settle(Mark at, Aggregate kind, std::size_t count) {
  char type = '*';
  if (kind == Aggregate::kMap) {
    type = resp3() ? '%' : '*';
    count = resp3() ? count : count * 2;
  } else if (kind == Aggregate::kSet) {
    type = resp3() ? '~' : '*';
  }
  char text[kMaxHeader];
  out_->splice(at, {text, static_cast<std::size_t>(write_header(text, type, count) - text)});
}

}  // namespace sorrel::resp
