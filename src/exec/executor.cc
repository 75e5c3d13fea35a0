// SPDX-License-Identifier: BSD-3-Clause
//
// The road of a command: prepare (look up, hash, prefetch) -> admit -> run -> settle. What refuses
// a command stands in admission.cc, off the hot path.
#include <algorithm>
#include <bit>
#include <utility>

#include <sorrel/base/numbers.h>
#include <sorrel/exec/executor.h>

namespace sorrel::exec {

Executor::Executor(CommandTable& table, keyspace::Keyspace& keyspace, const base::Clock& clock,
                   std::uint64_t seed)
    : table_(table), keyspace_(keyspace), clock_(clock), random_(seed) {}

Command* Executor::resolve(std::span<const std::string_view> arguments) const {
  Command* command = table_.find(arguments[0]);
  if (command != nullptr && command->container() && arguments.size() > 1) [[unlikely]] {
    return table_.find_subcommand(*command, arguments[1]);
  }
  return command;
}

// Everything a batch will touch is asked for before the first command waits for it: first all
// buckets, then, those having arrived meanwhile, the records they point to.
void Executor::prepare(const Session& session, std::span<const resp::Request> requests,
                       Batch& batch) {
  const keyspace::Database& database = keyspace_.database(session.database);
  const bool by_row = session.replay && table_.has_renames();
  bool members = false;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const auto arguments = requests[i].arguments;
    Prepared& prepared = batch[i];
    prepared.command = by_row ? table_.resolve_row(arguments) : resolve(arguments);
    prepared.hash = 0;
    if (prepared.command == nullptr) {
      continue;
    }
    const auto first = static_cast<std::size_t>(prepared.command->spec->keys.first);
    if (first != 0 && first < arguments.size()) {
      prepared.hash = keyspace_.hash(arguments[first]);
      database.prefetch(prepared.hash);
      members = members || prepared.command->spec->member.position != 0;
    }
  }
  if (requests.size() > 1) {
    for (std::size_t i = 0; i < requests.size(); ++i) {
      if (batch[i].hash != 0) {
        database.prefetch_record(batch[i].hash);
      }
    }
    if (members) {
      prepare_members(keyspace_, database, requests, batch);
    }
  }
}

// The same some levels deeper, for commands on members of large collections: a look-up there waits
// for a bucket, then for the member, then for its way through the order. One stage after the other
// over the whole batch, so that what one asks for has arrived when the next looks at it.
void Executor::prepare_members(const keyspace::Keyspace& keyspace,
                               const keyspace::Database& database,
                               std::span<const resp::Request> requests, Batch& batch) {
  using types::Prefetch;
  bool ordered = false;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    Prepared& prepared = batch[i];
    prepared.collection = nullptr;
    const auto arguments = requests[i].arguments;
    const auto member = prepared.command == nullptr
                            ? std::size_t{0}
                            : static_cast<std::size_t>(prepared.command->spec->member.position);
    if (member == 0 || member >= arguments.size() || prepared.hash == 0) {
      continue;
    }
    const keyspace::Record* record = database.likely(prepared.hash);
    if (record != nullptr) {
      prepared.collection = record;
      prepared.ahead.hash = keyspace.hash(arguments[member]);
      prepared.ahead.member = arguments[member];
      ordered = ordered || prepared.command->spec->member.ordered;
      record->prefetch_member(prepared.ahead, Prefetch::kPlace);
    }
  }
  const auto fetch = [&](Prefetch what) {
    for (Prepared& prepared : std::span(batch).first(requests.size())) {
      if (prepared.collection != nullptr) {
        prepared.collection->prefetch_member(prepared.ahead, what);
      }
    }
  };
  fetch(Prefetch::kMember);
  if (ordered) {
    look_ahead(requests, batch);
    fetch(Prefetch::kOrder);
    fetch(Prefetch::kLeaf);
  }
}

// Leaves in the batch only those that will look at the order, with the scores that they will set.
void Executor::look_ahead(std::span<const resp::Request> requests, Batch& batch) {
  for (std::size_t i = 0; i < requests.size(); ++i) {
    Prepared& prepared = batch[i];
    if (prepared.collection == nullptr) {
      continue;
    }
    const MemberHint& hint = prepared.command->spec->member;
    prepared.ahead.change = types::MemberAhead::Score::kKept;
    if (!hint.ordered) {
      prepared.collection = nullptr;
    } else if (hint.score != 0) {
      const auto arguments = requests[i].arguments;
      const auto score = base::parse_double(arguments[static_cast<std::size_t>(hint.score)]);
      prepared.ahead.score = score.value_or(0);
      prepared.ahead.change = score ? hint.change : types::MemberAhead::Score::kKept;
    }
  }
}

