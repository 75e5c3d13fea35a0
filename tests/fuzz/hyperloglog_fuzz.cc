// SPDX-License-Identifier: BSD-3-Clause
//
// Fuzzes the verbs over the bytes of a HyperLogLog. The first bytes choose the limit and what is
// added; the rest is the value, in a heap block of exactly its size, so that the sanitizer sees a
// read of one byte too many. A value that is taken for sound must hold the same registers in both
// forms, give the same estimate in both, and stay sound while registers rise.
#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>

#include <sorrel/types/hyperloglog.h>

namespace {

using namespace sorrel::types::hyperloglog;

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

// All that may be asked of any bytes that look like a HyperLogLog.
bool read_all(std::string_view bytes) {
  Registers registers{};
  const bool sound = merge(registers, bytes);
  const auto found = estimate(bytes);
  require(found.has_value() == sound);
  require(!sound || *found == estimate(registers));
  if (form_of(bytes) == Form::kSparse) {
    const auto text = describe_sparse(bytes);
    require(text.has_value() || !sound);
  }
  if (const auto cached = cached_estimate(bytes)) {
    require(*cached >> 63 == 0);
  }
  return sound;
}

void raise_some(std::string_view bytes, const std::uint8_t* choices, std::uint64_t limit) {
  const bool sound = read_all(bytes);
  Sketch sketch(bytes);
  for (std::size_t i = 0; i + 2 < 12; i += 3) {
    const Observation seen{
        static_cast<std::uint16_t>((choices[i] * 256U + choices[i + 1]) % kRegisters),
        static_cast<std::uint8_t>(1 + choices[i + 2] % 51)};
    const auto change = sketch.raise(seen, limit);
    require(!sound || change != Sketch::Change::kCorrupt);
    if (sound) {
      Registers registers{};
      require(merge(registers, sketch.bytes()) && registers[seen.index] >= seen.height);
    }
  }
  sketch.forget_estimate();
  require(!cached_estimate(sketch.bytes()));
  const bool still_sound = read_all(sketch.bytes());
  require(!sound || still_sound);
  const auto before = estimate(sketch.bytes());
  require(sketch.make_dense() == before.has_value());
  require(estimate(sketch.bytes()) == before);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kControlBytes = 14;
  if (size < kControlBytes) {
    return 0;
  }
  const std::uint64_t limit = (std::uint64_t{data[0]} << 8 | data[1]) % (kMaxSparseBytes + 100);
  // The header is given, so that the fuzzer need not find it.
  const std::size_t length = size - kControlBytes;
  std::string text(empty().substr(0, (data[0] & 1) != 0 ? kHeaderBytes : 4));
  text.append(reinterpret_cast<const char*>(data) + kControlBytes, length);
  if (text.size() > 4 && text[4] == 0 && (data[1] & 1) != 0) {
    text.resize(kDenseBytes, '\x5a');
  }
  const auto block = std::make_unique<char[]>(text.size());
  std::copy(text.begin(), text.end(), block.get());
  const std::string_view bytes(block.get(), text.size());
  if (form_of(bytes) && bytes.size() <= kMaxSparseBytes) {
    raise_some(bytes, data + 2, limit);
  }
  return 0;
}
