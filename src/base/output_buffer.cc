// SPDX-License-Identifier: BSD-3-Clause
//
// The slow half of OutputBuffer: new chunks, draining, rewinding and splicing. The last chunk's
// data, end and capacity are mirrored in tail_*, so that reserve() and commit() touch nothing else;
// every function here that changes which chunk is last goes through close_tail() and open_tail(). A
// piece larger than a chunk gets a chunk of exactly its size, and only chunks of the common size
// survive a drain, so that one long reply does not pin memory for the connection's life. One
// thread.
#include <algorithm>
#include <cassert>
#include <cstring>

#include <sorrel/base/output_buffer.h>

namespace sorrel::base {
namespace {

// Chunks of the common size that no buffer needs now, the last one in the cache: so a connection
// that has nothing to say holds none, and one that has allocates none.
class SpareChunks {
 public:
  // Null when there is none.
  std::unique_ptr<char[]> take() {
    if (chunks_.empty()) {
      return nullptr;
    }
    std::unique_ptr<char[]> chunk = std::move(chunks_.back());
    chunks_.pop_back();
    return chunk;
  }
  // Returns: whether it is kept.
  bool give(std::unique_ptr<char[]> chunk) {
    const bool keeps = chunks_.size() < kMost;
    if (keeps) chunks_.push_back(std::move(chunk));
    return keeps;
  }

 private:
  static constexpr std::size_t kMost = 256;

