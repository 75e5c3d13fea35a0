// SPDX-License-Identifier: BSD-3-Clause
// The test client: parsing of replies by plain recursion over one buffer, and blocking socket calls
// with poll(2) for the timeouts.
//
// A reply is parsed anew from its first byte each time bytes arrive. That is quadratic for a huge
// reply that comes in small pieces, which tests do not have, and keeps the parser without any
// state.
#include "resp_client.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>

namespace sorrel::test {
namespace {

enum class Progress { done, partial, malformed };

constexpr int kMaxDepth = 128;

class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : bytes_(bytes) {}

  Progress reply(Reply& into, int depth = 0);
  [[nodiscard]] std::size_t position() const { return position_; }

 private:
  Progress line(std::string_view& into);
  Progress counted(std::string_view length_text, std::string& into);
  Progress elements(std::string_view count_text, std::int64_t per_entry, Reply& into, int depth);
  static Progress integer(std::string_view text, Reply& into);
  Progress verbatim(std::string_view length_text, Reply& into);

  std::string_view bytes_;
  std::size_t position_ = 0;
};

std::optional<std::int64_t> to_integer(std::string_view text) {
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return value;
}

Progress Cursor::line(std::string_view& into) {
  const auto end = bytes_.find("\r\n", position_);
  if (end == std::string_view::npos) return Progress::partial;
  into = bytes_.substr(position_, end - position_);
  position_ = end + 2;
  return Progress::done;
}

Progress Cursor::counted(std::string_view length_text, std::string& into) {
  const auto length = to_integer(length_text);
  if (!length || *length < 0) return Progress::malformed;
  const auto size = static_cast<std::size_t>(*length);
  if (bytes_.size() - position_ < size + 2) return Progress::partial;
  into.assign(bytes_.substr(position_, size));
  if (bytes_.substr(position_ + size, 2) != "\r\n") return Progress::malformed;
  position_ += size + 2;
  return Progress::done;
}

Progress Cursor::elements(std::string_view count_text, std::int64_t per_entry, Reply& into,
                          int depth) {
  const auto count = to_integer(count_text);
  if (!count || *count < 0 || depth >= kMaxDepth) return Progress::malformed;
  for (std::int64_t i = 0; i < *count * per_entry; ++i) {
    Reply element;
    const Progress progress = reply(element, depth + 1);
    if (progress != Progress::done) return progress;
    into.elements.push_back(std::move(element));
  }
  return Progress::done;
}

Progress Cursor::integer(std::string_view text, Reply& into) {
  const auto value = to_integer(text);
  if (!value) return Progress::malformed;
  into.type = Reply::Type::integer;
  into.integer = *value;
  return Progress::done;
}

// "txt:" before the text counts in the length.
Progress Cursor::verbatim(std::string_view length_text, Reply& into) {
  const Progress body = counted(length_text, into.text);
  if (body != Progress::done) return body;
  if (into.text.size() < 4 || into.text[3] != ':') return Progress::malformed;
  into.type = Reply::Type::verbatim;
  into.format = into.text.substr(0, 3);
  into.text.erase(0, 4);
  return Progress::done;
}

Progress Cursor::reply(Reply& into, int depth) {
  using Type = Reply::Type;
  std::string_view head;
  const Progress progress = line(head);
  if (progress != Progress::done) return progress;
  if (head.empty()) return Progress::malformed;
  const std::string_view rest = head.substr(1);
  const auto nothing = [&](Type type, bool good = true) {
    into.type = type;
    return good ? Progress::done : Progress::malformed;
  };
  const auto text = [&](Type type, bool good = true) {
    into.text.assign(rest);
    return nothing(type, good);
  };
  const auto bytes = [&](Type type) {
    into.type = type;
    return counted(rest, into.text);
  };
  const auto nested = [&](Type type, std::int64_t per_entry) {
    into.type = type;
    return elements(rest, per_entry, into, depth);
  };
  switch (head.front()) {
    case '+':
      return text(Type::simple);
    case '-':
      return text(Type::error);
    case ',':
      return text(Type::double_value);
    case '(':
      return text(Type::big_number);
    case '#':
      return text(Type::boolean, rest == "t" || rest == "f");
    case '_':
      return nothing(Type::null, rest.empty());
    case '!':
      return bytes(Type::error);
    case '$':
      return rest == "-1" ? nothing(Type::null_bulk) : bytes(Type::bulk);
    case '*':
      return rest == "-1" ? nothing(Type::null_array) : nested(Type::array, 1);
    case '%':
      return nested(Type::map, 2);
    case '~':
      return nested(Type::set, 1);
    case '>':
      return nested(Type::push, 1);
    case ':':
      return integer(rest, into);
    case '=':
      return verbatim(rest, into);
    default:
      return Progress::malformed;
  }
}

// A simple string or an error; bare where the rest of a line says it without loss.
std::string line_text(char sign, const std::string& text, bool nested) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) { return c >= ' '; }) &&
                     (text.empty() || (text.front() != '"' && text.front() != '~' &&
                                       text.front() != ' ' && text.back() != ' '));
  return sign + (nested || !plain ? quoted(text) : text);
}

