// SPDX-License-Identifier: BSD-3-Clause
//
// The two ways in which results are put in order, for GEOSEARCH and SORT. Clients see how elements
// that compare equal come out, so the algorithms are part of the contract:
//
//   merge_sort   the whole, equal ones as they came
//   sort_part    only so far that positions [first, last] hold what they would hold in the whole,
//                in order. Cheaper when few are wanted; equal ones come out as the swaps have it.
//
// sort_part is the quicksort of Bentley and McIlroy that passes over partitions nobody asked for.
// Where that would need too long, by bad luck or by intent, a heap sort takes the partition over.
// It goes into the smaller partition first, so that its depth is at most the logarithm.
//
// Source: J. L. Bentley and M. D. McIlroy, "Engineering a Sort Function", Software: Practice and
// Experience 23 (1993). Compare: int(const T&, const T&), negative, zero or positive; one that
// contradicts itself leaves an arbitrary order and does no harm. One thread.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace sorrel::commands {

template <class T, class Compare>
void merge_sort(std::span<T> items, std::vector<T>& scratch, const Compare& compare) {
  if (items.size() < 2) return;
  const std::span<T> left = items.first(items.size() / 2);
  const std::span<T> right = items.subspan(items.size() / 2);
  merge_sort(left, scratch, compare);
  merge_sort(right, scratch, compare);
  if (compare(left.back(), right.front()) <= 0) return;
  scratch.assign(std::make_move_iterator(left.begin()), std::make_move_iterator(left.end()));
  std::size_t out = 0;
  std::size_t next = 0;
  for (std::size_t i = 0; i < scratch.size();) {
    const bool from_left = next == right.size() || compare(scratch[i], right[next]) <= 0;
    items[out++] = std::move(from_left ? scratch[i++] : right[next++]);
  }
}

// Cost: O(n log n), one allocation of half the size.
template <class T, class Compare>
void merge_sort(std::span<T> items, const Compare& compare) {
  std::vector<T> scratch;
  scratch.reserve(items.size() / 2);
  merge_sort(items, scratch, compare);
}

namespace ordering {

template <class T, class Compare>
void insertion_sort(std::span<T> items, const Compare& compare) {
  for (std::size_t i = 1; i < items.size(); ++i) {
    for (std::size_t j = i; j > 0 && compare(items[j - 1], items[j]) > 0; --j) {
      std::swap(items[j - 1], items[j]);
    }
  }
}

template <class T, class Compare>
std::size_t middle_of(std::span<T> items, std::size_t a, std::size_t b, std::size_t c,
                      const Compare& compare) {
  if (compare(items[a], items[b]) < 0) {
    if (compare(items[b], items[c]) < 0) return b;
    return compare(items[a], items[c]) < 0 ? c : a;
  }
  if (compare(items[b], items[c]) > 0) return b;
  return compare(items[a], items[c]) < 0 ? a : c;
}

// The middle one; of more than seven the median of three, of more than forty that of three medians.
template <class T, class Compare>
std::size_t pivot_of(std::span<T> items, const Compare& compare) {
  std::size_t middle = items.size() / 2;
  if (items.size() == 7) return middle;
  std::size_t low = 0;
  std::size_t high = items.size() - 1;
  if (items.size() > 40) {
    const std::size_t step = items.size() / 8;
    low = middle_of(items, low, low + step, low + 2 * step, compare);
    middle = middle_of(items, middle - step, middle, middle + step, compare);
    high = middle_of(items, high - 2 * step, high - step, high, compare);
  }
  return middle_of(items, low, middle, high, compare);
}

struct Split {
  std::size_t less = 0;     // so many at the front are less than the pivot
  std::size_t greater = 0;  // so many at the end are greater
};

// Those equal to the pivot are gathered at both ends, then swapped into the middle.
template <class T, class Compare>
Split partition(std::span<T> items, const Compare& compare) {
  std::swap(items[0], items[pivot_of(items, compare)]);
  std::size_t equal_left = 1;
  std::size_t left = 1;
  std::size_t right = items.size();  // one beyond
  std::size_t equal_right = items.size();
  for (;;) {
    for (int order = 0; left < right && (order = compare(items[left], items[0])) <= 0; ++left) {
      if (order == 0) std::swap(items[equal_left++], items[left]);
    }
    for (int order = 0; left < right && (order = compare(items[right - 1], items[0])) >= 0;
         --right) {
      if (order == 0) std::swap(items[right - 1], items[--equal_right]);
    }
    if (left >= right) break;
    std::swap(items[left++], items[--right]);
  }
  const Split split = {left - equal_left, equal_right - right};
  const std::size_t moved_left = std::min(equal_left, split.less);
  std::swap_ranges(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(moved_left),
                   items.begin() + static_cast<std::ptrdiff_t>(left - moved_left));
  const std::size_t moved_right = std::min(split.greater, items.size() - equal_right);
  std::swap_ranges(items.begin() + static_cast<std::ptrdiff_t>(left),
                   items.begin() + static_cast<std::ptrdiff_t>(left + moved_right),
                   items.end() - static_cast<std::ptrdiff_t>(moved_right));
  return split;
}

// `offset`: of items[0] in the whole; `tries`: partitions until the heap sort takes over.
template <class T, class Compare>
void sort_part(std::span<T> items, std::size_t offset, std::size_t first, std::size_t last,
               int tries, const Compare& compare) {
  const auto wanted = [&](std::size_t at, std::size_t size) {
    return size > 1 && offset + at <= last && offset + at + size > first;
  };
  while (wanted(0, items.size())) {
    if (items.size() < 7) return insertion_sort(items, compare);
    if (tries-- == 0) {
      const auto less = [&](const T& a, const T& b) { return compare(a, b) < 0; };
      std::make_heap(items.begin(), items.end(), less);
      return std::sort_heap(items.begin(), items.end(), less);
    }
    const Split split = partition(items, compare);
    const std::size_t begin_greater = items.size() - split.greater;
    if (split.less < split.greater) {
      if (wanted(0, split.less)) {
        sort_part(items.first(split.less), offset, first, last, tries, compare);
      }
      items = items.subspan(begin_greater);
      offset += begin_greater;
    } else {
      if (wanted(begin_greater, split.greater)) {
        sort_part(items.subspan(begin_greater), offset + begin_greater, first, last, tries,
                  compare);
      }
      items = items.first(split.less);
    }
  }
}

}  // namespace ordering

// Requires: first <= last < items.size(). Cost: O(n + m log m) for m positions asked for, on
// average; no allocation.
template <class T, class Compare>
void sort_part(std::span<T> items, std::size_t first, std::size_t last, const Compare& compare) {
  const int tries = 4 * static_cast<int>(std::bit_width(items.size()));
  ordering::sort_part(items, 0, first, last, tries, compare);
}

}  // namespace sorrel::commands
