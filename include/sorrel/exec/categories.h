// SPDX-License-Identifier: BSD-3-Clause
//
// The names of the ACL categories, in the order in which Redis prints them. Constants; any thread.
#pragma once

#include <span>
#include <string_view>

#include <sorrel/exec/traits.h>

namespace sorrel::exec {

struct CategoryName {
  AclCategories bit;
  std::string_view name;  // with its at sign: "@read"
};

[[nodiscard]] std::span<const CategoryName> category_names();

// By its name without the at sign, in any case. Returns: 0 when there is none.
[[nodiscard]] AclCategories category_named(std::string_view name);

}  // namespace sorrel::exec
