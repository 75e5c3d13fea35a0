// SPDX-License-Identifier: BSD-3-Clause
//
// RESP requests on their way to a sink, piece by piece. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include <sorrel/base/numbers.h>

namespace sorrel::persist::commands {

class Requests {
 public:
  using Sink = std::function<void(std::string)>;

  explicit Requests(Sink sink) : sink_(std::move(sink)) { bytes_.reserve(kPiece + kSlack); }
  Requests(const Requests&) = delete;
  Requests& operator=(const Requests&) = delete;

  // A request of so many words, which follow.
  void begin(std::size_t words) { header('*', words); }
  void word(std::string_view text) {
    header('$', text.size());
    raw(text);
    raw("\r\n");
  }
  void word(std::int64_t number) {
    char text[base::kMaxIntegerText];
    word(std::string_view(text, base::format_integer(number, text)));
  }
  // A word of that size, whose bytes and line end follow through raw().
  void begin_word(std::size_t size) { header('$', size); }
  void raw(std::string_view bytes) {
    bytes_.append(bytes);
    if (bytes_.size() >= kPiece) {
      flush();
    }
  }
  void request(std::initializer_list<std::string_view> words) {
    begin(words.size());
    for (const std::string_view text : words) {
      word(text);
    }
  }

  void flush() {
    if (!bytes_.empty()) {
      sink_(std::exchange(bytes_, {}));
      bytes_.reserve(kPiece + kSlack);
    }
  }

 private:
  static constexpr std::size_t kPiece = std::size_t{128} * 1024;
  // What is written between two looks at the size of a piece, most of the time.
  static constexpr std::size_t kSlack = std::size_t{8} * 1024;

  void header(char kind, std::size_t number) {
    std::array<char, base::kMaxIntegerText + 3> line;
    line[0] = kind;
    std::size_t size = 1 + base::format_integer(static_cast<std::int64_t>(number), &line[1]);
    line[size++] = '\r';
    line[size++] = '\n';
    bytes_.append(line.data(), size);
  }

  Sink sink_;
  std::string bytes_;
};

}  // namespace sorrel::persist::commands