std::string elements_text(const Reply& reply, std::string_view open, std::string_view close) {
  std::string out(open);
  for (std::size_t i = 0; i < reply.elements.size(); ++i) {
    if (i > 0) out += ' ';
    const Reply& element = reply.elements[i];
    if (element.type == Reply::Type::simple || element.type == Reply::Type::error) {
      out += line_text(element.type == Reply::Type::simple ? '+' : '-', element.text, true);
    } else {
      out += to_text(element);
    }
  }
  out += close;
  return out;
}

}  // namespace

std::string quoted(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte >= 0x7f) {
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string to_text(const Reply& reply) {
  using Type = Reply::Type;
  switch (reply.type) {
    case Type::simple:
      return line_text('+', reply.text, false);
    case Type::error:
      return line_text('-', reply.text, false);
    case Type::integer:
      return ":" + std::to_string(reply.integer);
    case Type::bulk:
      return quoted(reply.text);
    case Type::null_bulk:
    case Type::null:
      return "nil";
    case Type::null_array:
      return "nil-array";
    case Type::array:
      return elements_text(reply, "[", "]");
    case Type::map:
      return elements_text(reply, "{", "}");
    case Type::set:
      return elements_text(reply, "set[", "]");
    case Type::push:
      return elements_text(reply, "push[", "]");
    case Type::double_value:
      return "," + reply.text;
    case Type::boolean:
      return reply.text == "t" ? "true" : "false";
    case Type::big_number:
      return "(" + reply.text;
    case Type::verbatim:
      return "=" + reply.format + ":" + quoted(reply.text);
  }
  return {};
}

std::string encode_command(const std::vector<std::string>& words) {
  std::string out = "*" + std::to_string(words.size()) + "\r\n";
  for (const std::string& word : words) {
    out += "$" + std::to_string(word.size()) + "\r\n";
    out += word;
    out += "\r\n";
  }
  return out;
}

ReadResult ReplyParser::next() {
  ReadResult result;
  Cursor cursor(buffer_);
  switch (cursor.reply(result.reply)) {
    case Progress::partial:
      result.status = ReadResult::Status::timeout;
      break;
    case Progress::malformed:
      result.status = ReadResult::Status::malformed;
      break;
    case Progress::done:
      result.status = ReadResult::Status::reply;
      buffer_.erase(0, cursor.position());
      break;
  }
  return result;
}

bool TcpClient::connect(const std::string& host, std::uint16_t port) {
  close();
  const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (made < 0) return false;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  const bool connected =
      ::inet_pton(AF_INET, host.c_str(), &address.sin_addr) == 1 &&
      ::connect(made, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  if (!connected) {
    ::close(made);
    return false;
  }
  const int on = 1;
  ::setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::fcntl(made, F_SETFL, O_NONBLOCK);
  descriptor_ = made;
  ended_ = false;
  parser_.clear();
  return true;
}

void TcpClient::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

bool TcpClient::receive() {
  std::array<char, 65536> chunk;
  const ssize_t got = ::recv(descriptor_, chunk.data(), chunk.size(), 0);
  if (got > 0) {
    parser_.feed({chunk.data(), static_cast<std::size_t>(got)});
    return true;
  }
  const bool again = got < 0 && (errno == EAGAIN || errno == EINTR);
  if (!again) ended_ = true;
  return again;
}

bool TcpClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    if (descriptor_ < 0) return false;
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    if (errno != EAGAIN && errno != EINTR) return false;
    pollfd waiting{descriptor_, POLLIN | POLLOUT, 0};
    if (::poll(&waiting, 1, -1) > 0 && (waiting.revents & POLLIN) != 0 && !receive()) return false;
  }
  return true;
}

ReadResult TcpClient::read(int timeout_ms) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + std::chrono::milliseconds(timeout_ms);
  for (;;) {
    ReadResult result = parser_.next();
    if (result.status != ReadResult::Status::timeout) return result;
    if (ended_ || descriptor_ < 0) {
      result.status = ReadResult::Status::closed;
      return result;
    }
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd waiting{descriptor_, POLLIN, 0};
    const int ready = ::poll(&waiting, 1, left > 0 ? static_cast<int>(left) : 0);
    if (ready == 0) return result;
    if (ready > 0) receive();
  }
}

ReadResult TcpClient::call(const std::vector<std::string>& words, int timeout_ms) {
  if (!send(encode_command(words))) {
    ReadResult failed;
    failed.status = ReadResult::Status::closed;
    return failed;
  }
  return read(timeout_ms);
}

}  // namespace sorrel::test
