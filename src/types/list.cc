// SPDX-License-Identifier: BSD-3-Clause
//
// List: which form holds the elements, and what it is called. Three states: a listpack of up to
// kSmallBytes; nodes, one of them, that are still called a listpack (encoding/quicklist.h); nodes
// that are a quicklist. Going up the first step is by size, with a way down at half of it; going up
// the second is decided before texts come, by their lengths, which is Redis' rule. One thread.
#include <algorithm>
#include <cassert>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <sorrel/base/block.h>
#include <sorrel/base/listpack.h>
#include <sorrel/base/numbers.h>
#include <sorrel/types/list.h>

#include "encoding/quicklist.h"

namespace sorrel::types {

using base::Listpack;
using encoding::ListNode;
using encoding::Needle;
using encoding::NodeLimit;
using encoding::Quicklist;

namespace {

// Up to here a push may move all the bytes there are: that is a few nanoseconds.
constexpr std::uint32_t kSmallBytes = 1024;

bool has_nodes(std::uintptr_t word) { return (word & 1) != 0; }

}  // namespace

struct List::Access {
  static Quicklist& nodes(const List& list) {
    return *reinterpret_cast<Quicklist*>(list.word_ & ~std::uintptr_t{1});
  }
  // Null when empty. Requires: no nodes.
  static Listpack* pack(const List& list) { return reinterpret_cast<Listpack*>(list.word_); }

  static void hold(List& list, Listpack* pack) {
    list.word_ = reinterpret_cast<std::uintptr_t>(pack);
  }
  static void hold(List& list, std::unique_ptr<Quicklist> nodes) {
    list.word_ = reinterpret_cast<std::uintptr_t>(nodes.release()) | 1;
  }

  // Turns the small form into nodes.
  static Quicklist& make_nodes(List& list, bool compact) {
    auto nodes = std::make_unique<Quicklist>(compact);
    if (list.word_ != 0) nodes->append(ListNode::adopt(pack(list)));
    hold(list, std::move(nodes));
    return Access::nodes(list);
  }

  // Before texts come: a list that may outgrow one node becomes a quicklist.
  static void expect(List& list, std::span<const std::string_view> texts, const NodeLimit& limit) {
    if (list.encoding() == ListEncoding::kQuicklist) return;
    std::uint64_t bytes = Listpack::kEmptyBytes;
    std::uint64_t entries = texts.size();
    if (has_nodes(list.word_)) {
      if (const ListNode* node = nodes(list).only(); node != nullptr) {
        bytes = node->bytes();
        entries += node->count;
      }
    } else if (list.word_ != 0) {
      bytes = pack(list)->bytes();
      entries += pack(list)->count();
    }
    for (const std::string_view text : texts) bytes += text.size();
    if (limit.allows(bytes, entries)) return;
    if (has_nodes(list.word_)) {
      nodes(list).set_compact(false);
    } else {
      make_nodes(list, false);
    }
  }

  // After a growth of the small form.
  static void leave_small(List& list) {
    if (pack(list)->bytes() > kSmallBytes) make_nodes(list, true);
  }

  static void put(List& list, ListEnd end, std::string_view text, const NodeLimit& limit) {
    if (has_nodes(list.word_)) {
      nodes(list).push(end, text, limit);
      return;
    }
    Listpack* held = list.word_ == 0 ? Listpack::create() : pack(list);
    const std::uint32_t offset = end == ListEnd::kFront ? held->begin() : held->end();
    hold(list, base::listpack_insert(held, offset, text));
    leave_small(list);
  }

  // Requires: 0 < count <= size(). Leaves the form as it is, even when nothing is left.
  static void take(List& list, ListEnd end, std::uint64_t count) {
    if (has_nodes(list.word_)) {
      nodes(list).pop(end, count);
      return;
    }
    Listpack* held = pack(list);
    const std::uint32_t offset =
        end == ListEnd::kFront ? held->begin() : held->seek(-static_cast<std::int64_t>(count));
    hold(list, base::listpack_erase(held, offset, static_cast<std::uint32_t>(count)));
  }

  // Whether a quicklist may be called a listpack again; `shrunk` asks for half the limit.
  static bool may_be_compact(const Quicklist& held, const NodeLimit& limit, bool shrunk) {
    const ListNode* only = held.only();
    if (only == nullptr) return false;
    return shrunk ? limit.allows_twice(only->bytes(), only->count)
                  : limit.allows(only->bytes(), only->count);
  }

