// SPDX-License-Identifier: BSD-3-Clause
//
// Looking topics up, making and removing them.
#include "topic_table.h"

namespace sorrel::pubsub {

TopicTable::~TopicTable() {
  for_each([](Topic& topic) { Topic::destroy(&topic); });
}

Topic* TopicTable::find(std::string_view name, std::uint64_t hash) const {
  return index_.find(hash, [name](const Topic& topic) { return topic.name() == name; });
}

Topic* TopicTable::find(std::string_view name) const {
  return index_.empty() ? nullptr : find(name, base::hash_bytes(name, index_.seed()));
}

Topic& TopicTable::find_or_make(std::string_view name) {
  const std::uint64_t hash = base::hash_bytes(name, index_.seed());
  Topic* topic = find(name, hash);
  if (topic == nullptr) {
    topic = Topic::create(name);
    index_.insert(hash, topic);
  }
  return *topic;
}

void TopicTable::remove(Topic& topic) {
  index_.erase(base::hash_bytes(topic.name(), index_.seed()),
               [&topic](const Topic& other) { return &other == &topic; });
  Topic::destroy(&topic);
}

}  // namespace sorrel::pubsub
