// SPDX-License-Identifier: BSD-3-Clause
//
// Blocks of bytes that grow and shrink and whose owner knows how many there are: compact
// collections, the nodes of lists, long strings. Up to a page they are items of the item heap,
// which has finer classes than the allocator and can gather what is left of them; larger ones are
// the allocator's. One thread, the heap's.
#pragma once

#include <cstddef>

#include <sorrel/base/defragmented.h>
#include <sorrel/base/item_heap.h>
#include <sorrel/base/item_size.h>
#include <sorrel/base/size_class.h>

namespace sorrel::base {

constexpr std::size_t kMostItemBlock = 4096;

// What a block for so many bytes really takes. Growing within that moves nothing.
constexpr std::size_t block_size(std::size_t bytes) {
  return bytes <= kMostItemBlock ? item_size(bytes) : size_class(bytes);
}

// Aligned to 8. Errors, here and below: std::bad_alloc.
void* allocate_block(std::size_t bytes);
// The block with room for `bytes` in place of `before`; its contents kept up to the lesser of both.
void* resize_block(void* block, std::size_t before, std::size_t bytes);
// Requires: the block is one for so many bytes. Null is none.
void free_block(void* block, std::size_t bytes);
// Moves it if the item heap's defragmentation wants that.
template <class Block>
Defragmented defragment_block(Block*& block, std::size_t bytes) {
  if (bytes > kMostItemBlock || !item_heap().misplaced(block)) return {0, 0, 1};
  void* const moved = item_heap().copy(block, bytes);
  item_heap().free(block);
  block = static_cast<Block*>(moved);
  return {0, 1, 0};
}

}  // namespace sorrel::base
