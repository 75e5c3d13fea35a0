// SPDX-License-Identifier: BSD-3-Clause
//
// An image on its way to the disk, in pieces that are not finished: the strings in them that
// compression may shorten stand as they are, and a mark says where. Compressing and summing take
// more time than all the rest of writing an image, and need nothing of the keyspace; so the thread
// that owns the keyspace hands pieces on, and the one that writes to the disk finishes them.
//
//   loop:  RdbWriter(options, clock, piece sink) --RdbPiece--> queue
//   disk:  queue --RdbPiece--> RdbFinisher::finish --bytes--> file
//
// What comes out is, to the byte, what a writer without pieces writes. A piece belongs to one
// thread at a time; a finisher to the one that finishes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sorrel::persist {

struct RdbPiece {
  // A string whose form is still to be chosen: its bytes stand here without a length before them. A
  // long one may go on in the pieces that follow.
  struct Mark {
    std::uint32_t offset = 0;
    std::uint32_t size = 0;
  };

  std::string bytes;
  std::vector<Mark> marks;  // by ascending offset
  bool sealed = false;      // behind it stands the checksum of the image
};

class RdbFinisher {
 public:
  explicit RdbFinisher(bool check_sum = true) : check_sum_(check_sum) {}

  // Returns: the bytes of the file. Requires: all pieces of one image, in order.
  // Cost: O(bytes), much more of it where marks are.
  std::string finish(RdbPiece piece);

 private:
  std::string with_forms(const RdbPiece& piece);
  void take_open(std::string_view& rest, std::string& out);

  bool check_sum_;
  std::uint64_t checksum_ = 0;
  std::string open_;         // a string that goes on in the next piece, so far
  std::size_t missing_ = 0;  // its bytes that are still to come
  std::string scratch_;
};

}  // namespace sorrel::persist
