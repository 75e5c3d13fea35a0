// SPDX-License-Identifier: BSD-3-Clause
//
// Transactions: what a session has queued between MULTI and EXEC, and which keys it watches. A key
// that changes, expires, or goes with its database makes the transaction of those who watch it
// fail. As with blocked keys nothing is noted while nobody watches. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <sorrel/exec/owned_words.h>
#include <sorrel/exec/traits.h>

namespace sorrel::exec {

struct Command;
struct Session;

struct Transaction {
  struct Queued {
    Command* command;
    OwnedWords words;
  };
  std::vector<Queued> queue;
  Traits traits = 0;    // of all of them together
  bool failed = false;  // one could not be queued: EXEC refuses the whole
  std::size_t words_bytes = 0;

  std::size_t bytes() const { return queue.capacity() * sizeof(Queued) + words_bytes; }
};

// A key that a session watches.
struct WatchedKey {
  std::uint32_t database = 0;
  std::string name;
  bool existed = false;  // when it was first watched
};

struct Watch {
  std::vector<WatchedKey> keys;
  bool touched = false;
  std::size_t names_bytes = 0;

  // With the entry that each key has in the table, about.
  std::size_t bytes() const {
    return keys.size() * (2 * sizeof(WatchedKey) + 64) + 2 * names_bytes;
  }
};

class WatchTable {
 public:
  // Does nothing if the session watches the key already.
  void add(Session& session, WatchedKey key);
  // Ends all watches of the session.
  void remove(Session& session);

  bool empty() const { return sessions_ == 0; }
  std::size_t sessions() const { return sessions_; }
  std::size_t keys() const { return keys_; }

  // The key changed.
  void touch(std::uint32_t database, std::string_view key);
  // Its time is over. Of no concern to those who watched it when it was not there: it was over
  // already, or another one whose time is over was brought in, or they have been told that it came.
  void touch_expired(std::uint32_t database, std::string_view key);
  // All of the database changed; exists(name) says whether a key is there now.
  template <class Exists>
  void touch_all(std::uint32_t database, Exists&& exists);

 private:
  using Watchers = std::vector<Session*>;
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  using Keys = std::unordered_map<std::string, Watchers, Hash, std::equal_to<>>;

  // Null: nobody watches it.
  const Watchers* watchers(std::uint32_t database, std::string_view key) const;
  static void touch_session(Session& session);
  static bool existed(const Session& session, std::uint32_t database, std::string_view key);

  std::vector<Keys> databases_;
  std::size_t sessions_ = 0;
  std::size_t keys_ = 0;
};

template <class Exists>
void WatchTable::touch_all(std::uint32_t database, Exists&& exists) {
  if (databases_.size() <= database) return;
  for (const auto& [name, watchers] : databases_[database]) {
    const bool exists_now = exists(std::string_view(name));
    for (Session* session : watchers) {
      if (exists_now || existed(*session, database, name)) touch_session(*session);
    }
  }
}

}  // namespace sorrel::exec