std::size_t Executor::run(Session& session, std::span<const resp::Request> requests,
                          base::OutputBuffer& out) {
  if (running_ != nullptr) [[unlikely]] {
    return run_aside(session, requests, out);
  }
  keyspace_.set_now_ms(clock_.wall_ms());
  keyspace_.set_touch(!session.no_touch);
  last_clock_ns_ = clock_.monotonic_ns();
  return run_all(session, requests, prepared_, out);
}

std::size_t Executor::run_aside(Session& session, std::span<const resp::Request> requests,
                                base::OutputBuffer& out) {
  const bool touch = keyspace_.touch();
  const std::int64_t clock_ns = last_clock_ns_;
  const std::uint64_t secrets = std::exchange(secrets_, 0);
  const std::string deferred = std::exchange(deferred_, {});
  const auto batch = std::make_unique<Batch>();
  const std::size_t done = run_all(session, requests, *batch, out);
  deferred_ = deferred;
  secrets_ = secrets;
  last_clock_ns_ = clock_ns;
  keyspace_.set_touch(touch);
  return done;
}

std::size_t Executor::run_all(Session& session, std::span<const resp::Request> requests,
                              Batch& prepared, base::OutputBuffer& out) {
  std::size_t done = 0;
  while (done < requests.size() && !session.close_after_reply) {
    const auto batch = requests.subspan(done, std::min(requests.size() - done, kMaxBatch));
    prepare(session, batch, prepared);
    for (std::size_t i = 0; i < batch.size() && !session.close_after_reply; ++i) {
      if (!execute(session, batch[i], prepared[i], out)) [[unlikely]] {
        return done;
      }
      ++done;
      if (session.parked != nullptr) [[unlikely]] {
        return done;
      }
    }
  }
  session.last_interaction_ms = keyspace_.now_ms();
  return done;
}

void Executor::run_one(Session& session, std::span<const std::string_view> arguments,
                       base::OutputBuffer& out) {
  const resp::Request request{arguments, {}};
  run(session, {&request, 1}, out);
}

bool Executor::execute(Session& session, const resp::Request& request, const Prepared& prepared,
                       base::OutputBuffer& out) {
  Command* command = prepared.command;
  const bool known = command != nullptr && arity_ok(*command->spec, request.arguments.size());
  const bool admitted = known && (gate_ | session.gate).admits(command->spec->traits);
  session.last_command = command;
  if (known && !admitted && postpones(session, *command, request.arguments)) [[unlikely]] {
    return false;
  }
  resp::ReplyWriter reply(out, session.protocol);
  const auto begin = reply.mark();
  if (session.reply_mode == ReplyMode::kSkipNext) [[unlikely]] {
    session.reply_mode = ReplyMode::kSkipThis;
  }
  ++statistics_.commands;
  ++session.commands;
  Session* const outer = std::exchange(running_, &session);
  if (!known) [[unlikely]] {
    reject_unknown(session, request.arguments, reply);
  } else if (admitted || !refuse(session, *command, request.arguments, reply)) [[likely]] {
    if (call(session, *command, request, prepared.hash, reply) == Outcome::kParked) [[unlikely]] {
      park(session, *command, request);
    }
  }
  // One that was parked is silent, if it is to be, when it is answered.
  if (session.reply_mode != ReplyMode::kOn && session.parked == nullptr) [[unlikely]] {
    silence(session, begin, reply);
  }
  running_ = outer;
  if (session.tracked && session.parked == nullptr) [[unlikely]] {
    observer_->on_answered(session, command);
  }
  if (!deferred_.empty()) [[unlikely]] {
    out.append(std::exchange(deferred_, {}));
  }
  // Beside a script that is not done yet, nobody is served with what it has made so far.
  if ((keyspace_.changes().pending() || unsettled_) && within_ == 0) [[unlikely]] {
    changed_by_ = &session;
    settle_changes();
    changed_by_ = nullptr;
  }
  return true;
}

Outcome Executor::call(Session& session, Command& command, const resp::Request& request,
                       std::uint64_t first_key_hash, resp::ReplyWriter& reply) {
  effects_.reset(effect_log_.enabled());
  const std::uint64_t changes_before = keyspace_.changes().count();
  const std::int64_t began_ns = last_clock_ns_;
  Context context{request.arguments, session,     keyspace_.database(session.database),
                  keyspace_,         reply,       effects_,
                  random_,           *this,       command,
                  first_key_hash,    reply.mark()};
  const std::uint32_t database = session.database;
  const Outcome outcome = command.spec->handler(context);
  const bool changed = keyspace_.changes().count() != changes_before || effects_.forced_;
  // Of a command that ran others, these have been counted.
  commands_that_changed_ += static_cast<std::uint64_t>(changed && !effects_.suppressed_);
  if (effect_log_.enabled()) {
    settle_effects(session, command, database, request, changed);
    // What runs others has changed nothing of its own.
    if (unsynced_keys_.enabled() && !(changed && effects_.suppressed_)) [[unlikely]] {
      unsynced_keys_.settle(*command.spec, request.arguments, session,
                            changed ? effect_log_.end() : 0);
    }
  }
  if (session.tracked || observed_.commands) [[unlikely]] {
    tell_observer(session, command, request.arguments);
  }
  if (outcome == Outcome::kParked) [[unlikely]] {
    return outcome;  // counted when it is answered
  }
  ++command.statistics.calls;
  if (outcome == Outcome::kError) [[unlikely]] {
    ++command.statistics.failed;
  }
  close_latency(session, command, request, began_ns);
  return outcome;
}

