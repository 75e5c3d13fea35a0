// SPDX-License-Identifier: BSD-3-Clause
//
// Keyspace events: what happens to keys, as messages to whoever listens to one of the two channels
// that an event has. Under database 0
//
//   __keyspace@0__:<key>      the name of the event: what happens to this key?
//   __keyevent@0__:<event>    the key: to which keys does this happen?
//
// Which classes of events are told, and to which of the two channels, is an option of the server
// (notify-keyspace-events), off at first. An event is told once its key is what the event says.
//
// Source: redis.io/docs, "Redis keyspace notifications". One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <sorrel/exec/observer.h>
#include <sorrel/keyspace/events.h>
#include <sorrel/pubsub/channels.h>

namespace sorrel::pubsub {

class KeyspaceEvents {
 public:
  explicit KeyspaceEvents(Channels& channels) : channels_(channels) {}

  // One letter for each class, K and E for the channels; letters that mean nothing here do nothing.
  void select(std::string_view letters);
  // What must be told of, for the selection to be served.
  exec::Observed wanted() const;

  // Cost: nothing that grows while nobody listens to any channel.
  void publish(const keyspace::Event& event, std::uint32_t database, std::string_view key);

 private:
  bool selected(keyspace::EventClass event_class) const {
    return (classes_ >> static_cast<unsigned>(event_class) & 1U) != 0;
  }

  Channels& channels_;
  std::uint32_t classes_ = 0;  // a bit for each EventClass
  bool by_key_ = false;        // K
  bool by_event_ = false;      // E
  std::string channel_;        // the name of the channel, kept for its memory
};

}  // namespace sorrel::pubsub
