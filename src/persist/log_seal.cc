// SPDX-License-Identifier: BSD-3-Clause
//
// A line is read strictly, digit by digit: what is only like one is part of somebody's value.
#include <sorrel/base/crc.h>
#include <sorrel/base/numbers.h>
#include <sorrel/persist/log_seal.h>

namespace sorrel::persist {
namespace {

constexpr std::size_t kChecksumDigits = 16;

std::optional<std::uint64_t> parse_hex(std::string_view digits) {
  std::uint64_t value = 0;
  for (const char c : digits) {
    const bool decimal = c >= '0' && c <= '9';
    if (!decimal && !(c >= 'a' && c <= 'f')) {
      return {};
    }
    value = value << 4 | static_cast<std::uint64_t>(decimal ? c - '0' : c - 'a' + 10);
  }
  return value;
}

std::string format_hex(std::uint64_t value) {
  std::string digits(kChecksumDigits, '0');
  for (std::size_t i = kChecksumDigits; i-- > 0; value >>= 4) {
    digits[i] = "0123456789abcdef"[value & 15];
  }
  return digits;
}

// A number up to the next colon, which it takes away with it.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  const std::size_t end = text.substr(0, 21).find(':');
  if (end == std::string_view::npos) {
    return {};
  }
  const auto number = base::parse_integer(text.substr(0, end));
  text.remove_prefix(end + 1);
  if (!number || *number < 0) {
    return {};
  }
  return static_cast<std::uint64_t>(*number);
}

}  // namespace

std::optional<SealLine> read_seal(std::string_view bytes) {
  if (!bytes.starts_with(SealLine::kBegin)) {
    return {};
  }
  std::string_view text = bytes.substr(SealLine::kBegin.size());
  const auto covered = take_number(text);
  const auto unsynced = covered ? take_number(text) : std::nullopt;
  if (!unsynced || text.size() < kChecksumDigits + 2 || text[kChecksumDigits] != '\r' ||
      text[kChecksumDigits + 1] != '\n') {
    return {};
  }
  const auto checksum = parse_hex(text.substr(0, kChecksumDigits));
  if (!checksum) {
    return {};
  }
  const std::size_t summed = bytes.size() - text.size();
  return SealLine{*covered, *unsynced, *checksum, bytes.substr(0, summed),
                  summed + kChecksumDigits + 2};
}

void LogSealer::add(std::string_view bytes) {
  if (state_.interval_bytes == 0) {
    return;
  }
  state_.checksum = base::crc64(bytes, state_.checksum);
  state_.covered += bytes.size();
}

std::string LogSealer::line(std::uint64_t unsynced) {
  std::string text = std::string(SealLine::kBegin) + std::to_string(state_.covered) + ":" +
                     std::to_string(unsynced) + ":";
  text += format_hex(base::crc64(text, state_.checksum)) + "\r\n";
  state_ = {state_.interval_bytes, true, 0, 0};
  return text;
}

}  // namespace sorrel::persist
