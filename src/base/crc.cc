// SPDX-License-Identifier: BSD-3-Clause
//
// CRC16 from one table and CRC64 from eight, all made by the compiler from the polynomials: nothing
// to transcribe and nothing to initialise at run time. Table n of CRC64 holds the effect of a byte
// that n more bytes follow, so that eight look-ups without a dependency replace eight with one. The
// eight bytes are put together by shifts, so the result does not depend on the byte order.
// Constants and pure functions; any thread.
#include <array>
#include <cstddef>

#include <sorrel/base/crc.h>

namespace sorrel::base {
namespace {

constexpr std::array<std::uint16_t, 256> make_crc16_table() {
  std::array<std::uint16_t, 256> table{};
  for (unsigned i = 0; i < 256; ++i) {
    unsigned crc = i << 8;
    for (int bit = 0; bit < 8; ++bit) {
      crc = ((crc << 1) ^ ((crc & 0x8000U) != 0 ? 0x1021U : 0U)) & 0xffffU;
    }
    table[i] = static_cast<std::uint16_t>(crc);
  }
  return table;
}

using Crc64Tables = std::array<std::array<std::uint64_t, 256>, 8>;

constexpr Crc64Tables make_crc64_tables() {
  constexpr std::uint64_t kReflected = 0x95ac9329ac4bc9b5ULL;  // of 0xad93d23594c935a9
  Crc64Tables tables{};
  for (std::size_t i = 0; i < 256; ++i) {
    std::uint64_t crc = i;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc >> 1) ^ ((crc & 1) != 0 ? kReflected : 0);
    }
    tables[0][i] = crc;
  }
  for (std::size_t n = 1; n < tables.size(); ++n) {
    for (std::size_t i = 0; i < 256; ++i) {
      const std::uint64_t crc = tables[n - 1][i];
      tables[n][i] = (crc >> 8) ^ tables[0][crc & 0xff];
    }
  }
  return tables;
}

constexpr auto kCrc16 = make_crc16_table();
constexpr Crc64Tables kCrc64 = make_crc64_tables();

std::uint64_t byte_at(std::string_view bytes, std::size_t i) {
  return static_cast<unsigned char>(bytes[i]);
}

std::uint64_t load_little(std::string_view bytes) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    word |= byte_at(bytes, i) << (8 * i);
  }
  return word;
}

}  // namespace

std::uint16_t crc16(std::string_view bytes) {
  unsigned crc = 0;
  for (const char c : bytes) {
    crc = ((crc << 8) & 0xffffU) ^ kCrc16[(crc >> 8) ^ static_cast<unsigned char>(c)];
  }
  return static_cast<std::uint16_t>(crc);
}

std::uint64_t crc64(std::string_view bytes, std::uint64_t seed) {
  std::uint64_t crc = seed;
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    const std::uint64_t word = crc ^ load_little(bytes);
    crc = 0;
    for (std::size_t i = 0; i < 8; ++i) {
      crc ^= kCrc64[7 - i][(word >> (8 * i)) & 0xff];
    }
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    crc = (crc >> 8) ^ kCrc64[0][(crc ^ byte_at(bytes, i)) & 0xff];
  }
  return crc;
}

}  // namespace sorrel::base
