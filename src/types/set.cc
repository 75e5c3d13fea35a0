// SPDX-License-Identifier: BSD-3-Clause
#include <sorrel/types/set.h>

namespace sorrel::types {

std::string_view encoding_name(SetEncoding encoding) {
  static_cast<void>(encoding);
  return "intset";
}
Set Set::clone(const Settings&) const { return {}; }
SetEncoding Set::encoding() const { return {}; }
std::size_t Set::memory_bytes() const { return 0; }
std::uint64_t Set::release_cost() const { return 1; }
bool Set::release_some(std::uint64_t) { return true; }

}  // namespace sorrel::types