  // After a change that may have made the list shorter.
  static void settle(List& list, const NodeLimit& limit, bool shrunk = true) {
    if (!has_nodes(list.word_)) {
      if (list.word_ != 0 && pack(list)->empty()) list.clear();
      return;
    }
    Quicklist& held = nodes(list);
    if (held.size() == 0) {
      list.clear();
      return;
    }
    if (!held.compact() && may_be_compact(held, limit, shrunk)) held.set_compact(true);
    if (held.compact() && held.only()->bytes() <= kSmallBytes / 2) {
      Listpack* small = held.take_only();
      list.clear();
      hold(list, small);
    }
  }
};

std::string_view encoding_name(ListEncoding encoding) {
  return encoding == ListEncoding::kListpack ? "listpack" : "quicklist";
}

List List::build(std::span<const std::string_view> texts, const Settings& settings) {
  const NodeLimit limit(settings);
  List list;
  if (texts.empty()) return list;
  Quicklist& nodes = Access::make_nodes(list, false);
  for (const std::string_view text : texts) nodes.push(ListEnd::kBack, text, limit);
  Access::settle(list, limit, false);
  return list;
}

List List::clone(const Settings&) const {
  List copy;
  if (!has_nodes(word_)) {
    if (word_ != 0) Access::hold(copy, Listpack::copy(*Access::pack(*this)));
    return copy;
  }
  const Quicklist& held = Access::nodes(*this);
  Quicklist& nodes = Access::make_nodes(copy, held.compact());
  nodes.share_all(held);
  return copy;
}

std::uint64_t List::size() const {
  if (word_ == 0) return 0;
  return has_nodes(word_) ? Access::nodes(*this).size() : Access::pack(*this)->count();
}

void List::push(ListEnd end, std::span<const std::string_view> texts, const Settings& settings) {
  const NodeLimit limit(settings);
  Access::expect(*this, texts, limit);
  for (const std::string_view text : texts) Access::put(*this, end, text, limit);
}

List::Value List::peek(ListEnd end) const {
  assert(word_ != 0);
  if (has_nodes(word_)) {
    const auto& nodes = Access::nodes(*this).nodes();
    const ListNode& node = nodes.at(end == ListEnd::kFront ? nodes.first() : nodes.last());
    if (node.is_plain()) return node.get(0);
    const Listpack& pack = node.pack();
    return pack.get(end == ListEnd::kFront ? pack.begin() : pack.previous(pack.end()));
  }
  const Listpack& pack = *Access::pack(*this);
  return pack.get(end == ListEnd::kFront ? pack.begin() : pack.previous(pack.end()));
}

void List::pop(ListEnd end, std::uint64_t count, const Settings& settings) {
  assert(count <= size());
  if (count == 0) return;
  Access::take(*this, end, count);
  Access::settle(*this, NodeLimit(settings));
}

void List::rotate(ListEnd from, ListEnd to, const Settings& settings) {
  constexpr std::size_t kFew = 256;
  char few[kFew];
  std::string many;
  static_assert(kFew >= base::kMaxIntegerText);
  std::string_view text = peek(from).text(few);
  if (text.data() != few) {
    // The element must not view what it is put into.
    if (text.size() <= kFew) {
      std::copy(text.begin(), text.end(), few);
      text = {few, text.size()};
    } else {
      many = text;
      text = many;
    }
  }
  const NodeLimit limit(settings);
  Access::take(*this, from, 1);
  Access::expect(*this, {&text, 1}, limit);
  Access::put(*this, to, text, limit);
  Access::settle(*this, limit);
}

List::Value List::at(std::uint64_t index) const {
  assert(index < size());
  if (has_nodes(word_)) {
    const Quicklist& nodes = Access::nodes(*this);
    return nodes.get(nodes.find(index));
  }
  const Listpack& pack = *Access::pack(*this);
  return pack.get(pack.seek(static_cast<std::int64_t>(index)));
}

bool List::set(std::uint64_t index, std::string_view text, const Settings& settings) {
  if (word_ == 0) return false;
  const NodeLimit limit(settings);
  Access::expect(*this, {&text, 1}, limit);
  if (index >= size()) return false;
  if (has_nodes(word_)) {
    Access::nodes(*this).replace(index, text, limit);
    Access::settle(*this, limit);
    return true;
  }
  Listpack* pack = Access::pack(*this);
  const std::uint32_t offset = pack->seek(static_cast<std::int64_t>(index));
  Access::hold(*this, base::listpack_replace(pack, offset, text));
  Access::leave_small(*this);
  return true;
}

bool List::insert_before(std::string_view pivot, std::string_view text, const Settings& settings) {
  return insert_beside(pivot, ListEnd::kFront, text, settings);
}

bool List::insert_after(std::string_view pivot, std::string_view text, const Settings& settings) {
  return insert_beside(pivot, ListEnd::kBack, text, settings);
}

bool List::insert_beside(std::string_view pivot, ListEnd side, std::string_view text,
                         const Settings& settings) {
  if (word_ == 0) return false;
  const NodeLimit limit(settings);
  Access::expect(*this, {&text, 1}, limit);
  if (has_nodes(word_)) {
    Quicklist& nodes = Access::nodes(*this);
    const auto found = nodes.find(Needle(pivot));
    if (!found) return false;
    if (side == ListEnd::kFront) {
      nodes.insert_before(*found, text, limit);
    } else {
      nodes.insert_after(*found, text, limit);
    }
    return true;
  }
  Listpack* pack = Access::pack(*this);
  const std::uint32_t at = pack->find(pack->begin(), pivot);
  if (at == pack->end()) return false;
  const std::uint32_t offset = side == ListEnd::kFront ? at : pack->next(at);
  Access::hold(*this, base::listpack_insert(pack, offset, text));
  Access::leave_small(*this);
  return true;
}

std::uint64_t List::remove(std::string_view text, std::uint64_t limit, ListEnd from,
                           const Settings& settings) {
  if (word_ == 0) return 0;
  if (limit == 0) limit = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t removed = 0;
  if (has_nodes(word_)) {
    removed = Access::nodes(*this).erase_matches(Needle(text), limit, from);
  } else {
    // As a node, which knows how to take out many in one pass.
    ListNode node = ListNode::adopt(Access::pack(*this));
    const Needle needle(text);
    const std::uint64_t matches = node.count_matches(needle);
    removed = matches < limit ? matches : limit;
    if (removed > 0) {
      node.erase_matches(needle, from == ListEnd::kFront ? 0 : matches - removed, removed);
      Access::hold(*this, node.release());
    }
  }
  if (removed > 0) Access::settle(*this, NodeLimit(settings));
  return removed;
}

void List::search_with(const ListSearch& search, EmitFunction emit, void* target) const {
  const std::uint64_t count = size();
  if (count == 0) return;
  const bool forward = search.from == ListEnd::kFront;
  const std::uint64_t compare =
      search.compare == 0 || search.compare > count ? count : search.compare;
  const Needle needle(search.text);
  std::uint64_t skip = search.skip;
  std::uint64_t found = 0;
  for (auto it = forward ? this->forward(0, compare) : backward(count - 1, compare); it.valid();
       it.next()) {
    if (!needle.matches(*it)) continue;
    if (skip > 0) {
      --skip;
      continue;
    }
    const std::uint64_t walked = compare - it.remaining();
    emit(target, forward ? walked : count - 1 - walked);
    if (++found == search.limit) return;
  }
}

ListEncoding List::encoding() const {
  return has_nodes(word_) && !Access::nodes(*this).compact() ? ListEncoding::kQuicklist
                                                             : ListEncoding::kListpack;
}

std::size_t List::memory_bytes() const {
  if (word_ == 0) return 0;
  return has_nodes(word_) ? Access::nodes(*this).heap_bytes()
                          : base::block_size(Access::pack(*this)->bytes());
}

SharedBytes List::shared_bytes() const {
  if (!has_nodes(word_)) return {};
  const Quicklist& nodes = Access::nodes(*this);
  return {nodes.block_bytes(), nodes.nodes().sharing().lone_bytes()};
}

base::Defragmented List::defragment(std::uint64_t) {
  if (word_ == 0 || has_nodes(word_)) return {};
  Listpack* pack = Access::pack(*this);
  const base::Defragmented done = base::defragment_block(pack, pack->bytes());
  Access::hold(*this, pack);
  return done;
}

std::uint64_t List::release_cost() const {
  return has_nodes(word_) ? Access::nodes(*this).nodes().nodes() : 1;
}

bool List::release_some(std::uint64_t budget) {
  if (has_nodes(word_) && !Access::nodes(*this).release_some(budget)) return false;
  clear();
  return true;
}

void List::clear() {
  if (has_nodes(word_)) {
    delete &Access::nodes(*this);
  } else {
    Listpack::free(Access::pack(*this));
  }
  word_ = 0;
}

void List::append_chunk(Chunk chunk) {
  if (!has_nodes(word_)) Access::make_nodes(*this, false);
  Access::nodes(*this).append(chunk.is_element ? ListNode::plain(chunk.bytes)
                                               : ListNode::packed(chunk.bytes));
}

void List::settle_chunks(const Settings& settings) {
  Access::settle(*this, NodeLimit(settings), false);
}

}  // namespace sorrel::types
