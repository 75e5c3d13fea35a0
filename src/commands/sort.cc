// SPDX-License-Identifier: BSD-3-Clause
//
// SORT and SORT_RO: the elements of a list, a set or a sorted set in order of themselves or of
// values of other keys, a part of them, replied or stored as a list.
//
//   parse -> collect the elements -> weigh them -> order -> reply or store
//
// Numbers that are equal are ordered by the elements' bytes, so the whole order is settled. Texts
// that are equal (ALPHA) come out as the algorithms of ordering.h leave them, as in Redis; so do
// those that differ behind a zero byte only, unless the result is stored. What is stored must
// not depend on where members happen to lie in a hash table: a set without an order is stored by
// the bytes of its members, and they decide between equal texts.
//
// The effect of SORT ... STORE is the command itself: it reads what it read the first time. A
// sorted set is only read; in Redis it changes its encoding. One thread.
#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <vector>

#include <sorrel/base/numbers.h>
#include <sorrel/commands/families.h>
#include <sorrel/exec/argument_reader.h>
#include <sorrel/exec/traits.h>
#include <sorrel/exec/user.h>
#include <sorrel/types/list.h>
#include <sorrel/types/set.h>
#include <sorrel/types/sorted_set.h>

#include "collections.h"
#include "ordering.h"
#include "sort_pattern.h"

namespace sorrel::commands {
namespace {

using exec::Context;
using exec::Outcome;
using keyspace::Record;
using keyspace::Type;
using Value = SortLookups::Value;
namespace errors = exec::errors;
namespace events = keyspace::events;

constexpr base::Error kNotDouble{"ERR", "One or more scores can't be converted into double"};

constexpr base::Error kByDenied{"ERR",
                                "BY option of SORT denied due to insufficient ACL permissions."};
constexpr base::Error kGetDenied{"ERR",
                                 "GET option of SORT denied due to insufficient ACL permissions."};

// Patterns name keys by what is found, so they are for users who may read whatever key there is.
bool reads_all_keys(const Context& context) {
  const exec::User* const user = context.session.user.get();
  return user == nullptr || user->reads_all_keys(context.command, context.arguments);
}

struct SortRequest {
  bool descending = false;
  bool alpha = false;
  bool unsorted = false;  // BY a constant
  std::int64_t offset = 0;
  std::int64_t count = -1;  // negative: all
  std::optional<SortPattern> by;
  std::vector<SortPattern> gets;
  std::size_t store = 0;  // index of the key that gets the result; 0: none
};

base::Result<SortRequest> parse(const Context& context, bool may_store) {
  SortRequest request;
  const bool reads_all = reads_all_keys(context);
  exec::ArgumentReader read(context, 2);
  while (read.more()) {
    if (read.word("ASC")) {
      request.descending = false;
    } else if (read.word("DESC")) {
      request.descending = true;
    } else if (read.word("ALPHA")) {
      request.alpha = true;
    } else if (read.word_with("LIMIT", 2)) {
      request.offset = read.integer();
      request.count = read.integer();
    } else if (read.word_with("BY", 1)) {
      const SortPattern pattern(read.text());
      if (!reads_all && !pattern.is_element() && !pattern.is_constant()) {
        read.fail(kByDenied);
      }
      request.by = pattern;
      request.unsorted = request.unsorted || pattern.is_element() || pattern.is_constant();
    } else if (read.word_with("GET", 1)) {
      request.gets.emplace_back(read.text());
      if (!reads_all) {
        read.fail(kGetDenied);
      }
    } else if (may_store && read.word_with("STORE", 1)) {
      request.store = read.position();
      read.skip(1);
    } else {
      read.fail(errors::kSyntax);
    }
  }
  if (!read.ok()) return read.error();
  return request;
}

// The part of the order that is asked for.
struct Slice {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

Slice slice_of(const SortRequest& request, std::uint64_t size) {
  const auto first = static_cast<std::uint64_t>(std::max<std::int64_t>(request.offset, 0));
  if (first >= size) return {};
  if (request.count < 0) return {first, size - first};
  return {first, std::min(static_cast<std::uint64_t>(request.count), size - first)};
}

// Texts of values that are integers, which have no bytes to view.
class IntegerTexts {
 public:
  std::string_view text_of(const Value& value) {
    if (!value.is_integer) return value.bytes;
    texts_.emplace_back();
    return value.text(texts_.back().data());
  }

