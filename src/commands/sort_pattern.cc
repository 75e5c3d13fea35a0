// SPDX-License-Identifier: BSD-3-Clause
//
// Reading the patterns of SORT, and looking up what they name. One thread.
#include "sort_pattern.h"

#include <sorrel/types/hash.h>

namespace sorrel::commands {

using keyspace::Type;

SortPattern::SortPattern(std::string_view text) {
  const std::string_view visible = text.substr(0, text.find('\0'));
  element_ = visible == "#";
  const std::size_t star = visible.find('*');
  if (element_ || star == std::string_view::npos) return;
  star_ = true;
  before_ = text.substr(0, star);
  behind_ = text.substr(star + 1);
  const std::size_t arrow = visible.find("->", star + 1);
  if (arrow != std::string_view::npos && arrow + 2 < visible.size()) {
    behind_ = text.substr(star + 1, arrow - star - 1);
    field_ = text.substr(arrow + 2);
  }
}

void SortPattern::append_name(std::string_view element, std::string& out) const {
  out.append(before_).append(element).append(behind_);
}

std::string_view SortLookups::name_of(std::size_t index) const {
  const std::size_t begin = lookups_[index].name_begin;
  const std::size_t end =
      index + 1 < lookups_.size() ? lookups_[index + 1].name_begin : names_.size();
  return std::string_view(names_).substr(begin, end - begin);
}

void SortLookups::fetch_ahead(exec::Context& context) {
  for (std::size_t i = 0; i < lookups_.size(); ++i) {
    if (!names_key(lookups_[i])) continue;
    lookups_[i].hash = context.keyspace.hash(name_of(i));
    context.database.prefetch(lookups_[i].hash);
  }
  for (const Lookup& lookup : lookups_) {
    if (names_key(lookup)) context.database.prefetch_record(lookup.hash);
  }
}

std::optional<SortLookups::Value> SortLookups::find(exec::Context& context,
                                                    std::size_t index) const {
  const Lookup& lookup = lookups_[index];
  if (lookup.pattern->is_element()) return Value{lookup.element};
  if (lookup.pattern->is_constant()) return std::nullopt;
  const keyspace::Record* record = context.database.find({name_of(index), lookup.hash});
  if (record == nullptr) return std::nullopt;
  if (const auto& field = lookup.pattern->field(); field) {
    if (record->type() != Type::kHash) return std::nullopt;
    return record->collection<types::Hash>().get(*field);
  }
  if (record->type() != Type::kString) return std::nullopt;
  if (record->encoding() == keyspace::Encoding::kInteger) return Value{{}, record->integer(), true};
  keyspace::IntegerText unused;
  return Value{record->string(unused)};
}

}  // namespace sorrel::commands
