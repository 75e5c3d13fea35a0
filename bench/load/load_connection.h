// SPDX-License-Identifier: BSD-3-Clause
//
// One client of the load generator: a socket that never blocks, the requests that wait for their
// replies, and just enough of RESP2 to tell the replies to GET and SET apart. Any number of
// requests may be under way; each carries the time at which it was due, from which its latency
// counts, whenever it was sent.
//
// Replies are checked, not only counted: SET must say OK, GET must give a value of the length that
// was stored, or null. Anything else is an error of the server, or ends the run. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace sorrel::load {

enum class Verb : std::uint8_t { kGet, kSet };
enum class Outcome : std::uint8_t { kDone, kMissing, kRefused };

struct Request {
  std::int64_t due_ns;
  Verb verb;
};

struct Reply {
  Request request;
  Outcome outcome;
  std::string_view text;  // of a refusal; valid until the next receive
};

constexpr std::size_t kValueBytes = 32;

class LoadConnection {
 public:
  // Takes a connected descriptor over and makes it non-blocking.
  explicit LoadConnection(int descriptor);
  LoadConnection(LoadConnection&& other) noexcept;
  LoadConnection& operator=(LoadConnection&&) = delete;
  LoadConnection(const LoadConnection&) = delete;
  LoadConnection& operator=(const LoadConnection&) = delete;
  ~LoadConnection();

  [[nodiscard]] int descriptor() const { return descriptor_; }
  [[nodiscard]] std::size_t under_way() const { return under_way_.size(); }
  [[nodiscard]] bool has_unsent() const { return !unsent_.empty(); }

  // Puts a request for key:NNNNNNNNNNNN behind the others; flush() sends it.
  void get(std::uint64_t key, std::int64_t due_ns);
  void set(std::uint64_t key, const char (&value)[kValueBytes], std::int64_t due_ns);

  // Sends what the socket takes. Throws std::runtime_error when the connection is broken.
  void flush();

  // Reads once and returns the whole replies that are there by now, in order.
  // Lifetime: until the next call. Throws std::runtime_error when the connection is closed or a
  // reply does not belong to its request.
  const std::vector<Reply>& receive();

 private:
  bool take_reply();

  int descriptor_;
  std::deque<Request> under_way_;
  std::string unsent_;
  std::string input_;
  std::size_t parsed_ = 0;
  std::vector<Reply> replies_;
};

}  // namespace sorrel::load
