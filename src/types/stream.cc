// SPDX-License-Identifier: BSD-3-Clause
#include <sorrel/types/stream.h>

namespace sorrel::types {

std::string_view encoding_name(StreamEncoding encoding) {
  static_cast<void>(encoding);
  return "stream";
}
Stream Stream::clone(const Settings&) const { return {}; }
StreamEncoding Stream::encoding() const { return {}; }
std::size_t Stream::memory_bytes() const { return 0; }
std::uint64_t Stream::release_cost() const { return 1; }
bool Stream::release_some(std::uint64_t) { return true; }

}  // namespace sorrel::types
