// SPDX-License-Identifier: BSD-3-Clause
//
// Subscriptions, kept on both sides, and the delivery of messages.
#include <sorrel/base/text.h>
#include <sorrel/pubsub/channels.h>
#include <sorrel/resp/reply_writer.h>

#include "subscriber.h"
#include "topic_table.h"

namespace sorrel::pubsub {
namespace {

constexpr TopicKind kKinds[] = {TopicKind::kChannel, TopicKind::kPattern, TopicKind::kShardChannel};

PlaceTable* places_of(const exec::Session& session, TopicKind kind) {
  auto* const subscriber = static_cast<Subscriber*>(session.subscriptions.attachment.get());
  return subscriber == nullptr ? nullptr : &subscriber->places[static_cast<std::size_t>(kind)];
}

std::size_t& counter(exec::Subscriptions& subscriptions, TopicKind kind) {
  switch (kind) {
    case TopicKind::kChannel:
      return subscriptions.channels;
    case TopicKind::kPattern:
      return subscriptions.patterns;
    default:
      return subscriptions.shard_channels;
  }
}

// A topic that only this session listens to, and its places in the tables.
std::size_t bytes_of(std::string_view name) { return sizeof(Topic) + name.size() + 32; }

}  // namespace

Channels::Channels(exec::Executor& executor, std::uint64_t seed) : executor_(executor) {
  for (auto& table : tables_) {
    table = std::make_unique<TopicTable>(seed);
  }
}

Channels::~Channels() = default;

bool Channels::subscribe(exec::Session& session, TopicKind kind, std::string_view name) {
  exec::Subscriptions& subscriptions = session.subscriptions;
  Topic& topic = table(kind).find_or_make(name);
  if (subscriptions.attachment == nullptr) {
    subscriptions.attachment = std::make_unique<Subscriber>();
  }
  PlaceTable& places = *places_of(session, kind);
  if (places.find(&topic)) {
    return false;
  }
  places.insert(&topic, topic.add(&session));
  if (!subscriptions.any()) {
    ++sessions_;
  }
  ++counter(subscriptions, kind);
  subscriptions.bytes += bytes_of(name);
  exec::refresh_gate(session);
  return true;
}

bool Channels::unsubscribe(exec::Session& session, TopicKind kind, std::string_view name) {
  PlaceTable* const places = places_of(session, kind);
  Topic* const topic = table(kind).find(name);
  const auto place = places == nullptr || topic == nullptr ? std::nullopt : places->find(topic);
  if (!place) {
    return false;
  }
  places->erase(topic);
  leave(*topic, kind, *place);
  --counter(session.subscriptions, kind);
  session.subscriptions.bytes -= bytes_of(name);
  if (!session.subscriptions.any()) {
    --sessions_;
    session.subscriptions.attachment.reset();
    exec::refresh_gate(session);
  }
  return true;
}

// Takes the session at the place out of the topic. Requires: its own table forgets the topic.
void Channels::leave(Topic& topic, TopicKind kind, std::uint32_t place) {
  const exec::Session* const moved = topic.remove(place);
  if (moved != nullptr) {
    places_of(*moved, kind)->set(&topic, place);
  } else if (topic.deserted()) {
    table(kind).remove(topic);
  }
}

std::vector<std::string> Channels::names_of(const exec::Session& session, TopicKind kind) const {
  std::vector<std::string> names;
  if (const PlaceTable* const places = places_of(session, kind); places != nullptr) {
    names.reserve(places->size());
    places->for_each([&](const Topic* topic, std::uint32_t) { names.emplace_back(topic->name()); });
  }
  return names;
}

void Channels::forget(exec::Session& session) {
  if (!session.subscriptions.any()) {
    return;
  }
  for (const TopicKind kind : kKinds) {
    places_of(session, kind)->for_each([&](Topic* topic, std::uint32_t place) {
      leave(*topic, kind, place);
    });
  }
  session.subscriptions = {};
  --sessions_;
  exec::refresh_gate(session);
}

std::size_t Channels::deliver(const Topic& topic, std::initializer_list<std::string_view> words) {
  std::vector<char> spelled[2];  // by protocol
  for (exec::Session* const session : topic.listeners()) {
    std::vector<char>& bytes = spelled[session->protocol == resp::Protocol::kResp3 ? 1 : 0];
    if (bytes.empty()) {
      resp::ReplyWriter writer(scratch_, session->protocol);
      writer.push(words.size());
      for (const std::string_view word : words) {
        writer.bulk(word);
      }
      scratch_.contiguous(bytes);
      scratch_.clear();
    }
    executor_.send(*session, {bytes.data(), bytes.size()});
  }
  return topic.listeners().size();
}

std::size_t Channels::publish(std::string_view channel, std::string_view message) {
  std::size_t sent = 0;
  if (const Topic* const topic = table(TopicKind::kChannel).find(channel); topic != nullptr) {
    sent += deliver(*topic, {"message", channel, message});
  }
  table(TopicKind::kPattern).for_each([&](const Topic& pattern) {
    if (base::glob_match(pattern.name(), channel)) {
      sent += deliver(pattern, {"pmessage", pattern.name(), channel, message});
    }
  });
  return sent;
}

std::size_t Channels::publish_to_shard(std::string_view channel, std::string_view message) {
  const Topic* const topic = table(TopicKind::kShardChannel).find(channel);
  return topic == nullptr ? 0 : deliver(*topic, {"smessage", channel, message});
}

std::size_t Channels::count(TopicKind kind) const { return table(kind).size(); }

std::size_t Channels::listeners(TopicKind kind, std::string_view name) const {
  const Topic* const topic = table(kind).find(name);
  return topic == nullptr ? 0 : topic->listeners().size();
}

std::vector<std::string_view> Channels::names(TopicKind kind, std::string_view pattern) const {
  std::vector<std::string_view> names;
  table(kind).for_each([&](const Topic& topic) {
    if (base::glob_match(pattern, topic.name())) {
      names.push_back(topic.name());
    }
  });
  return names;
}

}  // namespace sorrel::pubsub