 private:
  std::deque<std::array<char, base::kMaxIntegerText>> texts_;
};

struct Element {
  std::string_view text;
  std::string_view weight = {};  // what ALPHA compares
  double number = 0;             // what is compared otherwise
  bool weighted = true;          // false: BY found nothing
};

class Sorting {
 public:
  Sorting(Context& context, const SortRequest& request) : context_(context), request_(request) {}

  // The elements asked for, in order. Returns: false when one is no number.
  bool run(const Record& source) {
    const std::uint64_t size = size_of(source);
    const Slice slice = slice_of(request_, size);
    if (request_.unsorted) {
      collect(source, slice, request_.descending);
      return true;
    }
    collect(source, {0, size}, false);
    settle_by_text_ = source.type() == Type::kSet &&
                      source.collection<types::Set>().encoding() == types::SetEncoding::kHashtable;
    if (!(request_.by ? weigh_by_pattern() : weigh_by_text())) return false;
    order(slice);
    return true;
  }
  std::span<const Element> elements() const { return elements_; }

 private:
  static std::uint64_t size_of(const Record& source) {
    switch (source.type()) {
      case Type::kList:
        return source.collection<types::List>().size();
      case Type::kSet:
        return source.collection<types::Set>().size();
      default:
        return source.collection<types::SortedSet>().size();
    }
  }

  // `reverse`: the slice counts from the end. Sets have no end.
  void collect(const Record& source, const Slice& slice, bool reverse) {
    if (slice.count == 0) return;
    elements_.reserve(slice.count);
    if (source.type() == Type::kList) {
      const auto& list = source.collection<types::List>();
      for (auto it = reverse ? list.backward(list.size() - 1 - slice.first, slice.count)
                             : list.forward(slice.first, slice.count);
           it.valid(); it.next()) {
        elements_.push_back({integers_.text_of(*it)});
      }
    } else if (source.type() == Type::kSet) {
      std::uint64_t position = 0;
      source.collection<types::Set>().for_each([&](const types::Set::Member& member) {
        if (position++ >= slice.first) elements_.push_back({integers_.text_of(member)});
        return elements_.size() < slice.count;
      });
    } else {
      const auto& set = source.collection<types::SortedSet>();
      const std::uint64_t end = slice.first + slice.count;
      for (auto it = reverse ? set.backward({set.size() - end, set.size() - slice.first})
                             : set.forward({slice.first, end});
           it.valid(); it.next()) {
        elements_.push_back({it->member});
      }
    }
  }

  // A text as ALPHA compares it.
  std::string_view compared(std::string_view text) {
    if (request_.store != 0) return text;
    const std::size_t end = text.find('\0');
    cut_ = cut_ || end != std::string_view::npos;
    return text.substr(0, end);
  }

  bool weigh(Element& element, const Value& value) {
    if (request_.alpha) {
      element.weight = compared(integers_.text_of(value));
      return true;
    }
    if (value.is_integer) {
      element.number = static_cast<double>(value.integer);
      return true;
    }
    const auto number = base::parse_lenient_double(value.bytes);
    element.number = number.value_or(0);
    return number.has_value();
  }

  bool weigh_by_text() {
    return std::all_of(elements_.begin(), elements_.end(),
                       [&](Element& element) { return weigh(element, Value{element.text}); });
  }

  bool weigh_by_pattern() {
    bool numbers = true;
    SortLookups lookups;
    for (std::size_t at = 0; at < elements_.size();) {
      const std::size_t end = std::min(at + SortLookups::kGroup, elements_.size());
      for (std::size_t i = at; i < end; ++i) lookups.add(*request_.by, elements_[i].text);
      lookups.run(context_, [&](const Value* value) {
        Element& element = elements_[at++];
        element.weighted = value != nullptr;
        numbers = (value == nullptr || weigh(element, *value)) && numbers;
      });
    }
    return numbers;
  }

  int compare_numbers(const Element& a, const Element& b) const {
    if (a.number != b.number) return a.number < b.number ? -1 : 1;
    return a.text.compare(b.text);
  }
  int compare_texts(const Element& a, const Element& b) const {
    if (a.weighted != b.weighted) return a.weighted ? 1 : -1;
    const int order = a.weight.compare(b.weight);
    return order == 0 && settle_by_text_ ? a.text.compare(b.text) : order;
  }

  void order(const Slice& slice) {
    const int sign = request_.descending ? -1 : 1;
    if (request_.alpha) {
      order_by(slice,
               [&](const Element& a, const Element& b) { return sign * compare_texts(a, b); });
    } else {
      order_by(slice,
               [&](const Element& a, const Element& b) { return sign * compare_numbers(a, b); });
    }
    elements_.erase(elements_.begin(),
                    elements_.begin() + static_cast<std::ptrdiff_t>(slice.first));
    elements_.resize(slice.count);
  }

