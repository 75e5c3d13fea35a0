// SPDX-License-Identifier: BSD-3-Clause
//
// Who waits for which key. A command that finds nothing to take is parked: its words are kept in
// its session, and the session stands in the queue of each of its keys, first come, first served. A
// change of such a key makes it ready; the executor then runs the same handler again for those who
// wait, in the order of the queue (executor_blocking.cc).
//
// Nobody waits for a key that is not here, so that while nobody waits a change costs nothing.
// Cost: O(1) for each key of a session, O(log n) for its deadline. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <sorrel/exec/owned_words.h>
#include <sorrel/keyspace/type.h>

namespace sorrel::exec {

struct Command;
struct Session;

// What a client is told that waited in vain.
enum class NullReply : std::uint8_t { kNullArray, kNull };

// What a parked command waits for.
struct Wait {
  static constexpr std::int64_t kForever = INT64_MAX;

  // Its keys are the arguments [first_key, first_key + key_count). None: the time alone ends it, or
  // Executor::retry().
  std::size_t first_key = 1;
  std::size_t key_count = 1;
  keyspace::Type type = keyspace::Type::kList;  // of the value that it waits for
  std::int64_t deadline_ms = kForever;          // Unix time at which it is answered with null
  NullReply null_reply = NullReply::kNullArray;
  // To be run again, too, when a key goes or becomes another type (XREADGROUP: to tell the client).
  bool without_key = false;
  // To be run again when its time is over (Context::timed_out), to answer something else than null.
  bool answers_itself = false;
  // Words that mean something else later on: XREAD's `$` is the last entry of now.
  struct Word {
    std::size_t position;
    std::string text;
  };
  std::vector<Word> replaced = {};
};

// A command that waits, in its session.
struct ParkedCommand {
  Command* command;
  OwnedWords words;
  std::uint32_t database;
  Wait wait;
  // In the queues of its keys, in order; none for a key that it names again.
  std::vector<std::optional<std::list<Session*>::iterator>> places = {};
  bool timed_out = false;
};

class BlockedKeys {
 public:
  struct Key {
    std::uint32_t database;
    std::string name;
  };

  // Requires: session.parked.
  void add(Session& session);
  void remove(Session& session);

  bool empty() const { return sessions_ == 0; }
  std::size_t sessions() const { return sessions_; }
  std::size_t timeouts() const { return deadlines_.size(); }  // sessions with a deadline
  std::size_t keys() const;
  // Keys whose going somebody waits for.
  std::size_t keys_waited_without() const;

  // Something happened to the key, or to all keys of the database.
  void signal(std::uint32_t database, std::string_view key);
  void signal_all(std::uint32_t database);
  // The key that became ready first of those not handed out yet. Returns: nullopt: none.
  std::optional<Key> take_ready();
  // Calls visit(Session&) for those who wait for it, the first to be served first, until it returns
  // false. It may remove the session that it was called with, and no other.
  template <class Visit>
  void visit_waiting(const Key& key, Visit&& visit);
  // Whether somebody wants to be told that the key is gone.
  bool waited_without(const Key& key);

  // INT64_MAX when nobody waits for a limited time.
  std::int64_t next_deadline_ms() const;
  // A session whose deadline has come, or null.
  Session* due(std::int64_t now_ms) const;

 private:
  struct Queue {
    std::list<Session*> sessions;
    std::size_t without_key = 0;
    bool ready = false;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  using Queues = std::unordered_map<std::string, Queue, Hash, std::equal_to<>>;

  Queues& queues_of(std::uint32_t database);
  // Null: nobody waits for the key.
  Queue* queue_of(const Key& key);
  void mark(std::uint32_t database, const std::string& name, Queue& queue);

  std::vector<Queues> databases_;
  std::list<Key> ready_;
  std::set<std::pair<std::int64_t, Session*>> deadlines_;
  std::size_t sessions_ = 0;
};

template <class Visit>
void BlockedKeys::visit_waiting(const Key& key, Visit&& visit) {
  Queue* const queue = queue_of(key);
  if (queue == nullptr) return;
  // The queue goes with the last one in it.
  const Session* const last = queue->sessions.back();
  for (auto place = queue->sessions.begin();;) {
    Session& session = **place++;
    if (!visit(session) || &session == last) return;
  }
}

}  // namespace sorrel::exec
