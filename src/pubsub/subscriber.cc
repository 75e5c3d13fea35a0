// SPDX-License-Identifier: BSD-3-Clause
//
// Linear probing. A slot that becomes free is filled by the next one behind it that may stand
// there, so that no search goes past a grave.
#include "subscriber.h"

#include <algorithm>
#include <utility>

namespace sorrel::pubsub {
namespace {

constexpr std::uint32_t kLeastCapacity = 4;

// The address, spread over 32 bits (Fibonacci hashing).
std::uint32_t spread(const Topic* topic) {
  return static_cast<std::uint32_t>(
      (reinterpret_cast<std::uintptr_t>(topic) * 0x9e3779b97f4a7c15) >> 32);
}

// How many of so many slots may be taken: one stays free, for every search to end at.
std::uint32_t fullest(std::uint32_t capacity) {
  return capacity == 0 ? 0 : capacity - std::max<std::uint32_t>(capacity / 5, 1);
}

}  // namespace

// Another order for each capacity: who takes the topics out in the order of their slots leaves
// those at the end, and these would stand close together again in a table of half the size.
std::uint32_t PlaceTable::home(const Topic* topic) const {
  const std::uint32_t mixed = spread(topic) * (2 * capacity_ + 1);
  return static_cast<std::uint32_t>(std::uint64_t{mixed} * capacity_ >> 32);
}

std::uint32_t PlaceTable::slot_of(const Topic* topic) const {
  std::uint32_t slot = home(topic);
  while (topics()[slot] != nullptr && topics()[slot] != topic) {
    slot = next(slot);
  }
  return slot;
}

std::optional<std::uint32_t> PlaceTable::find(const Topic* topic) const {
  if (size_ == 0) {
    return std::nullopt;
  }
  const std::uint32_t slot = slot_of(topic);
  return topics()[slot] == nullptr ? std::nullopt : std::optional(places()[slot]);
}

void PlaceTable::insert(Topic* topic, std::uint32_t place) {
  if (size_ + 1 > fullest(capacity_)) {
    resize(capacity_ == 0 ? kLeastCapacity : capacity_ + capacity_ / 3 + 1);
  }
  const std::uint32_t slot = slot_of(topic);
  topics()[slot] = topic;
  places()[slot] = place;
  ++size_;
}

void PlaceTable::set(const Topic* topic, std::uint32_t place) { places()[slot_of(topic)] = place; }

void PlaceTable::erase(const Topic* topic) {
  std::uint32_t hole = slot_of(topic);
  for (std::uint32_t slot = next(hole); topics()[slot] != nullptr; slot = next(slot)) {
    // How far each is from its home, going round: what came past the hole may go back to it.
    const std::uint32_t from_home = (slot + capacity_ - home(topics()[slot])) % capacity_;
    const std::uint32_t from_hole = (slot + capacity_ - hole) % capacity_;
    if (from_home >= from_hole) {
      topics()[hole] = topics()[slot];
      places()[hole] = places()[slot];
      hole = slot;
    }
  }
  topics()[hole] = nullptr;
  --size_;
  if (size_ == 0) {
    slots_.reset();
    capacity_ = 0;
  } else if (capacity_ > kLeastCapacity && size_ < capacity_ / 4) {
    resize(capacity_ / 2);
  }
}

void PlaceTable::resize(std::uint32_t capacity) {
  PlaceTable resized;
  resized.slots_ =
      std::make_unique<std::byte[]>(capacity * (sizeof(Topic*) + sizeof(std::uint32_t)));
  resized.capacity_ = capacity;
  for_each([&](Topic* topic, std::uint32_t place) {
    const std::uint32_t slot = resized.slot_of(topic);
    resized.topics()[slot] = topic;
    resized.places()[slot] = place;
  });
  resized.size_ = size_;
  *this = std::move(resized);
}

}  // namespace sorrel::pubsub
