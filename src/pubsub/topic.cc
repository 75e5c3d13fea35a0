// SPDX-License-Identifier: BSD-3-Clause
//
// The listeners of a topic. A list has its capacity in front, grows by half and is halved when two
// thirds of it are unused, so that adding and removing in turn moves nothing.
#include "topic.h"

#include <algorithm>
#include <cstring>
#include <new>

#include <sorrel/base/item_heap.h>

namespace sorrel::pubsub {
namespace {

constexpr std::uint32_t kLeastCapacity = 3;
constexpr std::size_t kNameOffset = 20;  // the header is padded behind it

}  // namespace

struct Topic::List {
  std::uint64_t capacity;
  exec::Session** sessions() { return reinterpret_cast<exec::Session**>(this + 1); }
};

Topic* Topic::create(std::string_view name) {
  const std::size_t bytes = std::max(kNameOffset + name.size(), sizeof(Topic));
  return new (base::item_heap().allocate(bytes)) Topic(name);
}

Topic::Topic(std::string_view name)
    : listeners_{nullptr}, length_(static_cast<std::uint32_t>(name.size())) {
  static_assert(sizeof(Topic) == 24);
  std::memcpy(reinterpret_cast<char*>(this) + kNameOffset, name.data(), name.size());
}

void Topic::destroy(Topic* topic) {
  topic->~Topic();
  base::item_heap().free(topic);
}

Topic::~Topic() {
  if (count_ > 1) {
    ::operator delete(listeners_.list);
  }
}

std::string_view Topic::name() const {
  return {reinterpret_cast<const char*>(this) + kNameOffset, length_};
}

std::span<exec::Session* const> Topic::listeners() const {
  return count_ > 1 ? std::span<exec::Session* const>(listeners_.list->sessions(), count_)
                    : std::span<exec::Session* const>(&listeners_.only, count_);
}

Topic::List* Topic::resized(List* list, std::uint32_t capacity) const {
  void* const memory = ::operator new(sizeof(List) + capacity * sizeof(exec::Session*));
  List* const made = new (memory) List{capacity};
  if (list != nullptr) {
    std::memcpy(made->sessions(), list->sessions(), count_ * sizeof(exec::Session*));
    ::operator delete(list);
  }
  return made;
}

std::uint32_t Topic::add(exec::Session* session) {
  if (count_ == 0) {
    listeners_.only = session;
    return count_++;
  }
  if (count_ == 1) {
    exec::Session* const first = listeners_.only;
    listeners_.list = resized(nullptr, kLeastCapacity);
    listeners_.list->sessions()[0] = first;
  } else if (count_ == listeners_.list->capacity) {
    listeners_.list = resized(listeners_.list, count_ + count_ / 2 + 1);
  }
  listeners_.list->sessions()[count_] = session;
  return count_++;
}

exec::Session* Topic::remove(std::uint32_t place) {
  --count_;
  if (count_ == 0) {
    return nullptr;
  }
  exec::Session** const sessions = listeners_.list->sessions();
  exec::Session* const moved = place == count_ ? nullptr : sessions[count_];
  sessions[place] = sessions[count_];
  if (count_ == 1) {
    exec::Session* const left = sessions[0];
    ::operator delete(listeners_.list);
    listeners_.only = left;
  } else if (listeners_.list->capacity > kLeastCapacity && count_ < listeners_.list->capacity / 3) {
    listeners_.list =
        resized(listeners_.list, static_cast<std::uint32_t>(listeners_.list->capacity / 2));
  }
  return moved;
}

}  // namespace sorrel::pubsub
