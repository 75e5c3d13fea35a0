// SPDX-License-Identifier: BSD-3-Clause
//
// Writing the RDB format: the counterpart of Input. The bytes stay here until somebody takes them
// (take()), or go to a sink piece by piece, so that the image of a large keyspace never exists as a
// whole. A sink gets finished bytes, or pieces in which compression and the checksum are left to
// another thread (rdb_piece.h). One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sorrel/persist/rdb_piece.h>

#include "format.h"
#include "string_form.h"

namespace sorrel::persist::rdb {

class Output {
 public:
  using Sink = std::function<void(std::string_view)>;
  using PieceSink = std::function<void(RdbPiece)>;

  struct Options {
    // The oldest version that the reader may be assumed to know. A value that needs a newer one is
    // written in that.
    unsigned version = kVersionSetListpack;
    bool compress = true;  // long strings, where that saves something
  };

  explicit Output(const Options& options, Sink sink = {})
      : options_(options), sink_(std::move(sink)) {}
  Output(const Options& options, PieceSink sink);
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  const Options& options() const { return options_; }
  // Whether the forms of strings are left to whoever finishes the pieces.
  bool defers() const { return piece_sink_ != nullptr; }

  void byte(std::uint8_t value) { bytes_.push_back(static_cast<char>(value)); }
  void type(ValueType type) { byte(static_cast<std::uint8_t>(type)); }
  void opcode(Opcode opcode) { byte(static_cast<std::uint8_t>(opcode)); }
  void raw(std::string_view bytes);
  void little16(std::uint16_t value) { number(value); }
  void little64(std::uint64_t value) { number(value); }
  void milliseconds(std::int64_t value) { number(value); }
  void score(double value) { number(value); }
  void length(std::uint64_t value) { append_length(bytes_, value); }
  // The shortest form: an integer's, a compressed one, or as it is.
  void string(std::string_view text);
  // A string of that size, whose bytes follow through raw(). Requires: defers(), and that the
  // string is too long for an integer.
  void begin_string(std::size_t size);

  // What was written and not handed on. Without a sink: all of it.
  std::string_view pending() const { return bytes_; }
  // Hands on what is pending. Requires: a sink.
  void flush();
  // Hands on the last piece, behind which the checksum is to stand. Requires: defers().
  void flush_sealed();
  std::string take() { return std::move(bytes_); }
  // CRC64 of all that was written. Requires: !defers().
  std::uint64_t checksum() const;

 private:
  template <class Number>
  void number(Number value) {
    // The format is little-endian, as are the machines that this is built for.
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  bool integer(std::string_view text);
  void settle();

  Options options_;
  Sink sink_;
  PieceSink piece_sink_;
  std::string bytes_;
  std::vector<RdbPiece::Mark> marks_;
  std::string scratch_;
  std::uint64_t handed_on_checksum_ = 0;
};

}  // namespace sorrel::persist::rdb
