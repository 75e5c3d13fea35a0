// SPDX-License-Identifier: BSD-3-Clause
//
// Who has read what, and the messages when it changes.
#include <sorrel/exec/visit_keys.h>
#include <sorrel/pubsub/tracking.h>

#include "broadcast_table.h"
#include "invalidation.h"
#include "tracked_keys.h"

namespace sorrel::pubsub {
namespace {

// Bounds of what the end of one turn does: some tenths of a millisecond each.
constexpr std::size_t kForgottenPerTurn = 512;
constexpr std::uint64_t kReleasedPerTurn = 2048;
// How many keys one read can push out, where the limit has been lowered.
constexpr std::size_t kForgottenPerRead = 2;

}  // namespace

Tracking::Tracking(exec::Executor& executor, std::uint64_t seed)
    : executor_(executor),
      keys_(std::make_unique<TrackedKeys>(seed)),
      broadcasts_(std::make_unique<BroadcastTable>()),
      message_(std::make_unique<Invalidation>()) {}

Tracking::~Tracking() = default;

void Tracking::begin(exec::Session& session, const exec::TrackingState& mode,
                     std::span<const std::string_view> prefixes) {
  clients_ += session.tracking.on ? 0 : 1;
  const exec::TrackingState before = session.tracking;
  session.tracking = mode;
  session.tracking.on = true;
  session.tracking.caching = before.caching;
  session.tracking.prefixes_bytes = before.prefixes_bytes;
  session.tracked = !mode.broadcast;
  if (!mode.broadcast) {
    return;
  }
  for (const std::string_view prefix : prefixes) {
    session.tracking.prefixes_bytes += broadcasts_->add(prefix, session.id);
  }
  if (prefixes.empty()) {
    session.tracking.prefixes_bytes += broadcasts_->add("", session.id);
  }
}

void Tracking::end(exec::Session& session) {
  if (!session.tracking.on) {
    return;
  }
  if (session.tracking.broadcast) {
    broadcasts_->remove(session.id);
  }
  session.tracking = {};
  session.tracked = false;
  --clients_;
}

// When nobody is left who tracks, nobody can miss what is remembered.
void Tracking::forget(exec::Session& session) {
  end(session);
  if (clients_ == 0) {
    keys_->clear();
  }
}

std::vector<std::string_view> Tracking::prefixes_of(const exec::Session& session) const {
  return broadcasts_->prefixes_of(session.id);
}

TrackingStatistics Tracking::statistics() const {
  return {clients_, keys_->size(), keys_->clients(), broadcasts_->size()};
}

bool Tracking::wants_changes() const { return clients_ != 0 || !keys_->empty(); }

void Tracking::on_read(exec::Session& session, const exec::Command& command,
                       std::span<const std::string_view> arguments) {
  const exec::TrackingState& state = session.tracking;
  const bool left_out = state.opt_in ? !state.caching : state.opt_out && state.caching;
  if (left_out || (command.spec->traits & exec::traits::kPubsub) != 0) {
    return;
  }
  exec::visit_keys(*command.spec, arguments, [&](std::string_view key) { remember(session, key); });
}

void Tracking::remember(const exec::Session& session, std::string_view key) {
  keys_->add(key, session.id, [&](std::uint64_t number) {
    const exec::Session* const other = executor_.sessions().find(number);
    return other != nullptr && other->tracked;
  });
  if (max_keys_ != 0 && keys_->size() > max_keys_) {
    forget_some(kForgottenPerRead);
  }
}

void Tracking::forget_some(std::size_t limit) {
  for (; limit > 0 && max_keys_ != 0 && keys_->size() > max_keys_; --limit) {
    tell_of(keys_->take_any(), nullptr);
  }
}

// What CLIENT CACHING said holds for the next command that is not CLIENT again, or for the
// transaction that this begins.
void Tracking::on_answered(exec::Session& session, const exec::Command* command) {
  const bool of_client =
      command != nullptr && command->parent != nullptr && command->parent->spec->name == "client";
  if (!of_client && session.transaction == nullptr) {
    session.tracking.caching = false;
  }
}

void Tracking::on_change(const keyspace::Event& event, std::string_view key,
                         const exec::Session* by) {
  const bool expired =
      event.event_class == keyspace::EventClass::kExpired || &event == &keyspace::events::kHExpired;
  if (!event.watched && !expired) {
    return;
  }
  if (broadcasts_->size() != 0) {
    // What expires is nobody's doing, whoever found it so.
    broadcasts_->note_change(key, by == nullptr || expired ? 0 : by->id);
  }
  tell_of(keys_->take(key), by);
}

// Tells all who have read the key, and frees it.
void Tracking::tell_of(TrackedKey* key, const exec::Session* by) {
  if (key == nullptr) {
    return;
  }
  const std::string_view name = key->name();
  message_->set_keys({&name, 1});
  for (const std::uint64_t number : key->clients()) {
    exec::Session* const session = executor_.sessions().find(number);
    if (session != nullptr && session->tracked && !(session->tracking.no_loop && session == by)) {
      send(*session);
    }
  }
  TrackedKey::destroy(key);
}

void Tracking::on_flush() {
  if (clients_ != 0) {
    message_->set_everything();
    for (const auto& [number, session] : executor_.sessions().sessions()) {
      if (session->tracking.on) {
        send(*session);
      }
    }
  }
  keys_->clear();
}

bool Tracking::end_turn() {
  if (broadcasts_->changed()) {
    broadcast();
  }
  forget_some(kForgottenPerTurn);
  const bool releasing = keys_->release_some(kReleasedPerTurn);
  return releasing || (max_keys_ != 0 && keys_->size() > max_keys_);
}

void Tracking::broadcast() {
  std::vector<std::string_view> names;
  broadcasts_->take_changes([&](const BroadcastTable::Prefix& prefix) {
    // Those who do not want to be told of their own changes get a message of their own.
    std::vector<exec::Session*> choosy;
    const auto gather = [&](std::uint64_t but_of) {
      names.clear();
      for (const ChangedKeys::Key& key : prefix.changed.keys()) {
        if (but_of == 0 || key.changed_by != but_of) {
          names.push_back(prefix.changed.name(key));
        }
      }
      message_->set_keys(names);
    };
    gather(0);
    for (const std::uint64_t number : prefix.clients) {
      exec::Session* const session = executor_.sessions().find(number);
      if (session->tracking.no_loop) {
        choosy.push_back(session);
      } else {
        send(*session);
      }
    }
    for (exec::Session* const session : choosy) {
      gather(session->id);
      if (!names.empty()) {
        send(*session);
      }
    }
  });
}

void Tracking::send(exec::Session& session) {
  exec::Session* target = &session;
  if (const std::uint64_t redirect = session.tracking.redirect; redirect != 0) {
    target = executor_.sessions().find(redirect);
    if (target == nullptr) {
      session.tracking.broken = true;
      tell_broken(session);
      return;
    }
  }
  const bool listens = target->protocol == resp::Protocol::kResp3 ||
                       (session.tracking.redirect != 0 && target->subscriptions.any());
  if (listens) {
    executor_.send(*target, message_->text(target->protocol));
  }
}

// Under RESP2 there is no way to tell.
void Tracking::tell_broken(exec::Session& session) {
  if (session.protocol == resp::Protocol::kResp3) {
    base::OutputBuffer buffer;
    resp::ReplyWriter writer(buffer, session.protocol);
    writer.push(2);
    writer.bulk("tracking-redir-broken");
    writer.integer(static_cast<std::int64_t>(session.tracking.redirect));
    std::vector<char> scratch;
    executor_.send(session, buffer.contiguous(scratch));
  }
}

}  // namespace sorrel::pubsub
