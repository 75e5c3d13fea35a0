// SPDX-License-Identifier: BSD-3-Clause
//
// Who listens to which channel, pattern and shard channel, and the messages to them. Each of the
// three kinds is a TopicTable: an index of topics by name. A topic knows the sessions that listen
// to it; a session (by its attachment, a Subscriber) knows its topics and its place in each, so
// that a subscription begins and ends in constant time however many there are on either side.
//
// A message is spelled once for each protocol that has a listener, whatever their number. One
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <sorrel/base/output_buffer.h>
#include <sorrel/exec/executor.h>

namespace sorrel::pubsub {

enum class TopicKind : std::uint8_t { kChannel, kPattern, kShardChannel };

class Topic;
class TopicTable;

class Channels {
 public:
  Channels(exec::Executor& executor, std::uint64_t seed);
  ~Channels();
  Channels(const Channels&) = delete;
  Channels& operator=(const Channels&) = delete;

  // Returns: whether the session did not listen to it before.
  bool subscribe(exec::Session& session, TopicKind kind, std::string_view name);
  // Returns: whether the session listened to it.
  bool unsubscribe(exec::Session& session, TopicKind kind, std::string_view name);
  // What the session listens to, in no order.
  std::vector<std::string> names_of(const exec::Session& session, TopicKind kind) const;
  // Ends all that the session listens to.
  void forget(exec::Session& session);

  // Sends the message to those who listen to the channel, and to those whose pattern fits it.
  // Returns: how many times it was sent.
  std::size_t publish(std::string_view channel, std::string_view message);
  std::size_t publish_to_shard(std::string_view channel, std::string_view message);

  // How many topics have a listener.
  std::size_t count(TopicKind kind) const;
  // How many sessions listen to it.
  std::size_t listeners(TopicKind kind, std::string_view name) const;
  // The topics whose names the glob pattern fits, in no order. Lifetime: while somebody listens to
  // them.
  std::vector<std::string_view> names(TopicKind kind, std::string_view pattern) const;
  // How many sessions listen to anything.
  std::size_t sessions() const { return sessions_; }

 private:
  TopicTable& table(TopicKind kind) const { return *tables_[static_cast<std::size_t>(kind)]; }
  void leave(Topic& topic, TopicKind kind, std::uint32_t place);
  std::size_t deliver(const Topic& topic, std::initializer_list<std::string_view> words);

  exec::Executor& executor_;
  std::unique_ptr<TopicTable> tables_[3];  // by TopicKind
  std::size_t sessions_ = 0;
  base::OutputBuffer scratch_;  // where a message is spelled
};

}  // namespace sorrel::pubsub
