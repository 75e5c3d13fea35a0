// SPDX-License-Identifier: BSD-3-Clause
//
// HyperLogLog: how many different elements were seen, within about 0.8 %, in at most 12 KiB. The
// value is a string in the format of Redis, so that it moves between servers with GET and SET:
//
//   4 bytes "HYLL" | 1 byte form | 3 bytes unused | 8 bytes cached count, little endian; the top
//   bit of the last one says that it is stale | the registers
//
//   dense (form 0): 16384 registers of 6 bits, lowest bits first: 12288 bytes
//   sparse (form 1): runs of registers, in order
//     00xxxxxx            x + 1 registers (1 to 64) are zero                          ZERO
//     01xxxxxx yyyyyyyy   xy + 1 registers (1 to 16384) are zero                      XZERO
//     1vvvvvxx            x + 1 registers (1 to 4) are v + 1 (1 to 32)                VAL
//
// The hash is MurmurHash64A; its low 14 bits choose a register, which keeps the longest run of zero
// bits, plus one, that the other 50 began with. Sources: Flajolet et al., "HyperLogLog: the
// analysis of a near-optimal cardinality estimation algorithm", 2007; Heule et al., "HyperLogLog in
// practice", 2013; the estimate: Ertl, "New cardinality estimation algorithms for HyperLogLog
// sketches", 2017, Algorithm 6.
//
// Bytes come from clients and are never trusted: every verb that reads them says when they are
// corrupt. Pure functions; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sorrel::types::hyperloglog {

inline constexpr std::size_t kRegisters = 16384;
inline constexpr std::size_t kHeaderBytes = 16;
inline constexpr std::size_t kDenseBytes = kHeaderBytes + kRegisters * 6 / 8;
// The longest sparse form that there is: every register by itself, in two bytes.
inline constexpr std::size_t kMaxSparseBytes = kHeaderBytes + kRegisters * 2;

enum class Form : std::uint8_t { kDense = 0, kSparse = 1 };

// What the header says. Returns: nullopt when the bytes are no HyperLogLog. Cost: O(1).
std::optional<Form> form_of(std::string_view bytes);

// A new one, sparse. Lifetime: static.
std::string_view empty();

// What an element says: this register is at least this high (1 to 51).
struct Observation {
  std::uint16_t index = 0;
  std::uint8_t height = 0;
};
Observation observe(std::string_view element);

// All registers, unpacked.
using Registers = std::array<std::uint8_t, kRegisters>;

// Raises registers to those of a value. Requires: form_of(bytes). Returns: false when corrupt;
// the registers are then between the two.
bool merge(Registers& registers, std::string_view bytes);

// The estimate for these registers, and for those of a value. Requires: form_of(bytes).
// Returns: nullopt when corrupt. Cost: O(registers), dense about ten microseconds.
std::uint64_t estimate(const Registers& registers);
std::optional<std::uint64_t> estimate(std::string_view bytes);

// The estimate that the header remembers. Requires (here and below): form_of(bytes).
// Returns: nullopt when a register changed since.
std::optional<std::uint64_t> cached_estimate(std::string_view bytes);
void cache_estimate(std::span<char> bytes, std::uint64_t estimate);
void forget_estimate(std::span<char> bytes);

// One register of a dense value. Requires: it is dense.
std::uint8_t dense_register(std::string_view bytes, std::size_t index);
void set_dense_register(std::span<char> bytes, std::size_t index, std::uint8_t height);
// Makes the bytes a dense value with these registers; the estimate in the header stays as it is.
// Requires: kDenseBytes of them; no register is above 63.
void write_dense(std::span<char> bytes, const Registers& registers);

// The runs of a sparse value as PFDEBUG DECODE shows them: "Z:14142 v:1,2 z:40".
// Requires: it is sparse. Returns: nullopt when a run is cut off.
std::optional<std::string> describe_sparse(std::string_view bytes);

// A value in work, in a buffer of its own: a sparse one changes its length with nearly every
// register, and turns dense when it grows above the limit.
class Sketch {
 public:
  enum class Change : std::uint8_t { kNone, kRaised, kCorrupt };

  // Requires: form_of(bytes); at most kMaxSparseBytes.
  explicit Sketch(std::string_view bytes);
  Sketch(const Sketch&) = delete;
  Sketch& operator=(const Sketch&) = delete;

  std::string_view bytes() const { return {buffer_.data(), size_}; }
  Form form() const { return static_cast<Form>(buffer_[kFormOffset]); }

  // Raises a register. `max_sparse_bytes` is the option hll-sparse-max-bytes, header included.
  // Cost: O(registers) in the sparse form, but for registers that ascend from call to call.
  Change raise(Observation observation, std::uint64_t max_sparse_bytes);
  // Returns: false when corrupt; nothing is changed then.
  bool make_dense();
  void forget_estimate();

 private:
  static constexpr std::size_t kFormOffset = 4;

  Change raise_sparse(Observation observation, std::uint64_t max_sparse_bytes);
  Change raise_dense(Observation observation);
  void splice(std::size_t at, std::size_t removed, std::string_view inserted);
  void join_runs(std::size_t from);

  std::size_t size_;
  // A run boundary from which searches for a higher register may begin, and its first register.
  std::size_t hint_offset_ = kHeaderBytes;
  std::size_t hint_first_ = 0;
  std::array<char, kMaxSparseBytes + 8> buffer_;
};

}  // namespace sorrel::types::hyperloglog
