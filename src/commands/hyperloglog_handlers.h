// SPDX-License-Identifier: BSD-3-Clause
//
// The handlers of the HyperLogLog family, by the file they stand in, and what they share: a key's
// string as a HyperLogLog, or the error that tells what it is instead. One thread.
#pragma once

#include <string_view>

#include <sorrel/types/hyperloglog.h>

#include "keys_lookup.h"

namespace sorrel::commands::hyperloglogs {

namespace hll = types::hyperloglog;

// hyperloglog.cc
Outcome pfadd(Context& context);
Outcome pfcount(Context& context);
Outcome pfmerge(Context& context);

// hyperloglog_debug.cc
Outcome pfdebug(Context& context);
Outcome pfselftest(Context& context);

// The bytes under a key. Returns: kWrongType or kNotHyperLogLog when they are something else.
// Lifetime: until the record changes. Every HyperLogLog is longer than an integer's text.
inline base::Result<std::string_view> value_of(const Record& record) {
  if (record.type() != Type::kString) {
    return errors::kWrongType;
  }
  if (record.encoding() == keyspace::Encoding::kInteger) {
    return errors::kNotHyperLogLog;
  }
  keyspace::IntegerText unused;
  const std::string_view bytes = record.string(unused);
  if (!hll::form_of(bytes)) {
    return errors::kNotHyperLogLog;
  }
  return bytes;
}

// Makes the string under a key these bytes, in place, with its deadline.
void write_bytes(keyspace::WriteRef& ref, std::string_view bytes);

}  // namespace sorrel::commands::hyperloglogs
