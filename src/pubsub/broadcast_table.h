// SPDX-License-Identifier: BSD-3-Clause
//
// Who is told of all keys with which prefixes (CLIENT TRACKING BCAST), and the keys that changed
// since they were told. A change looks up one prefix for each length that there is, however many
// there are.
//
// Invariant: a prefix is here while a client has it. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sorrel::pubsub {

// Keys that changed, each with who changed it last; told in ascending order.
class ChangedKeys {
 public:
  struct Key {
    std::size_t offset;
    std::size_t length;
    std::uint64_t changed_by;  // a client's number; 0: nobody
  };

  void add(std::string_view name, std::uint64_t changed_by);
  // Puts them in order, each once.
  void settle();
  bool empty() const { return keys_.empty(); }
  void clear();

  const std::vector<Key>& keys() const { return keys_; }
  std::string_view name(const Key& key) const {
    return std::string_view(bytes_).substr(key.offset, key.length);
  }

 private:
  static constexpr std::size_t kFirstSettling = 4096;

  std::vector<Key> keys_;
  std::string bytes_;  // of the names, one behind the other
  std::size_t settle_at_ = kFirstSettling;
};

class BroadcastTable {
 public:
  struct Prefix {
    std::set<std::uint64_t> clients;  // by number
    ChangedKeys changed;
  };
  using Prefixes = std::map<std::string, Prefix, std::less<>>;

  // Returns: the bytes that it takes, about; 0 when it was there.
  std::size_t add(std::string_view prefix, std::uint64_t client);
  void remove(std::uint64_t client);
  // In ascending order. Cost: looks at all prefixes.
  std::vector<std::string_view> prefixes_of(std::uint64_t client) const;

  void note_change(std::string_view key, std::uint64_t changed_by);
  bool changed() const { return changed_; }
  // Calls send(Prefix&) for each prefix with changed keys, in order, and forgets these.
  template <class Send>
  void take_changes(Send&& send) {
    changed_ = false;
    for (auto& [name, prefix] : prefixes_) {
      if (!prefix.changed.empty()) {
        prefix.changed.settle();
        send(prefix);
        prefix.changed.clear();
      }
    }
  }

  std::size_t size() const { return prefixes_.size(); }

 private:
  Prefixes prefixes_;
  std::map<std::size_t, std::size_t> lengths_;  // how many prefixes have each length
  bool changed_ = false;
};

}  // namespace sorrel::pubsub
