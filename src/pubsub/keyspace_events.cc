// SPDX-License-Identifier: BSD-3-Clause
//
// The selection of events, and their two messages.
#include <charconv>

#include <sorrel/pubsub/keyspace_events.h>

namespace sorrel::pubsub {
namespace {

using keyspace::EventClass;

// The letter of each class, in the order of EventClass.
constexpr std::string_view kLetters = "g$lshztxenm";
static_assert(kLetters.size() == static_cast<std::size_t>(EventClass::kSilent));

// Makes `channel` the name of one, "__keyspace@0__:key".
void spell(std::string& channel, std::string_view kind, std::uint32_t database,
           std::string_view name) {
  char number[10];
  char* const end = std::to_chars(number, number + sizeof number, database).ptr;
  channel.assign(kind)
      .append(number, static_cast<std::size_t>(end - number))
      .append("__:")
      .append(name);
}

}  // namespace

void KeyspaceEvents::select(std::string_view letters) {
  classes_ = 0;
  for (std::size_t i = 0; i < kLetters.size(); ++i) {
    if (letters.find(kLetters[i]) != std::string_view::npos) {
      classes_ |= 1U << i;
    }
  }
  by_key_ = letters.find('K') != std::string_view::npos;
  by_event_ = letters.find('E') != std::string_view::npos;
  if (!by_key_ && !by_event_) {
    classes_ = 0;
  }
}

exec::Observed KeyspaceEvents::wanted() const {
  return {.changes = classes_ != 0,
          .new_keys = selected(EventClass::kNew),
          .misses = selected(EventClass::kKeyMiss)};
}

void KeyspaceEvents::publish(const keyspace::Event& event, std::uint32_t database,
                             std::string_view key) {
  if (!selected(event.event_class) || event.name.empty() || channels_.sessions() == 0) {
    return;
  }
  if (by_key_) {
    spell(channel_, "__keyspace@", database, key);
    channels_.publish(channel_, event.name);
  }
  if (by_event_) {
    spell(channel_, "__keyevent@", database, event.name);
    channels_.publish(channel_, key);
  }
}

}  // namespace sorrel::pubsub