  // Where elements can be equal, BY decides about the algorithm.
  template <class Compare>
  void order_by(const Slice& slice, const Compare& compare) {
    if (slice.count == 0) return;
    if (slice.count < elements_.size() && (request_.by || !cut_)) {
      sort_part(std::span(elements_), slice.first, slice.first + slice.count - 1, compare);
    } else {
      merge_sort(std::span(elements_), compare);
    }
  }

  Context& context_;
  const SortRequest& request_;
  std::vector<Element> elements_;
  IntegerTexts integers_;
  bool cut_ = false;  // a text was cut at a zero byte
  bool settle_by_text_ = false;
};

// Calls emit(const Value*) for all that belongs to the elements, one after the other.
template <class Emit>
void for_each_output(Context& context, const SortRequest& request,
                     std::span<const Element> elements, Emit&& emit) {
  if (request.gets.empty()) {
    for (const Element& element : elements) {
      const Value value{element.text};
      emit(&value);
    }
    return;
  }
  SortLookups lookups;
  for (const Element& element : elements) {
    for (const SortPattern& pattern : request.gets) lookups.add(pattern, element.text);
    if (lookups.size() >= SortLookups::kGroup) lookups.run(context, emit);
  }
  lookups.run(context, emit);
}

Outcome reply_sorted(Context& context, const SortRequest& request,
                     std::span<const Element> elements) {
  context.reply.array(elements.size() * std::max<std::size_t>(request.gets.size(), 1));
  for_each_output(context, request, elements, [&](const Value* value) {
    if (value == nullptr) {
      context.reply.null();
    } else {
      reply_value(context, *value);
    }
  });
  return Outcome::kOk;
}

// What is not there is stored as an empty text.
Outcome store_sorted(Context& context, const SortRequest& request,
                     std::span<const Element> elements) {
  const keyspace::Key key = context.key(request.store);
  if (elements.empty()) {
    context.database.erase(key, events::kDel);
    return exec::reply_integer(context, 0);
  }
  IntegerTexts integers;
  std::vector<std::string_view> texts;
  texts.reserve(elements.size() * std::max<std::size_t>(request.gets.size(), 1));
  for_each_output(context, request, elements, [&](const Value* value) {
    texts.push_back(value == nullptr ? std::string_view() : integers.text_of(*value));
  });
  // Built before the key is written: the texts may view what it holds now.
  types::List list = types::List::build(texts, context.keyspace.settings());
  auto ref = context.database.write(key);
  ref.set_collection(std::move(list));
  ref.commit(events::kSortStore);
  return exec::reply_integer(context, static_cast<std::int64_t>(texts.size()));
}

Outcome sort_key(Context& context, bool may_store) {
  auto request = parse(context, may_store);
  if (!request) return context.fail(request.error());
  const Record* source = context.database.find(context.key(1));
  if (source != nullptr && source->type() != Type::kList && source->type() != Type::kSet &&
      source->type() != Type::kSortedSet) {
    return context.fail(errors::kWrongType);
  }
  // The order of a set is nobody's: what is kept or goes on in a script gets one.
  if (request->unsorted && (request->store != 0 || context.session.in_script) &&
      source != nullptr && source->type() == Type::kSet) {
    request->unsorted = false;
    request->alpha = true;
    request->by.reset();
  }
  Sorting sorting(context, *request);
  if (source != nullptr && !sorting.run(*source)) return context.fail(kNotDouble);
  return request->store != 0 ? store_sorted(context, *request, sorting.elements())
                             : reply_sorted(context, *request, sorting.elements());
}

Outcome sort(Context& context) { return sort_key(context, /*may_store=*/true); }
Outcome sort_ro(Context& context) { return sort_key(context, /*may_store=*/false); }

using namespace exec::traits;

constexpr exec::AclCategories kAny = exec::acl::kSet | exec::acl::kSortedSet | exec::acl::kList |
                                     exec::acl::kSlow | exec::acl::kDangerous;

constexpr exec::CommandSpec kRows[] = {
    {"sort", -2, kWrite | kDenyOom | kMovableKeys, {1, 1, 1}, exec::acl::kWrite | kAny, &sort},
    {"sort_ro", -2, kReadonly | kMovableKeys, {1, 1, 1}, exec::acl::kRead | kAny, &sort_ro},
};

}  // namespace

void add_sort_commands(exec::CommandTable& table) { table.add(kRows); }

}  // namespace sorrel::commands
