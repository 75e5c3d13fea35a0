// SPDX-License-Identifier: BSD-3-Clause
#include <sorrel/types/hash.h>

namespace sorrel::types {

std::string_view encoding_name(HashEncoding encoding) {
  static_cast<void>(encoding);
  return "listpack";
}
Hash Hash::clone(const Settings&) const { return {}; }
HashEncoding Hash::encoding() const { return {}; }
std::size_t Hash::memory_bytes() const { return 0; }
std::uint64_t Hash::release_cost() const { return 1; }
bool Hash::release_some(std::uint64_t) { return true; }

}  // namespace sorrel::types
