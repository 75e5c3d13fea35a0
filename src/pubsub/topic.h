// SPDX-License-Identifier: BSD-3-Clause
//
// A channel or a pattern, and who listens to it: one allocation with the name behind the header.
//
//   [8] the only listener, or the list of them   [4] how many   [4] place among the patterns
//   [4] length of the name                       [n] name
//
// Most channels of a large server have one listener, so one costs no list. A list is unordered: a
// place that becomes free is taken by the last one. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <sorrel/exec/session.h>

namespace sorrel::pubsub {

class Topic {
 public:
  // Cost: one allocation. It has no listener yet.
  static Topic* create(std::string_view name);
  static void destroy(Topic* topic);
  Topic(const Topic&) = delete;
  Topic& operator=(const Topic&) = delete;

  std::string_view name() const;
  std::span<exec::Session* const> listeners() const;
  bool deserted() const { return count_ == 0; }

  // Returns: the place of the session.
  std::uint32_t add(exec::Session* session);
  // Returns: the session that stands at the place now, null when none does.
  exec::Session* remove(std::uint32_t place);

  std::uint32_t pattern_place() const { return pattern_place_; }
  void set_pattern_place(std::uint32_t place) { pattern_place_ = place; }

 private:
  struct List;

  explicit Topic(std::string_view name);
  ~Topic();
  List* resized(List* list, std::uint32_t capacity) const;

  union {
    exec::Session* only;
    List* list;  // of two and more
  } listeners_;
  std::uint32_t count_ = 0;
  std::uint32_t pattern_place_ = 0;
  std::uint32_t length_;
};

}  // namespace sorrel::pubsub
