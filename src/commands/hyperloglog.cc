// SPDX-License-Identifier: BSD-3-Clause
//
// The rows of the HyperLogLog family; PFADD, PFCOUNT and PFMERGE. A value is a string. A dense one
// is changed in place, and only when a register rises; a sparse one is worked on in a buffer and
// written back once. PFCOUNT of one key keeps its result in the value, which changes bytes that
// clients can see: it is repeated from the log, but nobody is told. One thread.
#include <algorithm>
#include <cstring>

#include <sorrel/commands/families.h>
#include <sorrel/keyspace/keyspace.h>

#include "hyperloglog_handlers.h"

namespace sorrel::commands::hyperloglogs {

void write_bytes(keyspace::WriteRef& ref, std::string_view bytes) {
  const auto string = ref.resize_string(bytes.size());
  std::memcpy(string.data(), bytes.data(), bytes.size());
}

namespace {

// Registers of a dense value are raised where they lie. The string is opened for writing with the
// first one that rises. Returns: whether one did.
bool add_to_dense(Context& context, keyspace::WriteRef& ref, std::string_view bytes) {
  std::span<char> writable;
  for (std::size_t i = 2; i < context.argument_count(); ++i) {
    const auto [index, height] = hll::observe(context.argument(i));
    if (hll::dense_register(bytes, index) >= height) {
      continue;
    }
    if (writable.empty()) {
      writable = ref.resize_string(bytes.size());
      bytes = {writable.data(), writable.size()};
    }
    hll::set_dense_register(writable, index, height);
  }
  if (writable.empty()) {
    return false;
  }
  hll::forget_estimate(writable);
  return true;
}

// Returns: whether the value changed, or kCorruptHyperLogLog and nothing did.
base::Result<bool> add_to_sparse(Context& context, keyspace::WriteRef& ref,
                                 std::string_view bytes) {
  if (bytes.size() > hll::kMaxSparseBytes) {
    return errors::kCorruptHyperLogLog;
  }
  const std::uint64_t limit = context.keyspace.settings().hll_sparse_max_bytes;
  hll::Sketch sketch(bytes);
  bool changed = !ref.exists();
  for (std::size_t i = 2; i < context.argument_count(); ++i) {
    switch (sketch.raise(hll::observe(context.argument(i)), limit)) {
      case hll::Sketch::Change::kNone:
        break;
      case hll::Sketch::Change::kRaised:
        changed = true;
        break;
      case hll::Sketch::Change::kCorrupt:
        return errors::kCorruptHyperLogLog;
    }
  }
  if (changed) {
    sketch.forget_estimate();
    write_bytes(ref, sketch.bytes());
  }
  return changed;
}

// The union of the values under some arguments; missing ones are empty.
class Union {
 public:
  // Returns: nullopt, or the first error that a key is.
  std::optional<base::Error> add(Context& context, std::size_t index) {
    const Record* record = context.database.find(context.key(index));
    if (record == nullptr) {
      return std::nullopt;
    }
    const auto bytes = value_of(*record);
    if (!bytes) {
      return bytes.error();
    }
    has_dense_ = has_dense_ || hll::form_of(*bytes) == hll::Form::kDense;
    return hll::merge(registers_, *bytes) ? std::nullopt
                                          : std::optional(errors::kCorruptHyperLogLog);
  }
  std::optional<base::Error> add_all(Context& context) {
    for (std::size_t i = 1; i < context.argument_count(); ++i) {
      if (const auto error = add(context, i)) {
        return error;
      }
    }
    return std::nullopt;
  }
  const hll::Registers& registers() const { return registers_; }
  bool has_dense() const { return has_dense_; }

