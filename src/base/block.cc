// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include <sorrel/base/block.h>

namespace sorrel::base {

void* allocate_block(std::size_t bytes) {
  if (bytes <= kMostItemBlock) return item_heap().allocate(bytes);
  void* memory = std::malloc(size_class(bytes));
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void* resize_block(void* block, std::size_t before, std::size_t bytes) {
  if (block_size(before) == block_size(bytes)) return block;
  if (before > kMostItemBlock && bytes > kMostItemBlock) {
    void* memory = std::realloc(block, size_class(bytes));
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
  }
  void* memory = allocate_block(bytes);
  std::memcpy(memory, block, std::min(before, bytes));
  free_block(block, before);
  return memory;
}

void free_block(void* block, std::size_t bytes) {
  if (bytes > kMostItemBlock) {
    std::free(block);
  } else if (block != nullptr) {
    item_heap().free(block);
  }
}

}  // namespace sorrel::base
