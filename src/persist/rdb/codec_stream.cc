// SPDX-License-Identifier: BSD-3-Clause
//
// Stream values: the class is an empty shell so far, so there is nothing to write and nothing to
// make.
#include "codec.h"

namespace sorrel::persist::rdb {

using types::Stream;

ValueType Codec<Stream>::type_of(const Stream&, const Output::Options&) {
  return ValueType::kStream3;
}

void Codec<Stream>::write(const Stream&, ValueType, Output&) {
  assert(false && "no such value exists");
}

Stream Codec<Stream>::read(ValueType, Input& input, const ReadContext&) {
  input.fail(Failure::kUnknown, "a kind of value that is not supported yet");
  return {};
}

}  // namespace sorrel::persist::rdb
