// SPDX-License-Identifier: BSD-3-Clause
//
// The patterns of SORT's BY and GET: which value of another key belongs to an element.
//
//   weight_*        the string under the name in which the element takes the star's place
//   object_*->name  the field `name` of the hash under such a name
//   #               the element itself (GET only)
//   nosort          a constant: without a star there is nothing to look up
//
// The first star counts, and the first arrow behind it that is not the end. As in Redis both are
// looked for up to the first zero byte only.
//
// Names are looked up in groups, so that the cache misses of one group overlap. A look-up counts as
// an access, and can drop a key that has expired. One thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sorrel/base/listpack.h>
#include <sorrel/exec/context.h>

namespace sorrel::commands {

class SortPattern {
 public:
  // Lifetime: views the text.
  explicit SortPattern(std::string_view text);

  bool is_element() const { return element_; }
  bool is_constant() const { return !element_ && !star_; }

  // Appends the name of the key that belongs to an element. Requires: neither of the above.
  void append_name(std::string_view element, std::string& out) const;
  // Of a hash; nothing when the pattern means a string.
  const std::optional<std::string_view>& field() const { return field_; }

 private:
  bool element_ = false;
  bool star_ = false;
  std::string_view before_;
  std::string_view behind_;
  std::optional<std::string_view> field_;
};

// Look-ups that are made together: add() some, then run() emits one value for each, in order.
class SortLookups {
 public:
  // A text, or an integer that stands for its decimal text.
  using Value = base::ListpackValue;

  static constexpr std::size_t kGroup = 32;

  // Lifetime: the pattern and the element must live until run().
  void add(const SortPattern& pattern, std::string_view element) {
    lookups_.push_back({&pattern, element, names_.size(), 0});
    if (!pattern.is_element() && !pattern.is_constant()) pattern.append_name(element, names_);
  }
  std::size_t size() const { return lookups_.size(); }

  // Calls emit(const Value*), with null for what is not there, for each in turn, and forgets them.
  // Lifetime of the values: until a key of the database changes.
  template <class Emit>
  void run(exec::Context& context, Emit&& emit) {
    fetch_ahead(context);
    for (std::size_t i = 0; i < lookups_.size(); ++i) {
      const std::optional<Value> value = find(context, i);
      emit(value ? &*value : nullptr);
    }
    lookups_.clear();
    names_.clear();
  }

 private:
  struct Lookup {
    const SortPattern* pattern = nullptr;
    std::string_view element;
    std::size_t name_begin = 0;
    std::uint64_t hash = 0;
  };

  bool names_key(const Lookup& lookup) const {
    return !lookup.pattern->is_element() && !lookup.pattern->is_constant();
  }
  std::string_view name_of(std::size_t index) const;
  void fetch_ahead(exec::Context& context);
  std::optional<Value> find(exec::Context& context, std::size_t index) const;

  std::vector<Lookup> lookups_;
  std::string names_;
};

}  // namespace sorrel::commands