  std::vector<std::unique_ptr<char[]>> chunks_;
};

SpareChunks& spare_chunks() {
  static thread_local SpareChunks chunks;
  return chunks;
}

}  // namespace

void OutputBuffer::close_tail() {
  if (!chunks_.empty()) {
    chunks_.back().end = tail_end_;
    closed_bytes_ += tail_end_;
  }
}

// Makes chunks_.back() the chunk that is written to. Requires: its bytes are not in closed_bytes_.
void OutputBuffer::open_tail(std::size_t end) {
  Chunk& tail = chunks_.back();
  tail_data_ = tail.data.get();
  tail_capacity_ = tail.capacity;
  tail_end_ = end;
}

void OutputBuffer::add_chunk(std::size_t capacity) {
  close_tail();
  auto data = capacity == kChunkBytes ? spare_chunks().take() : nullptr;
  if (data != nullptr) {
    all_held_bytes -= kChunkBytes;
  } else {
    data = std::make_unique_for_overwrite<char[]>(capacity);
  }
  chunks_.push_back({std::move(data), capacity, 0});
  hold(capacity);
  open_tail(0);
}

void OutputBuffer::grow(std::size_t bytes) {
  assert(bytes <= kChunkBytes);
  add_chunk(std::max(bytes, kChunkBytes));
}

// Requires: `bytes` does not fit into the tail.
void OutputBuffer::append_across(std::string_view bytes) {
  if (bytes.size() > kChunkBytes) {
    add_chunk(bytes.size());
  } else {
    const std::size_t room = tail_capacity_ - tail_end_;
    if (room != 0) {
      std::memcpy(tail_data_ + tail_end_, bytes.data(), room);
      tail_end_ += room;
      bytes.remove_prefix(room);
    }
    add_chunk(kChunkBytes);
  }
  std::memcpy(tail_data_, bytes.data(), bytes.size());
  tail_end_ = bytes.size();
}

// Frees chunks_[index ...]. Requires: closed_bytes_ does not count them. Leaves tail_* to the
// caller.
void OutputBuffer::drop_from(std::size_t index) {
  for (std::size_t i = index; i < chunks_.size(); ++i) {
    unhold(chunks_[i].capacity);
  }
  chunks_.resize(index);
}

void OutputBuffer::rewind(Mark mark) {
  if (chunks_.empty()) {
    return;
  }
  if (mark.chunk + 1 < chunks_.size()) {
    for (std::size_t i = mark.chunk; i + 1 < chunks_.size(); ++i) {
      closed_bytes_ -= chunks_[i].end;
    }
    drop_from(mark.chunk + 1);
  }
  open_tail(mark.end);
}

void OutputBuffer::splice(Mark at, std::string_view bytes) {
  assert(bytes.size() <= kChunkBytes);
  if (chunks_.empty()) {
    append(bytes);
    return;
  }
  const bool in_tail = at.chunk + 1 == chunks_.size();
  const std::size_t rest = end_of(at.chunk) - at.end;
  if (in_tail && tail_end_ + bytes.size() <= tail_capacity_) {
    char* const place = tail_data_ + at.end;
    std::memmove(place + bytes.size(), place, rest);
    std::memcpy(place, bytes.data(), bytes.size());
    tail_end_ += bytes.size();
    return;
  }
  const std::size_t length = bytes.size() + rest;
  const std::size_t capacity = in_tail ? std::max(length, kChunkBytes) : length;
  Chunk inserted{std::make_unique_for_overwrite<char[]>(capacity), capacity, length};
  std::memcpy(inserted.data.get(), bytes.data(), bytes.size());
  std::memcpy(inserted.data.get() + bytes.size(), chunks_[at.chunk].data.get() + at.end, rest);
  hold(capacity);
  if (in_tail) {
    tail_end_ = at.end;
    close_tail();
    chunks_.push_back(std::move(inserted));
    open_tail(length);
    return;
  }
  chunks_[at.chunk].end = at.end;
  closed_bytes_ += bytes.size();
  chunks_.insert(chunks_.begin() + static_cast<std::ptrdiff_t>(at.chunk) + 1, std::move(inserted));
}

std::size_t OutputBuffer::gather(std::span<iovec> vectors) const {
  std::size_t filled = 0;
  for (std::size_t i = 0; i < chunks_.size() && filled < vectors.size(); ++i) {
    const std::size_t begin = i == 0 ? front_ : 0;
    if (const std::size_t end = end_of(i); end > begin) {
      vectors[filled++] = {chunks_[i].data.get() + begin, end - begin};
    }
  }
  return filled;
}

// Empties the buffer.
void OutputBuffer::restart() {
  for (Chunk& chunk : chunks_) {
    if (chunk.capacity == kChunkBytes && spare_chunks().give(std::move(chunk.data))) {
      all_held_bytes += kChunkBytes;
    }
  }
  chunks_.clear();
  unhold(held_bytes_);
  closed_bytes_ = 0;
  front_ = 0;
  tail_end_ = 0;
  tail_data_ = nullptr;
  tail_capacity_ = 0;
}

void OutputBuffer::consume(std::size_t bytes) {
  const std::size_t unread = size();
  assert(bytes <= unread);
  if (bytes == unread) {
    if (!chunks_.empty()) {
      restart();
    }
    return;
  }
  std::size_t gone = 0;
  while (front_ + bytes >= end_of(gone)) {
    const std::size_t end = end_of(gone);
    bytes -= end - front_;
    front_ = 0;
    closed_bytes_ -= end;
    unhold(chunks_[gone].capacity);
    ++gone;
  }
  front_ += bytes;
  chunks_.erase(chunks_.begin(), chunks_.begin() + static_cast<std::ptrdiff_t>(gone));
}

void OutputBuffer::clear() { consume(size()); }

std::string_view OutputBuffer::contiguous(std::vector<char>& scratch) const {
  scratch.resize(size());
  std::size_t at = 0;
  for (std::size_t i = 0; i < chunks_.size(); ++i) {
    const std::size_t begin = i == 0 ? front_ : 0;
    const std::size_t length = end_of(i) - begin;
    if (length != 0) {
      std::memcpy(scratch.data() + at, chunks_[i].data.get() + begin, length);
    }
    at += length;
  }
  return {scratch.data(), scratch.size()};
}

}  // namespace sorrel::base
