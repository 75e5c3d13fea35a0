// SPDX-License-Identifier: BSD-3-Clause
//
// What the item heap wastes, and how the items of a class are gathered in its lowest slabs: from
// begin_defragmentation() on those are filled in their order (slab_with_room()), and what lies in a
// sparse slab above the one that is being filled is misplaced().
#include <sorrel/base/item_heap.h>

namespace sorrel::base {

// Nothing where five sixths of the slabs are used: that would cost much for little.
std::size_t ItemHeap::gatherable(unsigned index) const {
  const Class& kind = classes_[index];
  const std::size_t held = kind.slabs * kSlabBytes;
  const std::size_t lost = held - kind.live * ItemClass::bytes(index);
  return kind.slabs > 1 && lost > held / 6 ? lost - held / 8 : 0;
}

ItemHeap::Waste ItemHeap::waste() const {
  Waste waste;
  for (unsigned index = 0; index < ItemClass::kCount; ++index) {
    const Class& kind = classes_[index];
    waste.all += kind.slabs * kSlabBytes - kind.live * ItemClass::bytes(index);
    waste.gatherable += gatherable(index);
  }
  return waste;
}

// Nothing of these classes is at hand meanwhile: what is freed must not be what is taken next.
void ItemHeap::begin_defragmentation() {
  for (unsigned index = 0; index < ItemClass::kCount; ++index) {
    if (gatherable(index) == 0) continue;
    Class& kind = classes_[index];
    free_at_hand(kind, kind.at_hand);
    if (kind.current != 0 && slabs_[kind.current].live == 0) {
      retire(kind.current);
      kind.current = 0;
    }
    if constexpr (!kGuarded) kind.most_at_hand = 0;
    kind.gathered_below = 1;
  }
}

std::size_t ItemHeap::end_defragmentation() {
  std::size_t left = 0;
  for (unsigned index = 0; index < ItemClass::kCount; ++index) {
    Class& kind = classes_[index];
    if (kind.gathered_below == kNotGathering) continue;
    kind.gathered_below = kNotGathering;
    kind.most_at_hand = Class::most_for(ItemClass::bytes(index));
    left += gatherable(index);
  }
  return left;
}

}  // namespace sorrel::base
