// SPDX-License-Identifier: BSD-3-Clause
//
// Objects in the item heap, for tests of what points to items.
#pragma once

#include <new>
#include <utility>

#include <sorrel/base/item_heap.h>

namespace sorrel::test {

// Lifetime: until free_item().
template <class T, class... Arguments>
T* make_item(Arguments&&... arguments) {
  return new (base::item_heap().allocate(sizeof(T))) T{std::forward<Arguments>(arguments)...};
}

template <class T>
void free_item(T* item) {
  item->~T();
  base::item_heap().free(item);
}

}  // namespace sorrel::test
