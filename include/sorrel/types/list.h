// SPDX-License-Identifier: BSD-3-Clause
//
// List: elements in order, each a string of any bytes; those that are canonical integers are kept
// as such and read back as the same text. Verbs only: no protocol, no time, no key.
//
// One tagged word. A small list is one listpack; a larger one is a sequence of nodes that are
// listpacks, with room at both ends for pushes and pops. What OBJECT ENCODING says follows Redis 8:
// "listpack" while the whole fits one node by the limit of Settings (decided before a push, by the
// texts that come), "quicklist" from then on, and "listpack" again once a removal leaves one node
// of half the limit or less.
//
// Indexes count from 0 at the front. A list that becomes empty owns nothing. One thread at a time.
// Any verb that changes the list ends the life of the iterators and views taken from it before; no
// text handed to a verb may view the list.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include <sorrel/base/defragmented.h>
#include <sorrel/base/listpack.h>
#include <sorrel/types/settings.h>
#include <sorrel/types/shared_bytes.h>

namespace sorrel::types {

enum class ListEncoding : std::uint8_t { kListpack, kQuicklist };
// The name that OBJECT ENCODING answers with.
std::string_view encoding_name(ListEncoding encoding);

enum class ListEnd : std::uint8_t { kFront, kBack };

// What LPOS asks for: the elements equal to `text`, seen from `from`, without the first `skip` of
// them, at most `limit`, among the first `compare` elements. Zero limits and compares all.
struct ListSearch {
  std::string_view text;
  std::uint64_t skip = 0;
  std::uint64_t limit = 0;
  std::uint64_t compare = 0;
  ListEnd from = ListEnd::kFront;
};

class List {
 public:
  // The text of an element is value.text(scratch): see base/listpack.h.
  using Value = base::ListpackValue;
  class Iterator;

  // A stretch of a list as RDB files hold it: a listpack of elements, or one large element.
  struct Chunk {
    std::string_view bytes;
    bool is_element = false;
  };
  class Chunks;

  List() = default;
  List(List&& other) noexcept : word_(std::exchange(other.word_, 0)) {}
  List& operator=(List&& other) noexcept {
    if (this != &other) {
      clear();
      word_ = std::exchange(other.word_, 0);
    }
    return *this;
  }
  ~List() {
    if (word_ != 0) clear();
  }

  // The whole list from its elements, as a command that stores a result makes it.
  static List build(std::span<const std::string_view> texts, const Settings& settings);
  // A list of the same elements, for the same thread: nodes are copied when one of the two changes
  // them. Cost: O(nodes), some 20 ns each; memory_bytes() counts what they share in both.
  List clone(const Settings& settings) const;

  std::uint64_t size() const;
  bool empty() const { return word_ == 0; }

  // One after the other at that end: the last text is the outermost. Cost: O(1) a text, amortised.
  void push(ListEnd end, std::span<const std::string_view> texts, const Settings& settings);
  void push(ListEnd end, std::string_view text, const Settings& settings) {
    push(end, {&text, 1}, settings);
  }
  // Requires: not empty.
  Value peek(ListEnd end) const;
  // Requires: count <= size(). Cost: O(nodes that go), and the walk into the last one.
  void pop(ListEnd end, std::uint64_t count, const Settings& settings);
  // Takes the element at one end to the other one, or off and on again. Requires: not empty.
  void rotate(ListEnd from, ListEnd to, const Settings& settings);

  // Requires: index < size(). Cost: see encoding/node_sequence.h, and a walk within one node.
  Value at(std::uint64_t index) const;
  // Returns: whether there is such an index. As in Redis, a text that would make the list a
  // quicklist does so even if not.
  bool set(std::uint64_t index, std::string_view text, const Settings& settings);
  // Beside the first element that equals `pivot`. Returns: whether there is one.
  bool insert_before(std::string_view pivot, std::string_view text, const Settings& settings);
  bool insert_after(std::string_view pivot, std::string_view text, const Settings& settings);
  // Takes out the first `limit` elements equal to `text`, seen from that end; 0: all of them.
  // Returns: how many. Cost: one pass.
  std::uint64_t remove(std::string_view text, std::uint64_t limit, ListEnd from,
                       const Settings& settings);

