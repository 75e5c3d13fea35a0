// SPDX-License-Identifier: BSD-3-Clause
//
// Libraries to bytes and back.
#include <sorrel/persist/libraries_payload.h>

#include "format.h"
#include "input.h"
#include "output.h"
#include "seal.h"

namespace sorrel::persist {

using rdb::Opcode;

std::string seal_libraries(std::span<const std::string_view> codes, bool compress) {
  rdb::Output output({rdb::kVersionRedis70, compress});
  for (const std::string_view code : codes) {
    output.opcode(Opcode::kFunction);
    output.string(code);
  }
  rdb::seal(output, rdb::kVersionRedis70);
  return output.take();
}

LibrariesPayload open_libraries(std::string_view payload, bool check_sum) {
  LibrariesPayload result;
  const auto unsealed = rdb::unseal(payload, check_sum);
  if (!unsealed) {
    result.error = "DUMP payload version or checksum are wrong";
    return result;
  }
  rdb::Input input(unsealed->body);
  std::string scratch;
  while (result.error.empty() && !input.at_end()) {
    const auto opcode = static_cast<Opcode>(input.byte());
    if (opcode == Opcode::kFunctionOld) {
      result.error = "Pre-GA function format not supported";
    } else if (opcode != Opcode::kFunction) {
      result.error = "given type is not a function";
    } else if (const std::string_view code = input.string(scratch); input.ok()) {
      result.codes.emplace_back(code);
    } else {
      result.error = "Failed loading library payload";
    }
  }
  return result;
}

}  // namespace sorrel::persist
