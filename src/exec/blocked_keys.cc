// SPDX-License-Identifier: BSD-3-Clause
//
// Queues by key, ready keys in the order in which they became so, deadlines in a tree.
#include <sorrel/exec/blocked_keys.h>
#include <sorrel/exec/session.h>

namespace sorrel::exec {
namespace {

std::span<const std::string_view> keys_of(const ParkedCommand& parked) {
  return parked.words.words().subspan(parked.wait.first_key, parked.wait.key_count);
}

}  // namespace

BlockedKeys::Queues& BlockedKeys::queues_of(std::uint32_t database) {
  if (databases_.size() <= database) databases_.resize(database + 1);
  return databases_[database];
}

void BlockedKeys::add(Session& session) {
  ParkedCommand& parked = *session.parked;
  Queues& queues = queues_of(parked.database);
  for (const std::string_view key : keys_of(parked)) {
    auto place = queues.find(key);
    if (place == queues.end()) place = queues.emplace(std::string(key), Queue{}).first;
    Queue& queue = place->second;
    // Nobody can have come in between: the key is named again.
    if (!queue.sessions.empty() && queue.sessions.back() == &session) {
      parked.places.emplace_back(std::nullopt);
      continue;
    }
    queue.sessions.push_back(&session);
    queue.without_key += parked.wait.without_key ? 1 : 0;
    parked.places.emplace_back(std::prev(queue.sessions.end()));
  }
  if (parked.wait.deadline_ms != Wait::kForever) {
    deadlines_.emplace(parked.wait.deadline_ms, &session);
  }
  ++sessions_;
}

void BlockedKeys::remove(Session& session) {
  const ParkedCommand& parked = *session.parked;
  Queues& queues = queues_of(parked.database);
  std::size_t index = 0;
  for (const std::string_view key : keys_of(parked)) {
    const auto& own = parked.places[index++];
    if (!own) continue;
    const auto place = queues.find(key);
    Queue& queue = place->second;
    queue.sessions.erase(*own);
    queue.without_key -= parked.wait.without_key ? 1 : 0;
    if (queue.sessions.empty()) queues.erase(place);
  }
  deadlines_.erase({parked.wait.deadline_ms, &session});
  --sessions_;
}

std::size_t BlockedKeys::keys() const {
  std::size_t count = 0;
  for (const Queues& queues : databases_) count += queues.size();
  return count;
}

std::size_t BlockedKeys::keys_waited_without() const {
  std::size_t count = 0;
  for (const Queues& queues : databases_) {
    for (const auto& [name, queue] : queues) count += queue.without_key != 0 ? 1 : 0;
  }
  return count;
}

void BlockedKeys::mark(std::uint32_t database, const std::string& name, Queue& queue) {
  if (!queue.ready) {
    queue.ready = true;
    ready_.push_back({database, name});
  }
}

void BlockedKeys::signal(std::uint32_t database, std::string_view key) {
  if (databases_.size() <= database) return;
  const auto place = databases_[database].find(key);
  if (place != databases_[database].end()) mark(database, place->first, place->second);
}

void BlockedKeys::signal_all(std::uint32_t database) {
  if (databases_.size() <= database) return;
  for (auto& [name, queue] : databases_[database]) mark(database, name, queue);
}

std::optional<BlockedKeys::Key> BlockedKeys::take_ready() {
  if (ready_.empty()) return std::nullopt;
  Key key = std::move(ready_.front());
  ready_.pop_front();
  Queues& queues = databases_[key.database];
  if (const auto place = queues.find(key.name); place != queues.end()) place->second.ready = false;
  return key;
}

BlockedKeys::Queue* BlockedKeys::queue_of(const Key& key) {
  Queues& queues = queues_of(key.database);
  const auto place = queues.find(key.name);
  return place == queues.end() ? nullptr : &place->second;
}

bool BlockedKeys::waited_without(const Key& key) {
  const Queue* queue = queue_of(key);
  return queue != nullptr && queue->without_key != 0;
}

std::int64_t BlockedKeys::next_deadline_ms() const {
  return deadlines_.empty() ? INT64_MAX : deadlines_.begin()->first;
}

Session* BlockedKeys::due(std::int64_t now_ms) const {
  return next_deadline_ms() <= now_ms ? deadlines_.begin()->second : nullptr;
}

}  // namespace sorrel::exec
