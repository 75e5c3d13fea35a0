// SPDX-License-Identifier: BSD-3-Clause
//
// Keys by name, those who watch them behind each. A session keeps its own list, so that ending its
// watches looks at nothing else.
#include <algorithm>

#include <sorrel/exec/session.h>
#include <sorrel/exec/transaction.h>

namespace sorrel::exec {

void WatchTable::add(Session& session, WatchedKey key) {
  if (session.watch == nullptr) {
    session.watch = std::make_unique<Watch>();
    ++sessions_;
  }
  if (databases_.size() <= key.database) databases_.resize(key.database + 1);
  Watchers& watchers = databases_[key.database][key.name];
  if (std::find(watchers.begin(), watchers.end(), &session) != watchers.end()) return;
  keys_ += watchers.empty() ? 1 : 0;
  watchers.push_back(&session);
  session.watch->names_bytes += key.name.size();
  session.watch->keys.push_back(std::move(key));
}

void WatchTable::remove(Session& session) {
  if (session.watch == nullptr) return;
  for (const WatchedKey& key : session.watch->keys) {
    Keys& keys = databases_[key.database];
    const auto place = keys.find(key.name);
    std::erase(place->second, &session);
    if (place->second.empty()) {
      keys.erase(place);
      --keys_;
    }
  }
  session.watch.reset();
  --sessions_;
}

void WatchTable::touch_session(Session& session) { session.watch->touched = true; }

const WatchTable::Watchers* WatchTable::watchers(std::uint32_t database,
                                                 std::string_view key) const {
  if (databases_.size() <= database) return nullptr;
  const auto place = databases_[database].find(key);
  return place == databases_[database].end() ? nullptr : &place->second;
}

void WatchTable::touch(std::uint32_t database, std::string_view key) {
  if (const Watchers* all = watchers(database, key)) {
    for (Session* session : *all) touch_session(*session);
  }
}

void WatchTable::touch_expired(std::uint32_t database, std::string_view key) {
  if (const Watchers* all = watchers(database, key)) {
    for (Session* session : *all) {
      if (existed(*session, database, key)) touch_session(*session);
    }
  }
}

bool WatchTable::existed(const Session& session, std::uint32_t database, std::string_view key) {
  const auto& keys = session.watch->keys;
  const auto place = std::find_if(keys.begin(), keys.end(), [&](const WatchedKey& watched) {
    return watched.database == database && watched.name == key;
  });
  return place != keys.end() && place->existed;
}

}  // namespace sorrel::exec
