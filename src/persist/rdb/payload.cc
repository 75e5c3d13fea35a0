// SPDX-License-Identifier: BSD-3-Clause
//
// Sealing one value and opening a sealed one.
#include "codec.h"
#include "seal.h"

namespace sorrel::persist {
namespace {

using rdb::ValueType;

// The version that brought this kind, if it is one that some readers do not know.
std::uint16_t version_of(ValueType type) {
  if (type == ValueType::kHashDeadlines || type == ValueType::kHashListpackDeadlines) {
    return rdb::kVersionFieldDeadlines;
  }
  return type == ValueType::kStream3 ? rdb::kVersionSetListpack : rdb::kVersionRedis70;
}

}  // namespace

std::string dump_payload(const keyspace::Record& record, bool compress) {
  rdb::Output output({rdb::kVersionRedis70, compress});
  const ValueType type = rdb::type_of(record, output.options());
  output.type(type);
  rdb::write_value(record, type, output);
  rdb::seal(output, version_of(type));
  return output.take();
}

PayloadResult restore_payload(std::string_view payload, const PayloadOptions& options) {
  PayloadResult result;
  const auto unsealed = rdb::unseal(payload, options.check_sum);
  if (!unsealed) {
    result.error = PayloadError::kVersionOrChecksum;
    return result;
  }
  rdb::Input input(unsealed->body);
  const std::uint8_t type = input.byte();
  result.value = rdb::read_value(type, input, {options.settings, unsealed->version});
  if (input.ok() && !input.at_end()) {
    input.fail(rdb::Failure::kMalformed, "bytes behind the value");
  }
  if (!input.ok()) {
    result.error = PayloadError::kBadFormat;
    result.reason = input.reason();
    result.value = {};
  }
  return result;
}

}  // namespace sorrel::persist
