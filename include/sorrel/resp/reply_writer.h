// SPDX-License-Identifier: BSD-3-Clause
//
// The only thing that spells RESP replies, in version 2 or 3. Final and without virtual functions.
// Null, empty and error are different methods, so that they cannot be mistaken for each other.
// Where the versions differ, the method's comment says both forms.
//
// Format: RESP2 and RESP3 (redis.io/docs/reference/protocol-spec). One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <sorrel/base/output_buffer.h>
#include <sorrel/base/result.h>

namespace sorrel::resp {

enum class Protocol : std::uint8_t { kResp2 = 2, kResp3 = 3 };

class ReplyWriter final {
 public:
  using Mark = base::OutputBuffer::Mark;

  ReplyWriter(base::OutputBuffer& out, Protocol protocol) : out_(&out), protocol_(protocol) {}

  Protocol protocol() const { return protocol_; }
  bool resp3() const { return protocol_ == Protocol::kResp3; }
  void set_protocol(Protocol protocol) { protocol_ = protocol; }

  void ok() { raw("+OK\r\n"); }
  void simple(std::string_view text);                              // +text
  void error(const base::Error& error);                            // -CODE text
  void error(std::string_view code, std::string_view text);        // CR and LF become blanks
  void integer(std::int64_t value);                                // :n
  void bulk(std::string_view bytes);                               // $n
  void bulk_integer(std::int64_t value);                           // the number as a bulk string
  void null();                                                     // $-1 | _
  void null_array();                                               // *-1 | _
  void boolean(bool value);                                        // :1 :0 | #t #f
  void real(double value);                                         // bulk string | ,n
  void long_real_bulk(long double value);                          // bulk string in both
  void big_number(std::string_view digits);                        // bulk string | (n
  void verbatim(std::string_view format, std::string_view bytes);  // bulk | =n fmt:  (3 letters)

  void array(std::size_t elements);   // *n
  void map(std::size_t pairs);        // *2n | %n
  void set(std::size_t elements);     // *n | ~n
  void push(std::size_t elements);    // *n | >n
  void attribute(std::size_t pairs);  // nothing may be written in RESP2. | |n

  // A header whose count is known only after its elements: defer, write the elements, settle.
  enum class Aggregate : std::uint8_t { kArray, kMap, kSet };
  Mark defer() { return out_->splice_point(); }
  void settle(Mark at, Aggregate kind, std::size_t count);  // count of elements, or of pairs

  // Bytes that are RESP already.
  void raw(std::string_view bytes) { out_->append(bytes); }

  Mark mark() const { return out_->mark(); }
  void rewind(Mark mark) { out_->rewind(mark); }
  base::OutputBuffer& buffer() { return *out_; }

 private:
  void header(char type, std::uint64_t count);

  base::OutputBuffer* out_;
  Protocol protocol_;
};

}  // namespace sorrel::resp
