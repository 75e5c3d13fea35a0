// SPDX-License-Identifier: BSD-3-Clause
//
// The table of the categories.
#include <sorrel/base/text.h>
#include <sorrel/exec/categories.h>

namespace sorrel::exec {
namespace {

constexpr CategoryName kNames[] = {
    {acl::kKeyspace, "@keyspace"},
    {acl::kRead, "@read"},
    {acl::kWrite, "@write"},
    {acl::kSet, "@set"},
    {acl::kSortedSet, "@sortedset"},
    {acl::kList, "@list"},
    {acl::kHash, "@hash"},
    {acl::kString, "@string"},
    {acl::kBitmap, "@bitmap"},
    {acl::kHyperLogLog, "@hyperloglog"},
    {acl::kGeo, "@geo"},
    {acl::kStream, "@stream"},
    {acl::kPubsub, "@pubsub"},
    {acl::kAdmin, "@admin"},
    {acl::kFast, "@fast"},
    {acl::kSlow, "@slow"},
    {acl::kBlocking, "@blocking"},
    {acl::kDangerous, "@dangerous"},
    {acl::kConnection, "@connection"},
    {acl::kTransaction, "@transaction"},
    {acl::kScripting, "@scripting"},
};

}  // namespace

std::span<const CategoryName> category_names() { return kNames; }

AclCategories category_named(std::string_view name) {
  for (const CategoryName& category : kNames) {
    if (base::equals_ignoring_case(name, category.name.substr(1))) {
      return category.bit;
    }
  }
  return 0;
}

}  // namespace sorrel::exec
