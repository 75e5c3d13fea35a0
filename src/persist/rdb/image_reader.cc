// SPDX-License-Identifier: BSD-3-Clause
//
// The loop over the parts of an image.
#include "image_reader.h"

#include <charconv>
#include <utility>

#include <sorrel/base/text.h>

namespace sorrel::persist::rdb {
namespace {

constexpr std::uint8_t kFirstOpcode = static_cast<std::uint8_t>(Opcode::kSlotInfo);

bool of_module(std::uint8_t type) {
  return type == static_cast<std::uint8_t>(ValueType::kModule) ||
         type == static_cast<std::uint8_t>(ValueType::kModuleOld);
}

}  // namespace

std::string module_name(std::uint64_t id) {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  constexpr unsigned kVersionBits = 10;
  constexpr unsigned kNameLength = 9;
  const std::uint64_t version = id & ((1U << kVersionBits) - 1);
  std::string name(kNameLength, ' ');
  id >>= kVersionBits;
  for (unsigned i = kNameLength; i > 0; --i, id >>= 6) {
    name[i - 1] = kLetters[id & 63];
  }
  return name + " (version " + std::to_string(version) + ")";
}

ImageReader::ImageReader(RdbSource source, ImageTarget& target, const types::Settings& settings,
                         bool check_sum)
    : input_(std::move(source)), target_(target), settings_(settings), check_sum_(check_sum) {
  if (check_sum) {
    input_.sum();
  }
}

void ImageReader::refuse(std::string_view why) {
  if (error_.empty()) {
    error_ = std::string(why) + " (at byte " + std::to_string(input_.offset());
    error_ += in_key_ ? ", in the key " + base::quote(name_) + ")" : ")";
  }
}

std::string ImageReader::run() {
  if (read_header()) {
    target_.version(version_);
    while (!done_ && error_.empty()) {
      part_offset_ = input_.offset();
      step();
    }
  }
  return std::move(error_);
}

// "REDIS" and four digits, or "VALKEY" and three.
bool ImageReader::read_header() {
  constexpr std::size_t kMagic = 9;
  std::string_view magic = input_.take(kMagic);
  for (const std::string_view word : {"REDIS", "VALKEY"}) {
    if (magic.starts_with(word)) {
      magic.remove_prefix(word.size());
      const auto [end, error] =
          std::from_chars(magic.data(), magic.data() + magic.size(), version_);
      if (error == std::errc() && end == magic.data() + magic.size()) {
        if (readable(version_)) {
          return true;
        }
        refuse("Can't handle RDB format version " + std::to_string(version_) +
               ": it is of a later version of " + (word == "REDIS" ? "Redis" : "Valkey"));
        return false;
      }
    }
  }
  refuse("Wrong signature: these bytes are no RDB image");
  return false;
}

void ImageReader::step() {
  const std::uint8_t word = input_.byte();
  if (input_.ok()) {
    if (word >= kFirstOpcode) {
      read_part(static_cast<Opcode>(word));
    } else {
      read_key(word);
    }
  }
  if (!input_.ok()) {
    refuse(std::string(describe(input_.failure())) + ": " + std::string(input_.reason()));
  }
  in_key_ = false;
}

void ImageReader::read_part(Opcode opcode) {
  constexpr std::int64_t kMsPerSecond = 1000;
  std::uint64_t first = 0;
  switch (opcode) {
    case Opcode::kDeadlineSeconds:
      facts_.deadline_ms = input_.integer(4) * kMsPerSecond;
      return;
    case Opcode::kDeadlineMs:
      facts_.deadline_ms = input_.milliseconds();
      return;
    case Opcode::kIdleSeconds:
      facts_.idle_seconds = input_.length();
      return;
    case Opcode::kFrequency:
      facts_.frequency = input_.byte();
      return;
    case Opcode::kSelect:
      first = input_.length();
      if (input_.ok()) {
        refuse_unless_empty(target_.select(first));
      }
      return;
    case Opcode::kResize:
      first = input_.length();
      if (const std::uint64_t second = input_.length(); input_.ok()) {
        target_.expect(first, second);
      }
      return;
    case Opcode::kSlotInfo:
      input_.length();
      input_.length();
      input_.length();
      return;
    case Opcode::kAuxiliary:
      read_auxiliary();
      return;
    case Opcode::kFunction:
      read_library();
      return;
    case Opcode::kFunctionOld:
      refuse("Pre-release function format not supported");
      return;
    case Opcode::kModuleData:
      skip_module_data();
      return;
    case Opcode::kEnd:
      read_end();
      return;
  }
}

void ImageReader::read_auxiliary() {
  const std::string_view name = input_.string(name_);
  const std::string_view value = input_.view(scratch_);
  if (input_.ok()) {
    target_.auxiliary(name, value);
  }
}

void ImageReader::read_library() {
  const std::string_view code = input_.view(scratch_);
  if (input_.ok()) {
    refuse_unless_empty(target_.library(code));
  }
}

// Facts that a module kept beside the keys: a number for its name and its time, then values.
void ImageReader::skip_module_data() {
  const std::uint64_t id = input_.length();
  input_.length();
  input_.length();
  skip_module_values();
  if (input_.ok()) {
    target_.note("Data of the module " + module_name(id) + " was passed over");
  }
}

// Values that each tell their kind, up to an end.
void ImageReader::skip_module_values() {
  constexpr std::uint64_t kEnd = 0;
  constexpr std::uint64_t kSigned = 1;
  constexpr std::uint64_t kUnsigned = 2;
  constexpr std::uint64_t kFloat = 3;
  constexpr std::uint64_t kDouble = 4;
  constexpr std::uint64_t kString = 5;
  while (input_.ok()) {
    switch (input_.length()) {
      case kEnd:
        return;
      case kSigned:
      case kUnsigned:
        input_.length();
        break;
      case kFloat:
        input_.little32();
        break;
      case kDouble:
        input_.little64();
        break;
      case kString:
        input_.view(scratch_);
        break;
      default:
        input_.fail(Failure::kMalformed, "data of a module");
        break;
    }
  }
}

// Those of the first kind do not tell where they end.
void ImageReader::read_module_value() {
  const std::uint64_t id = input_.length();
  if (!input_.ok()) {
    return;
  }
  const std::string module = module_name(id);
  if (facts_.type == ValueType::kModuleOld) {
    refuse("A value of the module " + module + ", which this server does not have");
    return;
  }
  refuse_unless_empty(target_.module_value(name_, module));
  if (error_.empty()) {
    skip_module_values();
  }
}

void ImageReader::read_key(std::uint8_t type) {
  input_.string(name_);
  if (!input_.ok()) {
    return;
  }
  in_key_ = true;
  facts_.type = static_cast<ValueType>(type);
  if (facts_.type == ValueType::kString) {
    const std::string_view text = input_.view(scratch_);
    if (input_.ok()) {
      refuse_unless_empty(target_.string(name_, text, facts_));
    }
  } else if (of_module(type)) {
    read_module_value();
  } else {
    read_value(type);
  }
  facts_ = {};
}

void ImageReader::read_value(std::uint8_t type) {
  RdbValue value = rdb::read_value(type, input_, {settings_, version_});
  if (input_.failure() == Failure::kEmpty) {
    input_.forgive_empty();
    target_.empty(name_);
  } else if (input_.ok()) {
    refuse_unless_empty(target_.value(name_, std::move(value), facts_));
  }
}

void ImageReader::read_end() {
  done_ = true;
  part_offset_ = input_.offset();
  if (version_ < kVersionChecksum) {
    return;
  }
  const std::uint64_t sum = check_sum_ ? input_.checksum() : 0;
  const std::uint64_t told = input_.little64();
  has_checksum_ = told != 0;
  if (input_.ok() && check_sum_ && told != 0 && told != sum) {
    refuse("RDB CRC error: the image is damaged");
  }
}

}  // namespace sorrel::persist::rdb