  // Calls emit(std::uint64_t index) for what the search finds, in the order of the walk.
  template <class Emit>
  void search(const ListSearch& search, Emit&& emit) const {
    using Callable = std::remove_reference_t<Emit>;
    search_with(
        search, [](void* target, std::uint64_t index) { (*static_cast<Callable*>(target))(index); },
        const_cast<void*>(static_cast<const void*>(std::addressof(emit))));
  }

  // `count` elements from `index` on, towards the back, or towards the front.
  // Requires: they are there.
  Iterator forward(std::uint64_t index, std::uint64_t count) const;
  Iterator backward(std::uint64_t index, std::uint64_t count) const;
  Iterator forward() const;

  // The list as chunks, from the one of that number on.
  Chunks chunks(std::uint64_t first = 0) const;
  // Appends a chunk as it stands. Requires: a listpack passed listpack_valid() and has an entry.
  void append_chunk(Chunk chunk);
  // Chooses the encoding after the last chunk, as Redis does when it has loaded a list.
  void settle_chunks(const Settings& settings);

  ListEncoding encoding() const;
  // Bytes on the heap, as the allocator hands them out. Cost: O(1).
  std::size_t memory_bytes() const;
  // Of that, what a clone has in common with this, and what of it either has alone: shared_bytes.h.
  SharedBytes shared_bytes() const;
  // A measure of the work to destroy it, to decide whether to do that in steps.
  std::uint64_t release_cost() const;
  // A step of the item heap's defragmentation, which is the whole of it: nodes stay.
  base::Defragmented defragment(std::uint64_t cursor);
  // Frees about `budget` nodes, the last ones first, of a value that is being thrown away.
  // Returns: true when nothing is left (the list is then empty). In between only release_some() and
  // the destructor may be called. Requires: budget > 0.
  bool release_some(std::uint64_t budget);
  void clear();

 private:
  struct Access;  // the implementation's view of word_

  using EmitFunction = void (*)(void* target, std::uint64_t index);
  bool insert_beside(std::string_view pivot, ListEnd side, std::string_view text,
                     const Settings& settings);
  void search_with(const ListSearch& search, EmitFunction emit, void* target) const;

  // 0: empty; low bit clear: a listpack; low bit set: nodes.
  std::uintptr_t word_ = 0;
};

// for (auto it = list.forward(); it.valid(); it.next()) use(*it);
// Lifetime: until the list changes. Cost: a step O(1).
class List::Iterator {
 public:
  bool valid() const { return remaining_ != 0; }
  std::uint64_t remaining() const { return remaining_; }
  const Value& operator*() const { return value_; }
  const Value* operator->() const { return &value_; }
  // Requires: valid().
  void next();

 private:
  friend class List;
  Iterator(std::uintptr_t word, std::uint64_t index, std::uint64_t count, bool backward);
  void enter_node();

  Value value_;
  std::uint64_t remaining_ = 0;
  const void* nodes_ = nullptr;           // null: one listpack
  const base::Listpack* pack_ = nullptr;  // null: a node that is one element
  std::uint32_t offset_ = 0;
  std::uint32_t group_ = 0;
  std::uint32_t slot_ = 0;
  bool backward_ = false;
};

// for (auto it = list.chunks(); it.valid(); it.next()) use(*it);
class List::Chunks {
 public:
  bool valid() const { return remaining_ != 0; }
  std::uint64_t remaining() const { return remaining_; }
  Chunk operator*() const;
  void next();

 private:
  friend class List;
  const void* nodes_ = nullptr;  // null: one listpack
  const base::Listpack* pack_ = nullptr;
  std::uint64_t remaining_ = 0;
  std::uint32_t group_ = 0;
  std::uint32_t slot_ = 0;
};

static_assert(sizeof(List) == sizeof(void*));

}  // namespace sorrel::types
