// SPDX-License-Identifier: BSD-3-Clause
//
// Consumer groups: the two trees that hold a pending entry are changed together here, and what they
// take is counted, so that memory_bytes() need not ask every consumer. One thread.
#include <algorithm>
#include <utility>

#include <sorrel/base/size_class.h>
#include <sorrel/types/stream_group.h>

namespace sorrel::types {
namespace {

constexpr std::size_t kPendingBytes = base::size_class(sizeof(StreamPending));

// What a consumer takes in the map: its node, and its name when that is too long to lie within.
std::size_t consumer_bytes(std::string_view name) {
  struct Node {
    void* links[4];
    StreamGroup::Consumers::value_type value;
  };
  constexpr std::size_t kShort = 15;
  return base::size_class(sizeof(Node)) +
         (name.size() > kShort ? base::size_class(name.size() + 1) : 0);
}

// Something to look for: an entry of a tree is found by what it points to.
StreamPending probe(StreamId id) { return {.id = id}; }

}  // namespace

StreamPendingCursor::StreamPendingCursor(const StreamPendingTree& tree, StreamId from) {
  StreamPending sought = probe(from);
  position_ = from.zero() ? tree.front() : tree.lower_bound({from.ms, &sought});
}

StreamGroup::~StreamGroup() { release_some(StreamId::kMost); }

StreamGroup StreamGroup::clone() const {
  StreamGroup copy;
  copy.last_id = last_id;
  copy.entries_read = entries_read;
  for (const auto& [name, consumer] : consumers_) {
    StreamConsumer& other = *copy.add_consumer(name, consumer.seen_ms).first;
    other.active_ms = consumer.active_ms;
  }
  for (auto it = pending_from(kLeastStreamId); it.valid(); it.next()) {
    copy.assign(it->id, *copy.consumer(it->consumer->name()), it->delivered_ms, it->deliveries);
  }
  return copy;
}

const StreamConsumer* StreamGroup::consumer(std::string_view name) const {
  const auto it = consumers_.find(name);
  return it == consumers_.end() ? nullptr : &it->second;
}

std::pair<StreamConsumer*, bool> StreamGroup::add_consumer(std::string_view name,
                                                           std::int64_t now_ms) {
  const auto it = consumers_.lower_bound(name);
  if (it != consumers_.end() && it->first == name) return {&it->second, false};
  const auto made = consumers_.emplace_hint(it, std::piecewise_construct,
                                            std::forward_as_tuple(name), std::forward_as_tuple());
  made->second.name_ = made->first;
  made->second.seen_ms = now_ms;
  bytes_ += consumer_bytes(name);
  return {&made->second, true};
}

std::optional<std::uint64_t> StreamGroup::remove_consumer(std::string_view name) {
  const auto it = consumers_.find(name);
  if (it == consumers_.end()) return std::nullopt;
  StreamPendingTree& own = it->second.pending_;
  const std::uint64_t count = own.size();
  bytes_ -= own.memory_bytes() + count * kPendingBytes + consumer_bytes(name);
  own.release_some(StreamId::kMost, [this](const StreamPendingTree::Entry& entry) {
    pending_.erase(entry);
    delete entry.value;
  });
  consumers_.erase(it);
  return count;
}

StreamPending* StreamGroup::place(StreamId id) const {
  StreamPending sought = probe(id);
  const auto position = pending_.lower_bound({id.ms, &sought});
  if (!position.valid()) return nullptr;
  StreamPending* found = position.entry().value;
  return found->id == id ? found : nullptr;
}

const StreamPending* StreamGroup::find(StreamId id) const { return place(id); }

void StreamGroup::link(StreamConsumer& consumer, StreamPending* pending) {
  StreamPendingTree& tree = consumer.pending_;
  bytes_ -= tree.memory_bytes();
  tree.insert({pending->id.ms, pending});
  bytes_ += tree.memory_bytes();
  pending->consumer = &consumer;
}

void StreamGroup::unlink(StreamPending* pending) {
  if (pending->consumer == nullptr) return;
  StreamPendingTree& tree = pending->consumer->pending_;
  bytes_ -= tree.memory_bytes();
  tree.erase({pending->id.ms, pending});
  bytes_ += tree.memory_bytes();
  pending->consumer = nullptr;
}

const StreamPending& StreamGroup::assign(StreamId id, StreamConsumer& consumer,
                                         std::int64_t delivered_ms, std::uint64_t deliveries) {
  const bool behind_all = pending_.empty() || last_pending().id < id;
  StreamPending* pending = behind_all ? nullptr : place(id);
  if (pending == nullptr) {
    pending = new StreamPending(probe(id));
    pending_.insert({id.ms, pending});
    bytes_ += kPendingBytes;
    link(consumer, pending);
  } else if (pending->consumer != &consumer) {
    unlink(pending);
    link(consumer, pending);
  }
  pending->delivered_ms = delivered_ms;
  pending->deliveries = deliveries;
  return *pending;
}

void StreamGroup::drop(StreamPending* pending) {
  unlink(pending);
  pending_.erase({pending->id.ms, pending});
  delete pending;
  bytes_ -= kPendingBytes;
}

bool StreamGroup::acknowledge(StreamId id) {
  StreamPending* pending = place(id);
  if (pending == nullptr) return false;
  drop(pending);
  return true;
}

bool StreamGroup::restore(StreamId id, std::int64_t delivered_ms, std::uint64_t deliveries) {
  if (place(id) != nullptr) return false;
  auto* pending = new StreamPending(probe(id));
  pending->delivered_ms = delivered_ms;
  pending->deliveries = deliveries;
  pending_.insert({id.ms, pending});
  bytes_ += kPendingBytes;
  return true;
}

bool StreamGroup::own(StreamConsumer& consumer, StreamId id) {
  StreamPending* pending = place(id);
  if (pending == nullptr || pending->consumer != nullptr) return false;
  link(consumer, pending);
  return true;
}

bool StreamGroup::restored() const {
  std::uint64_t owned = 0;
  for (const auto& [name, consumer] : consumers_) owned += consumer.pending_count();
  return owned == pending_.size();
}

std::uint64_t StreamGroup::release_some(std::uint64_t budget) {
  while (!consumers_.empty() && budget > 0) {
    StreamPendingTree& own = consumers_.begin()->second.pending_;
    const std::uint64_t taken = std::min(budget, own.size() + 1);
    const bool done = own.release_some(taken, [](const StreamPendingTree::Entry&) {});
    budget -= taken;
    if (done) consumers_.erase(consumers_.begin());
  }
  if (budget == 0) return 0;
  const std::uint64_t taken = std::min(budget, pending_.size());
  const bool done = pending_.release_some(
      budget, [](const StreamPendingTree::Entry& entry) { delete entry.value; });
  return done ? budget - taken : 0;
}

}  // namespace sorrel::types
