// SPDX-License-Identifier: BSD-3-Clause
//
// The loop of a model test: random operations on a value and on its model, the whole compared now
// and then and at the end. It stops at the first failure and says which seed and operation it was.
#pragma once

#include <cstdint>

#include <gtest/gtest.h>

namespace sorrel::test {

template <class Operate, class Compare>
void run_model(std::uint64_t seed, unsigned operations, Operate&& operate, Compare&& compare,
               unsigned between_comparisons = 997) {
  for (unsigned i = 0; i < operations; ++i) {
    operate();
    if (i % between_comparisons == 0) compare();
    if (::testing::Test::HasFailure()) {
      ADD_FAILURE() << "seed " << seed << " operation " << i;
      return;
    }
  }
  compare();
}

}  // namespace sorrel::test
