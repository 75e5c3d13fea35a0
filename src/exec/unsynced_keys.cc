// SPDX-License-Identifier: BSD-3-Clause
//
// A change without keys (FLUSHALL, SWAPDB) counts as one of every key.
#include <algorithm>

#include <sorrel/exec/traits.h>
#include <sorrel/exec/unsynced_keys.h>
#include <sorrel/exec/visit_keys.h>

namespace sorrel::exec {

void UnsyncedKeys::set_enabled(bool on) {
  if (on == enabled()) {
    return;
  }
  ends_ = std::vector<std::uint64_t>(on ? kPlaces : 0);
  everywhere_ = last_ = 0;
}

void UnsyncedKeys::on_change(const CommandSpec& spec, std::span<const std::string_view> arguments,
                             std::uint64_t end) {
  last_ = end;
  if (!visit_keys(spec, arguments, [&](std::string_view key) { ends_[place(key)] = end; })) {
    everywhere_ = end;
  }
}

std::uint64_t UnsyncedKeys::told_by(const CommandSpec& spec,
                                    std::span<const std::string_view> arguments) const {
  std::uint64_t end = 0;
  const bool named = visit_keys(spec, arguments, [&](std::string_view key) {
    end = std::max({end, everywhere_, ends_[place(key)]});
  });
  return !named && (spec.traits & traits::kReadonly) != 0 ? last_ : end;
}

}  // namespace sorrel::exec
