// SPDX-License-Identifier: BSD-3-Clause
//
// PFDEBUG looks inside a value, PFSELFTEST holds the register algebra against itself: packed
// registers against plain ones, the sparse form against the dense one, estimates against the true
// number. It takes some ten milliseconds; both are for developers. One thread.
#include <cmath>
#include <string>

#include "hyperloglog_handlers.h"

namespace sorrel::commands::hyperloglogs {
namespace {

constexpr std::uint64_t kNeverDense = hll::kMaxSparseBytes;

// Makes the value dense if it is not. Returns: whether it was sparse, or that it is corrupt.
base::Result<bool> make_dense(Context& context, std::string_view bytes) {
  if (hll::form_of(bytes) == hll::Form::kDense) {
    return false;
  }
  if (bytes.size() > hll::kMaxSparseBytes) {
    return errors::kCorruptHyperLogLog;
  }
  hll::Sketch sketch(bytes);
  if (!sketch.make_dense()) {
    return errors::kCorruptHyperLogLog;
  }
  auto ref = context.database.write(context.key(2));
  write_bytes(ref, sketch.bytes());
  ref.commit(events::kPfDebug);
  return true;
}

Outcome reply_registers(Context& context) {
  const Record* record = context.database.peek(context.key(2));
  const std::string_view bytes = *value_of(*record);
  context.reply.array(hll::kRegisters);
  for (std::size_t i = 0; i < hll::kRegisters; ++i) {
    context.reply.integer(hll::dense_register(bytes, i));
  }
  return Outcome::kOk;
}

Outcome reply_runs(Context& context, std::string_view bytes) {
  if (hll::form_of(bytes) != hll::Form::kSparse) {
    return context.fail(errors::kHyperLogLogNotSparse);
  }
  const auto text = hll::describe_sparse(bytes);
  return text ? exec::reply_bulk(context, *text) : context.fail(errors::kCorruptHyperLogLog);
}

// Registers set one by one in a dense value, against plain ones.
bool registers_hold(base::Random& random) {
  std::string dense = "HYLL" + std::string(hll::kDenseBytes - 4, '\0');
  hll::Registers plain{};
  for (int i = 0; i < 20'000; ++i) {
    const std::size_t index = random.below(hll::kRegisters);
    plain[index] = static_cast<std::uint8_t>(random.below(64));
    hll::set_dense_register(dense, index, plain[index]);
  }
  hll::Registers unpacked{};
  if (!hll::merge(unpacked, dense) || unpacked != plain) {
    return false;
  }
  std::string again(hll::kDenseBytes, '\0');
  hll::write_dense(again, plain);
  return again == dense;
}

// Elements added to both forms: equal registers, and an estimate near the true number.
bool estimates_hold(base::Random& random) {
  hll::Sketch sparse(hll::empty());
  hll::Sketch dense(hll::empty());
  dense.make_dense();
  const std::uint64_t salt = random.next();
  std::uint64_t next = 1;
  for (std::uint64_t count = 1; count <= 100'000; ++count) {
    const std::uint64_t number = salt + count;
    const auto seen = hll::observe({reinterpret_cast<const char*>(&number), sizeof(number)});
    dense.raise(seen, 0);
    if (count <= 2'000) {
      sparse.raise(seen, kNeverDense);
    }
    if (count < next) {
      continue;
    }
    next = count * 10;
    const auto estimate = hll::estimate(dense.bytes());
    // Six times the standard error, and a little for small numbers.
    const double allowed = 6 * 0.0081 * static_cast<double>(count) + 1;
    if (!estimate ||
        std::abs(static_cast<double>(*estimate) - static_cast<double>(count)) > allowed ||
        (count <= 1'000 && hll::estimate(sparse.bytes()) != estimate)) {
      return false;
    }
  }
  return true;
}

}  // namespace

Outcome pfdebug(Context& context) {
  const Record* record = context.database.peek(context.key(2));
  if (record == nullptr) {
    return context.fail(errors::kHyperLogLogMissing);
  }
  const auto bytes = value_of(*record);
  if (!bytes) {
    return context.fail(bytes.error());
  }
  if (context.argument_is(1, "ENCODING")) {
    context.reply.simple(hll::form_of(*bytes) == hll::Form::kDense ? "dense" : "sparse");
    return Outcome::kOk;
  }
  if (context.argument_is(1, "DECODE")) {
    return reply_runs(context, *bytes);
  }
  const bool registers = context.argument_is(1, "GETREG");
  if (!registers && !context.argument_is(1, "TODENSE")) {
    return context.fail_with("ERR", "Unknown PFDEBUG subcommand '" +
                                        errors::shown(context.argument(1), errors::kMaxShownName) +
                                        "'");
  }
  const auto was_sparse = make_dense(context, *bytes);
  if (!was_sparse) {
    return context.fail(was_sparse.error());
  }
  return registers ? reply_registers(context) : exec::reply_integer(context, *was_sparse ? 1 : 0);
}

Outcome pfselftest(Context& context) {
  if (!registers_hold(context.random)) {
    return context.fail_with("TESTFAILED", "a register lost its value");
  }
  if (!estimates_hold(context.random)) {
    return context.fail_with("TESTFAILED", "an estimate is too far off");
  }
  return exec::reply_ok(context);
}

}  // namespace sorrel::commands::hyperloglogs
