// SPDX-License-Identifier: BSD-3-Clause
//
// The topics of one kind, by name. Owns them; a topic is here while somebody listens to it. One
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <sorrel/base/hash.h>
#include <sorrel/base/index.h>

#include "topic.h"

namespace sorrel::pubsub {

class TopicTable {
 public:
  explicit TopicTable(std::uint64_t seed) : index_(seed) {}
  ~TopicTable();
  TopicTable(const TopicTable&) = delete;
  TopicTable& operator=(const TopicTable&) = delete;

  std::size_t size() const { return index_.size(); }
  // Null when nobody listens to it.
  Topic* find(std::string_view name) const;
  // The same, but one without a listener is made.
  Topic& find_or_make(std::string_view name);
  void remove(Topic& topic);

  template <class Visit>
  void for_each(Visit&& visit) const {
    index_.for_each([&](Topic* topic) { visit(*topic); });
  }

 private:
  struct Traits {
    using Item = Topic;
    static std::uint64_t hash(const Topic& topic, std::uint64_t seed) {
      return base::hash_bytes(topic.name(), seed);
    }
  };

  Topic* find(std::string_view name, std::uint64_t hash) const;

  base::Index<Traits> index_;
};

}  // namespace sorrel::pubsub
