// SPDX-License-Identifier: BSD-3-Clause
//
// Raising one register of a sparse value: the run that covers it is cut in up to three, and
// neighbours of equal height are joined again. Which neighbours, and when a value turns dense, is
// part of the format as Redis writes it: two servers that saw the same elements in the same order
// hold the same bytes.
#include <algorithm>
#include <cassert>
#include <cstring>

#include <sorrel/types/hyperloglog.h>

#include "hyperloglog_runs.h"
#include "hyperloglog_search.h"

namespace sorrel::types::hyperloglog {

Sketch::Sketch(std::string_view bytes) : size_(bytes.size()) {
  assert(form_of(bytes) && bytes.size() <= kMaxSparseBytes);
  std::memcpy(buffer_.data(), bytes.data(), bytes.size());
}

void Sketch::forget_estimate() { hyperloglog::forget_estimate({buffer_.data(), size_}); }

void Sketch::splice(std::size_t at, std::size_t removed, std::string_view inserted) {
  std::memmove(buffer_.data() + at + inserted.size(), buffer_.data() + at + removed,
               size_ - at - removed);
  std::memcpy(buffer_.data() + at, inserted.data(), inserted.size());
  size_ = size_ - removed + inserted.size();
}

// Joins neighbours of equal height among five runs from that one on.
void Sketch::join_runs(std::size_t from) {
  std::size_t at = from;
  for (int steps = 0; steps < 5 && at < size_; ++steps) {
    const auto run = run_at(bytes(), at);
    if (!run) {
      return;
    }
    const std::size_t next_at = at + run->bytes;
    if (run->height != 0 && next_at < size_) {
      const auto next = run_at(bytes(), next_at);
      const std::size_t length = std::size_t{run->length} + (next ? next->length : 0U);
      if (next && next->height == run->height && length <= kMaxValueRun) {
        RunWriter joined;
        joined.add(run->height, length);
        splice(at, 2, joined.bytes());
        continue;
      }
    }
    at = next_at;
  }
}

Sketch::Change Sketch::raise(Observation observation, std::uint64_t max_sparse_bytes) {
  return form() == Form::kDense ? raise_dense(observation)
                                : raise_sparse(observation, max_sparse_bytes);
}

Sketch::Change Sketch::raise_dense(Observation observation) {
  if (dense_register(bytes(), observation.index) >= observation.height) {
    return Change::kNone;
  }
  set_dense_register({buffer_.data(), size_}, observation.index, observation.height);
  return Change::kRaised;
}

Sketch::Change Sketch::raise_sparse(Observation observation, std::uint64_t max_sparse_bytes) {
  // From the last place on, if that is before this one. A search must not end where it began, for
  // then the run before the one found is not known.
  auto place = observation.index >= hint_first_
                   ? find_run(bytes(), hint_offset_, hint_first_, observation.index)
                   : std::nullopt;
  if (!place || place->offset == hint_offset_) {
    place = find_run(bytes(), kHeaderBytes, 0, observation.index);
  }
  if (!place) {
    return Change::kCorrupt;
  }
  hint_offset_ = place->previous_offset;
  hint_first_ = place->previous_first;
  if (place->run.height >= observation.height) {
    return Change::kNone;
  }
  RunWriter runs;
  if (observation.height <= kMaxSparseHeight) {
    const std::size_t before = observation.index - place->first;
    runs.add(place->run.height, before);
    runs.add(observation.height, 1);
    runs.add(place->run.height, place->run.length - before - 1);
  }
  const std::size_t size = size_ - place->run.bytes + runs.bytes().size();
  const bool too_long =
      runs.bytes().size() > place->run.bytes && (size > max_sparse_bytes || size > kMaxSparseBytes);
  if (observation.height > kMaxSparseHeight || too_long) {
    return make_dense() ? raise_dense(observation) : Change::kCorrupt;
  }
  splice(place->offset, place->run.bytes, runs.bytes());
  join_runs(place->previous_offset);
  return Change::kRaised;
}

bool Sketch::make_dense() {
  if (form() == Form::kDense) {
    return true;
  }
  Registers registers{};
  if (!merge(registers, bytes())) {
    return false;
  }
  size_ = kDenseBytes;
  write_dense({buffer_.data(), size_}, registers);
  return true;
}

}  // namespace sorrel::types::hyperloglog