 private:
  hll::Registers registers_{};
  bool has_dense_ = false;
};

Outcome count_one(Context& context) {
  const Record* record = context.database.find(context.key(1));
  if (record == nullptr) {
    return exec::reply_integer(context, 0);
  }
  const auto bytes = value_of(*record);
  if (!bytes) {
    return context.fail(bytes.error());
  }
  if (const auto cached = hll::cached_estimate(*bytes)) {
    return exec::reply_integer(context, static_cast<std::int64_t>(*cached));
  }
  const auto estimate = hll::estimate(*bytes);
  if (!estimate) {
    return context.fail(errors::kCorruptHyperLogLog);
  }
  auto ref = context.database.write(context.key(1));
  hll::cache_estimate(ref.resize_string(bytes->size()), *estimate);
  ref.commit(events::kPfCount);
  return exec::reply_integer(context, static_cast<std::int64_t>(*estimate));
}

// What PFMERGE makes of a sparse destination: the registers raised one by one, as if the elements
// had come. Returns: false when it is corrupt.
bool raise_all(hll::Sketch& sketch, const hll::Registers& registers, std::uint64_t limit) {
  for (std::size_t i = 0; i < registers.size(); ++i) {
    const hll::Observation observation{static_cast<std::uint16_t>(i), registers[i]};
    if (registers[i] != 0 && sketch.raise(observation, limit) == hll::Sketch::Change::kCorrupt) {
      return false;
    }
  }
  return true;
}

}  // namespace

Outcome pfadd(Context& context) {
  auto ref = context.database.write(context.key(1));
  std::string_view bytes = hll::empty();
  if (ref.exists()) {
    const auto value = value_of(ref.record());
    if (!value) {
      return context.fail(value.error());
    }
    bytes = *value;
  }
  bool changed = false;
  if (hll::form_of(bytes) == hll::Form::kDense) {
    changed = add_to_dense(context, ref, bytes);
  } else {
    const auto result = add_to_sparse(context, ref, bytes);
    if (!result) {
      return context.fail(result.error());
    }
    changed = *result;
  }
  if (changed) {
    ref.commit(events::kPfAdd);
  }
  return exec::reply_integer(context, changed ? 1 : 0);
}

Outcome pfcount(Context& context) {
  if (context.argument_count() == 2) {
    return count_one(context);
  }
  Union all;
  if (const auto error = all.add_all(context)) {
    return context.fail(*error);
  }
  return exec::reply_integer(context, static_cast<std::int64_t>(hll::estimate(all.registers())));
}

Outcome pfmerge(Context& context) {
  Union all;
  if (const auto error = all.add_all(context)) {
    return context.fail(*error);
  }
  auto ref = context.database.write(context.key(1));
  if (all.has_dense()) {
    const auto writable = ref.resize_string(hll::kDenseBytes);
    hll::write_dense(writable, all.registers());
    hll::forget_estimate(writable);
  } else {
    const std::string_view bytes = ref.exists() ? *value_of(ref.record()) : hll::empty();
    hll::Sketch sketch(bytes);
    if (!raise_all(sketch, all.registers(), context.keyspace.settings().hll_sparse_max_bytes)) {
      return context.fail(errors::kCorruptHyperLogLog);
    }
    sketch.forget_estimate();
    write_bytes(ref, sketch.bytes());
  }
  ref.commit(events::kPfAdd);
  return exec::reply_ok(context);
}

namespace {

using exec::CommandSpec;
using namespace exec::traits;

constexpr auto kFamily = exec::acl::kHyperLogLog;
constexpr auto kReads = kFamily | exec::acl::kRead;
constexpr auto kWrites = kFamily | exec::acl::kWrite;
constexpr auto kQuick = exec::acl::kFast;
constexpr auto kSlow = exec::acl::kSlow;
constexpr auto kDebugs = exec::acl::kAdmin | exec::acl::kDangerous | kSlow;

constexpr exec::KeyPositions kAll{1, -1, 1};

constexpr CommandSpec kRows[] = {
    {"pfadd", -2, kWrite | kDenyOom | kFast, {1, 1, 1}, kWrites | kQuick, &pfadd},
    {"pfcount", -2, kReadonly | kMayReplicate, kAll, kReads | kSlow, &pfcount},
    {"pfdebug", 3, kWrite | kDenyOom | kAdmin, {2, 2, 1}, kWrites | kDebugs, &pfdebug},
    {"pfmerge", -2, kWrite | kDenyOom, kAll, kWrites | kSlow, &pfmerge},
    {"pfselftest", 1, kAdmin, {}, kFamily | kDebugs, &pfselftest},
};

}  // namespace
}  // namespace sorrel::commands::hyperloglogs

namespace sorrel::commands {

void add_hyperloglog_commands(exec::CommandTable& table) { table.add(hyperloglogs::kRows); }

}  // namespace sorrel::commands
