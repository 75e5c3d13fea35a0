// SPDX-License-Identifier: BSD-3-Clause
//
// List values: the class is an empty shell so far, so there is nothing to write and nothing to
// make.
#include "codec.h"

namespace sorrel::persist::rdb {

using types::List;

ValueType Codec<List>::type_of(const List&, const Output::Options&) { return ValueType::kList; }

void Codec<List>::write(const List&, ValueType, Output&) {
  assert(false && "no such value exists");
}

List Codec<List>::read(ValueType, Input& input, const ReadContext&) {
  input.fail(Failure::kUnknown, "a kind of value that is not supported yet");
  return {};
}

}  // namespace sorrel::persist::rdb