// CLIENT REPLY OFF and SKIP: the reply was written as always and is taken back.
void Executor::silence(Session& session, resp::ReplyWriter::Mark begin, resp::ReplyWriter& reply) {
  if (session.reply_mode != ReplyMode::kSkipNext) {
    reply.rewind(begin);
  }
  if (session.reply_mode == ReplyMode::kSkipThis) {
    session.reply_mode = ReplyMode::kOn;
  }
}

void Executor::settle_effects(Session& session, const Command& command, std::uint32_t database,
                              const resp::Request& request, bool changed) {
  // While removal is off, what was found to be over by a read is logged with the next write.
  if (!keyspace_.changes().vanished().empty() && (changed || keyspace_.removal_enabled()))
      [[unlikely]] {
    log_vanished();
  }
  if (!changed || effects_.suppressed_ || session.replay || effect_log_.muted()) {
    return;
  }
  if (unit_ != Unit::kNone) [[unlikely]] {
    begin_unit();
  }
  append_effects(database, command, request);
  session.log_end = effect_log_.end();
}

void Executor::append_effects(std::uint32_t database, const Command& by,
                              const resp::Request& request) {
  if (effects_.count_ == 0) [[likely]] {
    if (table_.has_renames() && by.renamed) [[unlikely]] {
      std::vector<std::string_view> words(request.arguments.begin(), request.arguments.end());
      words[0] = by.spec->name;
      effect_log_.append(database, words);
    } else if (!request.frame.empty()) [[likely]] {
      effect_log_.append_frame(database, request.frame);
    } else {
      effect_log_.append(database, request.arguments);
    }
    return;
  }
  if (effects_.count_ == 1 || unit_ != Unit::kNone) {
    effect_log_.append_frame(database, effects_.commands_);
    return;
  }
  effect_log_.begin_unit();
  effect_log_.append_frame(database, effects_.commands_);
  effect_log_.end_unit();
}

// Within a unit the first effect opens it.
void Executor::begin_unit() {
  if (unit_ == Unit::kWanted) {
    effect_log_.begin_unit();
    unit_ = Unit::kOpen;
  }
}

void Executor::log_vanished() {
  for (const keyspace::Change& change : keyspace_.changes().vanished()) {
    if (change.field) {
      const std::string_view words[] = {"HDEL", change.key, *change.field};
      effect_log_.append(change.database, words);
    } else {
      const std::string_view words[] = {"DEL", change.key};
      effect_log_.append(change.database, words);
    }
  }
  keyspace_.changes().forget_vanished();
}

void Executor::close_latency(const Session& session, Command& command, const resp::Request& request,
                             std::int64_t began_ns) {
  const std::int64_t now = clock_.monotonic_ns();
  const std::int64_t nanoseconds = now - began_ns;
  last_clock_ns_ = now;
  const auto elapsed = static_cast<std::uint64_t>(std::max<std::int64_t>(nanoseconds, 0));
  CommandStatistics& statistics = command.statistics;
  statistics.nanoseconds += elapsed;
  const auto bucket = static_cast<std::size_t>(std::bit_width(elapsed / 1000));
  statistics.histogram[std::min(bucket, statistics.histogram.size() - 1)] +=
      limits_.counts_latencies;
  const std::int64_t microseconds = nanoseconds / 1000;
  if (within_ != 0) [[unlikely]] {
    secrets_ = 0;
    return;  // time stands still, and the slow log shows the whole
  }
  if (microseconds >= 1000) [[unlikely]] {
    // The wall clock has visibly moved on for the commands behind this one.
    keyspace_.set_now_ms(clock_.wall_ms());
  }
  if (slow_log_.wants(microseconds) && (command.spec->traits & traits::kSkipSlowlog) == 0)
      [[unlikely]] {
    slow_log_.add(request.arguments, secrets_, clock_.wall_ms() / 1000, microseconds,
                  session.address, session.name);
  }
  secrets_ = 0;
}

bool Executor::expire_due(std::size_t limit) {
  keyspace_.set_now_ms(clock_.wall_ms());
  const std::size_t expired = keyspace_.expire_due(limit);
  if (effect_log_.enabled()) {
    log_vanished();
  }
  if (keyspace_.changes().pending()) {
    settle_changes();
  }
  return expired == limit;
}

}  // namespace sorrel::exec
