// SPDX-License-Identifier: BSD-3-Clause
// A small blocking client for tests: raw bytes out, one typed reply in.
//
// It is written apart from the server's own reply writer and reader, so that a fault there cannot
// hide behind the same fault here. Reply is a plain tree that keeps RESP2 and RESP3 apart: a null
// bulk string, a null array and RESP3's null are three types, because tests must be able to tell
// them apart.
//
// Invariants: a ReplyParser never reads past the bytes it was fed, and whatever it did not consume
// belongs to the next reply. Threads: none; an object is used by one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sorrel::test {

struct Reply {
  enum class Type {
    simple,        // +text
    error,         // -text, and RESP3's !len
    integer,       // :n
    bulk,          // $len
    null_bulk,     // $-1
    null_array,    // *-1
    null,          // _
    array,         // *n
    map,           // %n; elements are key, value, key, value
    set,           // ~n
    push,          // >n
    double_value,  // ,text
    boolean,       // #t or #f; text is "t" or "f"
    big_number,    // (text
    verbatim,      // =len; text without the format, which stands in `format`
  };

  Type type = Type::null;
  std::string text;
  std::string format;  // of a verbatim string: three letters
  std::int64_t integer = 0;
  std::vector<Reply> elements;
};

// The reply in the notation of the .resp scripts, so that it can be pasted into one.
[[nodiscard]] std::string to_text(const Reply& reply);

// "text" with the escapes that the scripts use.
[[nodiscard]] std::string quoted(std::string_view text);

// The command as a RESP array of bulk strings.
[[nodiscard]] std::string encode_command(const std::vector<std::string>& words);

// What became of one attempt to read a reply.
struct ReadResult {
  enum class Status { reply, closed, timeout, malformed };
  Status status = Status::timeout;
  Reply reply;
};

// Cuts a stream of bytes into replies.
class ReplyParser {
 public:
  void feed(std::string_view bytes) { buffer_.append(bytes); }
  // Returns: reply or malformed, or timeout when the bytes do not make a whole reply yet.
  [[nodiscard]] ReadResult next();
  void clear() { buffer_.clear(); }

 private:
  std::string buffer_;
};

// One TCP connection to a server on this machine.
class TcpClient {
 public:
  TcpClient() = default;
  ~TcpClient() { close(); }
  TcpClient(const TcpClient&) = delete;
  TcpClient& operator=(const TcpClient&) = delete;

  [[nodiscard]] bool connect(const std::string& host, std::uint16_t port);
  void close();
  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }

  // Sends all bytes; takes in what arrives meanwhile, so that a long pipeline cannot block both
  // sides.
  [[nodiscard]] bool send(std::string_view bytes);
  // Waits for one reply at most `timeout_ms`.
  [[nodiscard]] ReadResult read(int timeout_ms);
  // Sends one command and reads its reply.
  [[nodiscard]] ReadResult call(const std::vector<std::string>& words, int timeout_ms);

 private:
  // Returns: false when the other side closed the connection.
  bool receive();

  int descriptor_ = -1;
  bool ended_ = false;
  ReplyParser parser_;
};

}  // namespace sorrel::test
