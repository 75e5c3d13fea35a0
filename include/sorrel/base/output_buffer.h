// SPDX-License-Identifier: BSD-3-Clause
//
// Bytes on their way to a client: a chain of chunks, filled at the end by ReplyWriter and drained
// at the front by one gathering write. Emptied buffers leave their chunks to the thread's next
// ones, so that the steady state allocates nothing and who is idle holds nothing; a long reply adds
// chunks and never moves what is already written.
//
// mark()/rewind() take back what a failed command wrote. A splice point lets a header whose number
// is known only after the body (a deferred array length) be put in front of that body: a body that
// still lies in the last chunk moves up by the header's length, a longer one is cut open and a
// chunk put in between. So a deferred length, too, allocates nothing in the steady state.
//
// Invariants: chunks_[0 .. n-2] are written only by splice(); size() is the sum of the unread
// bytes. One thread.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace sorrel::base {

class OutputBuffer {
 public:
  static constexpr std::size_t kChunkBytes = 16 * 1024;

  struct Mark {
    std::size_t chunk = 0;
    std::size_t end = 0;
  };

  OutputBuffer() = default;
  ~OutputBuffer() { unhold(held_bytes_); }
  OutputBuffer(const OutputBuffer&) = delete;
  OutputBuffer& operator=(const OutputBuffer&) = delete;

  // `bytes` contiguous writable bytes at the end; what is used of them is told by commit().
  // Requires: 0 < bytes <= kChunkBytes. Lifetime: until the next call of any member.
  char* reserve(std::size_t bytes) {
    if (tail_end_ + bytes > tail_capacity_) [[unlikely]] {
      grow(bytes);
    }
    return tail_data_ + tail_end_;
  }
  void commit(std::size_t bytes) { tail_end_ += bytes; }

  void append(std::string_view bytes) {
    if (bytes.size() > tail_capacity_ - tail_end_) [[unlikely]] {
      append_across(bytes);
    } else if (!bytes.empty()) {
      std::memcpy(tail_data_ + tail_end_, bytes.data(), bytes.size());
      tail_end_ += bytes.size();
    }
  }

  // Unread bytes.
  std::size_t size() const { return closed_bytes_ + tail_end_ - front_; }
  bool empty() const { return size() == 0; }
  // Heap bytes held, for the accounting of clients.
  std::size_t capacity() const { return held_bytes_; }
  // Of all buffers of this thread, and what it keeps for further ones.
  static std::size_t capacity_of_all() { return all_held_bytes; }

  Mark mark() const { return {chunks_.empty() ? 0 : chunks_.size() - 1, tail_end_}; }
  // Takes back all that was written after `mark`. Requires: nothing was consumed since.
  void rewind(Mark mark);

  // A place where splice() can later put bytes.
  Mark splice_point() { return mark(); }
  // Requires: `at` came from splice_point(), nothing was consumed or rewound to before it since,
  // bytes.size() <= kChunkBytes. Marks and splice points taken after `at` are invalid afterwards.
  // Cost: O(bytes between `at` and the end of its chunk).
  void splice(Mark at, std::string_view bytes);

  // Fills `vectors` with the unread bytes in order. Returns: how many entries were filled.
  std::size_t gather(std::span<iovec> vectors) const;
  // Forgets the first `bytes` unread bytes. Requires: bytes <= size().
  void consume(std::size_t bytes);
  void clear();

  // Copies all unread bytes out. For tests and for replies that are looked at (scripts).
  std::string_view contiguous(std::vector<char>& scratch) const;

 private:
  struct Chunk {
    std::unique_ptr<char[]> data;
    std::size_t capacity = 0;
    std::size_t end = 0;  // of the last chunk: see tail_end_
  };

  void grow(std::size_t bytes);
  void append_across(std::string_view bytes);
  void add_chunk(std::size_t capacity);
  void close_tail();
  void open_tail(std::size_t end);
  void drop_from(std::size_t index);
  void restart();
  void hold(std::size_t bytes) {
    held_bytes_ += bytes;
    all_held_bytes += bytes;
  }
  void unhold(std::size_t bytes) {
    held_bytes_ -= bytes;
    all_held_bytes -= bytes;
  }
  std::size_t end_of(std::size_t index) const {
    return index + 1 == chunks_.size() ? tail_end_ : chunks_[index].end;
  }

  std::vector<Chunk> chunks_;
  char* tail_data_ = nullptr;  // of chunks_.back()
  std::size_t tail_end_ = 0;
  std::size_t tail_capacity_ = 0;
  std::size_t front_ = 0;         // first unread byte of chunks_.front()
  std::size_t closed_bytes_ = 0;  // sum of the ends of all chunks but the last
  std::size_t held_bytes_ = 0;    // sum of the capacities
  static inline constinit thread_local std::size_t all_held_bytes = 0;  // spare chunks included
};

}  // namespace sorrel::base
