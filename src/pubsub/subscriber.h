// SPDX-License-Identifier: BSD-3-Clause
//
// What a session listens to: for each kind a table of (topic, the session's place in it). Open
// addressing by the topic's address, in one allocation of 12 bytes a slot; three fifths to four
// fifths of it are used once it has grown. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include <sorrel/exec/session.h>

namespace sorrel::pubsub {

class Topic;

class PlaceTable {
 public:
  std::size_t size() const { return size_; }
  std::optional<std::uint32_t> find(const Topic* topic) const;
  // Requires: the topic is not there.
  void insert(Topic* topic, std::uint32_t place);
  // Requires: the topic is there.
  void set(const Topic* topic, std::uint32_t place);
  void erase(const Topic* topic);

  // Calls visit(Topic*, place) for each; visit must not change this table.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (std::uint32_t slot = 0; slot < capacity_; ++slot) {
      if (topics()[slot] != nullptr) {
        visit(topics()[slot], places()[slot]);
      }
    }
  }

 private:
  // All topics, then all places.
  Topic** topics() const { return reinterpret_cast<Topic**>(slots_.get()); }
  std::uint32_t* places() const {
    return reinterpret_cast<std::uint32_t*>(slots_.get() + capacity_ * sizeof(Topic*));
  }
  std::uint32_t home(const Topic* topic) const;
  std::uint32_t next(std::uint32_t slot) const { return slot + 1 == capacity_ ? 0 : slot + 1; }
  // Where the topic is, or would be.
  std::uint32_t slot_of(const Topic* topic) const;
  void resize(std::uint32_t capacity);

  std::unique_ptr<std::byte[]> slots_;
  std::uint32_t capacity_ = 0;
  std::uint32_t size_ = 0;
};

struct Subscriber final : exec::Attachment {
  PlaceTable places[3];  // by TopicKind
};

}  // namespace sorrel::pubsub
