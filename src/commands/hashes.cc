// SPDX-License-Identifier: BSD-3-Clause
//
// The rows of the hash family, as Redis 8.0 reports them, and what its files share. The handlers
// stand in the files that hashes.h lists. One thread.
#include "hashes.h"

#include <sorrel/commands/families.h>
#include <sorrel/exec/traits.h>

#include "strings_options.h"

namespace sorrel::commands {
namespace hashes {

base::Result<Fields> read_fields(const Context& context, std::size_t at,
                                 const base::Error& not_positive) {
  if (!context.argument_is(at, "FIELDS")) return errors::kFieldsMissing;
  const auto number = base::parse_integer(context.argument(at + 1));
  if (!number || *number < 1) return not_positive;
  const Fields fields = context.arguments.subspan(at + 2);
  if (fields.size() != static_cast<std::uint64_t>(*number)) return errors::kFieldsMismatch;
  return fields;
}

std::optional<std::int64_t> field_deadline_or_fail(Context& context, std::string_view text,
                                                   std::int64_t unit_ms, std::int64_t base_ms) {
  constexpr std::int64_t kLatest = (std::int64_t{1} << 46) - 1;
  const auto time = base::parse_integer(text);
  if (!time || *time < 0) {
    context.fail(time ? errors::kNegativeExpire : errors::kNotInteger);
    return std::nullopt;
  }
  if (*time > kLatest / unit_ms || *time * unit_ms > kLatest - base_ms) {
    fail_expire_time(context);
    return std::nullopt;
  }
  return *time * unit_ms + base_ms;
}

namespace {

void repeat(Context& context, std::initializer_list<std::string_view> head, Fields fields) {
  std::vector<std::string_view> words(head);
  words.insert(words.end(), fields.begin(), fields.end());
  context.effects.replace(words);
}

}  // namespace

void repeat_deletion(Context& context, Fields fields) {
  repeat(context, {"HDEL", context.argument(1)}, fields);
}

void repeat_deadline(Context& context, std::int64_t deadline_ms, Fields fields) {
  const IntegerWord count(static_cast<std::int64_t>(fields.size()));
  repeat(context, {"HPEXPIREAT", context.argument(1), IntegerWord(deadline_ms), "FIELDS", count},
         fields);
}

void repeat_persist(Context& context, Fields fields) {
  const IntegerWord count(static_cast<std::int64_t>(fields.size()));
  repeat(context, {"HPERSIST", context.argument(1), "FIELDS", count}, fields);
}

namespace {

using namespace exec::traits;

constexpr exec::AclCategories kFastRead = exec::acl::kRead | exec::acl::kHash | exec::acl::kFast;
constexpr exec::AclCategories kSlowRead = exec::acl::kRead | exec::acl::kHash | exec::acl::kSlow;
constexpr exec::AclCategories kFastWrite = exec::acl::kWrite | exec::acl::kHash | exec::acl::kFast;

constexpr exec::KeyPositions kOne = {1, 1, 1};
constexpr exec::Traits kRead = kReadonly | kFast;
constexpr exec::Traits kChange = kWrite | kFast;
constexpr exec::Traits kGrow = kWrite | kDenyOom | kFast;
constexpr exec::MemberHint kField = {2, false};

constexpr exec::CommandSpec kRows[] = {
    {"hdel", -3, kChange, kOne, kFastWrite, &hdel, kField},
    {"hexists", 3, kRead, kOne, kFastRead, &hexists, kField},
    {"hexpire", -6, kChange, kOne, kFastWrite, &hexpire},
    {"hexpireat", -6, kChange, kOne, kFastWrite, &hexpireat},
    {"hexpiretime", -5, kRead, kOne, kFastRead, &hexpiretime},
    {"hget", 3, kRead, kOne, kFastRead, &hget, kField},
    {"hgetall", 2, kReadonly, kOne, kSlowRead, &hgetall},
    {"hgetdel", -5, kChange, kOne, kFastWrite, &hgetdel},
    {"hgetex", -5, kChange, kOne, kFastWrite, &hgetex},
    {"hincrby", 4, kGrow, kOne, kFastWrite, &hincrby, kField},
    {"hincrbyfloat", 4, kGrow, kOne, kFastWrite, &hincrbyfloat, kField},
    {"hkeys", 2, kReadonly, kOne, kSlowRead, &hkeys},
    {"hlen", 2, kRead, kOne, kFastRead, &hlen},
    {"hmget", -3, kRead, kOne, kFastRead, &hmget, kField},
    {"hmset", -4, kGrow, kOne, kFastWrite, &hmset, kField},
    {"hpersist", -5, kChange, kOne, kFastWrite, &hpersist},
    {"hpexpire", -6, kChange, kOne, kFastWrite, &hpexpire},
    {"hpexpireat", -6, kChange, kOne, kFastWrite, &hpexpireat},
    {"hpexpiretime", -5, kRead, kOne, kFastRead, &hpexpiretime},
    {"hpttl", -5, kRead, kOne, kFastRead, &hpttl},
    {"hrandfield", -2, kReadonly, kOne, kSlowRead, &hrandfield},
    {"hscan", -3, kReadonly, kOne, kSlowRead, &hscan},
    {"hset", -4, kGrow, kOne, kFastWrite, &hset, kField},
    {"hsetex", -6, kGrow, kOne, kFastWrite, &hsetex},
    {"hsetnx", 4, kGrow, kOne, kFastWrite, &hsetnx, kField},
    {"hstrlen", 3, kRead, kOne, kFastRead, &hstrlen, kField},
    {"httl", -5, kRead, kOne, kFastRead, &httl},
    {"hvals", 2, kReadonly, kOne, kSlowRead, &hvals},
};

}  // namespace
}  // namespace hashes

void add_hash_commands(exec::CommandTable& table) { table.add(hashes::kRows); }

}  // namespace sorrel::commands
