// SPDX-License-Identifier: BSD-3-Clause
//
// Set values: the class is an empty shell so far, so there is nothing to write and nothing to make.
#include "codec.h"

namespace sorrel::persist::rdb {

using types::Set;

ValueType Codec<Set>::type_of(const Set&, const Output::Options&) { return ValueType::kSet; }

void Codec<Set>::write(const Set&, ValueType, Output&) { assert(false && "no such value exists"); }

Set Codec<Set>::read(ValueType, Input& input, const ReadContext&) {
  input.fail(Failure::kUnknown, "a kind of value that is not supported yet");
  return {};
}

}  // namespace sorrel::persist::rdb
