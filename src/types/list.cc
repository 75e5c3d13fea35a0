// SPDX-License-Identifier: BSD-3-Clause
#include <sorrel/types/list.h>

namespace sorrel::types {

std::string_view encoding_name(ListEncoding encoding) {
  static_cast<void>(encoding);
  return "listpack";
}
List List::clone(const Settings&) const { return {}; }
ListEncoding List::encoding() const { return {}; }
std::size_t List::memory_bytes() const { return 0; }
std::uint64_t List::release_cost() const { return 1; }
bool List::release_some(std::uint64_t) { return true; }

}  // namespace sorrel::types
