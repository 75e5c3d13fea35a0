// SPDX-License-Identifier: BSD-3-Clause
//
// Hash values: the class is an empty shell so far, so there is nothing to write and nothing to
// make.
#include "codec.h"

namespace sorrel::persist::rdb {

using types::Hash;

ValueType Codec<Hash>::type_of(const Hash&, const Output::Options&) { return ValueType::kHash; }

void Codec<Hash>::write(const Hash&, ValueType, Output&) {
  assert(false && "no such value exists");
}

Hash Codec<Hash>::read(ValueType, Input& input, const ReadContext&) {
  input.fail(Failure::kUnknown, "a kind of value that is not supported yet");
  return {};
}

}  // namespace sorrel::persist::rdb
