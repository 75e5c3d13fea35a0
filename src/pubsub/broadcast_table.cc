// SPDX-License-Identifier: BSD-3-Clause
//
// Prefixes and changed keys. The names of changed keys are written one behind the other and put in
// order when they are told, or when there are twice as many as the last time, so that a key that
// changes over and over takes no more room than the others.
#include "broadcast_table.h"

#include <algorithm>
#include <utility>

namespace sorrel::pubsub {

void ChangedKeys::add(std::string_view name, std::uint64_t changed_by) {
  keys_.push_back({bytes_.size(), name.size(), changed_by});
  bytes_.append(name);
  if (keys_.size() >= settle_at_) {
    settle();
    settle_at_ = std::max(kFirstSettling, keys_.size() * 2);
  }
}

void ChangedKeys::settle() {
  std::stable_sort(keys_.begin(), keys_.end(),
                   [&](const Key& a, const Key& b) { return name(a) < name(b); });
  // Of equal ones the last stays.
  const auto equal = [&](const Key& a, const Key& b) { return name(a) == name(b); };
  keys_.erase(keys_.begin(), std::unique(keys_.rbegin(), keys_.rend(), equal).base());
  std::string bytes;
  for (Key& key : keys_) {
    const std::size_t offset = bytes.size();
    bytes.append(name(key));
    key.offset = offset;
  }
  bytes_ = std::move(bytes);
}

void ChangedKeys::clear() { *this = ChangedKeys(); }

std::size_t BroadcastTable::add(std::string_view prefix, std::uint64_t client) {
  constexpr std::size_t kNode = 48;  // of a tree, beside what it holds
  const auto place = prefixes_.find(prefix);
  if (place != prefixes_.end()) {
    return place->second.clients.insert(client).second ? kNode : 0;
  }
  prefixes_[std::string(prefix)].clients.insert(client);
  ++lengths_[prefix.size()];
  return 2 * kNode + sizeof(Prefix) + sizeof(std::string) + prefix.size();
}

void BroadcastTable::remove(std::uint64_t client) {
  for (auto place = prefixes_.begin(); place != prefixes_.end();) {
    auto& clients = place->second.clients;
    if (clients.erase(client) == 0 || !clients.empty()) {
      ++place;
      continue;
    }
    const auto length = lengths_.find(place->first.size());
    if (--length->second == 0) {
      lengths_.erase(length);
    }
    place = prefixes_.erase(place);
  }
}

std::vector<std::string_view> BroadcastTable::prefixes_of(std::uint64_t client) const {
  std::vector<std::string_view> names;
  for (const auto& [name, prefix] : prefixes_) {
    if (prefix.clients.contains(client)) {
      names.push_back(name);
    }
  }
  return names;
}

void BroadcastTable::note_change(std::string_view key, std::uint64_t changed_by) {
  for (const auto& [length, count] : lengths_) {
    if (length > key.size()) {
      return;
    }
    if (const auto place = prefixes_.find(key.substr(0, length)); place != prefixes_.end()) {
      place->second.changed.add(key, changed_by);
      changed_ = true;
    }
  }
}

}  // namespace sorrel::pubsub
