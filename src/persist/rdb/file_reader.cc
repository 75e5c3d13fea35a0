// SPDX-License-Identifier: BSD-3-Clause
//
// Loading an image: a loop over its parts, each of which begins with a word that is either an
// opcode or the kind of a value. What belongs to the next key (deadline, accesses) is kept until it
// comes.
#include <charconv>
#include <optional>
#include <utility>

#include <sorrel/keyspace/write_ref.h>
#include <sorrel/persist/rdb_file.h>

#include "codec.h"

namespace sorrel::persist {
namespace {

using rdb::Failure;
using rdb::Input;
using rdb::Opcode;

constexpr std::uint8_t kFirstOpcode = static_cast<std::uint8_t>(Opcode::kSlotInfo);

class Loader {
 public:
  Loader(RdbSource source, keyspace::Keyspace& keyspace, const RdbLoadOptions& options)
      : input_(std::move(source)),
        keyspace_(keyspace),
        options_(options),
        database_(&keyspace.database(0)) {
    if (options_.check_sum) {
      input_.sum();
    }
  }

  RdbLoadResult run() {
    if (read_header()) {
      while (!done_ && result_.error.empty()) {
        step();
      }
    }
    result_.bytes = input_.offset();
    return std::move(result_);
  }

 private:
  void refuse(std::string_view why) {
    if (result_.error.empty()) {
      result_.error = std::string(why) + " (at byte " + std::to_string(input_.offset()) + ")";
    }
  }

  void note(std::string_view text) {
    if (options_.notice) {
      options_.notice(text);
    }
  }

  bool read_header();
  void step();
  void read_part(Opcode opcode);
  void read_auxiliary();
  void read_library();
  void skip_module_data();
  void select(std::uint64_t number);
  void read_key(std::uint8_t type);
  void place_key(std::string_view name, RdbValue value);
  void read_end();

  Input input_;
  keyspace::Keyspace& keyspace_;
  const RdbLoadOptions& options_;
  keyspace::Database* database_;
  RdbLoadResult result_;
  bool done_ = false;
  std::optional<std::int64_t> deadline_ms_;
  std::optional<std::uint64_t> idle_seconds_;
  std::optional<std::uint8_t> frequency_;
};

// "REDIS" and four digits, or "VALKEY" and three.
bool Loader::read_header() {
  constexpr std::size_t kMagic = 9;
  std::string_view magic = input_.take(kMagic);
  for (const std::string_view word : {"REDIS", "VALKEY"}) {
    if (magic.starts_with(word)) {
      magic.remove_prefix(word.size());
      const auto [end, error] =
          std::from_chars(magic.data(), magic.data() + magic.size(), result_.version);
      if (error == std::errc() && end == magic.data() + magic.size()) {
        if (rdb::readable(result_.version)) {
          return true;
        }
        refuse("Can't handle RDB format version " + std::to_string(result_.version));
        return false;
      }
    }
  }
  refuse("Wrong signature: these bytes are no RDB image");
  return false;
}

void Loader::step() {
  const std::uint8_t word = input_.byte();
  if (input_.ok()) {
    if (word >= kFirstOpcode) {
      read_part(static_cast<Opcode>(word));
    } else {
      read_key(word);
    }
  }
  if (!input_.ok()) {
    refuse(std::string(rdb::describe(input_.failure())) + ": " + std::string(input_.reason()));
  }
}

void Loader::read_part(Opcode opcode) {
  constexpr std::int64_t kMsPerSecond = 1000;
  switch (opcode) {
    case Opcode::kDeadlineSeconds:
      deadline_ms_ = input_.integer(4) * kMsPerSecond;
      return;
    case Opcode::kDeadlineMs:
      deadline_ms_ = input_.milliseconds();
      return;
    case Opcode::kIdleSeconds:
      idle_seconds_ = input_.length();
      return;
    case Opcode::kFrequency:
      frequency_ = input_.byte();
      return;
    case Opcode::kSelect:
      select(input_.length());
      return;
    case Opcode::kResize:
      input_.length();
      input_.length();
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

void Loader::read_auxiliary() {
  constexpr std::size_t kMost = 256;
  std::string name;
  std::string value;
  name = std::string(input_.string(name));
  value = std::string(input_.string(value));
  if (input_.ok() && result_.auxiliary.size() < kMost) {
    result_.auxiliary.emplace_back(std::move(name), std::move(value));
  }
}

void Loader::read_library() {
  std::string scratch;
  const std::string_view code = input_.string(scratch);
  if (!input_.ok()) {
    return;
  }
  if (!options_.library) {
    refuse("The image holds functions, which this version cannot load");
  } else if (const std::string why = options_.library(code); !why.empty()) {
    refuse(why);
  }
}

// Facts that a module kept beside the keys: a number for its name and its time, then values that
// each tell their kind, up to an end.
void Loader::skip_module_data() {
  constexpr std::uint64_t kEnd = 0;
  constexpr std::uint64_t kSigned = 1;
  constexpr std::uint64_t kUnsigned = 2;
  constexpr std::uint64_t kFloat = 3;
  constexpr std::uint64_t kDouble = 4;
  constexpr std::uint64_t kString = 5;
  input_.length();
  input_.length();
  input_.length();
  std::string scratch;
  while (input_.ok()) {
    switch (input_.length()) {
      case kEnd:
        note("Data of a module was passed over");
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
        input_.string(scratch);
        break;
      default:
        input_.fail(Failure::kMalformed, "data of a module");
        break;
    }
  }
}

void Loader::select(std::uint64_t number) {
  if (!input_.ok()) {
    return;
  }
  if (number >= keyspace_.database_count()) {
    refuse("The image has a database " + std::to_string(number) + ", and this server only " +
           std::to_string(keyspace_.database_count()) + ": raise `databases`");
    return;
  }
  database_ = &keyspace_.database(static_cast<std::size_t>(number));
}

void Loader::read_key(std::uint8_t type) {
  std::string scratch;
  const std::string_view name = input_.string(scratch);
  const std::string owned_name(name);
  RdbValue value = rdb::read_value(type, input_, {keyspace_.settings(), result_.version});
  if (input_.failure() == Failure::kEmpty) {
    note("skipping empty key: " + owned_name);
    input_.forgive_empty();
    ++result_.empty;
  } else if (!input_.ok()) {
    return;
  } else if (options_.drop_expired && deadline_ms_ && *deadline_ms_ <= keyspace_.now_ms()) {
    ++result_.expired;
  } else {
    place_key(owned_name, std::move(value));
  }
  deadline_ms_.reset();
  idle_seconds_.reset();
  frequency_.reset();
}

void Loader::place_key(std::string_view name, RdbValue value) {
  auto ref = database_->write(keyspace_.key(name));
  if (ref.exists() && !options_.replace) {
    refuse("A key is there already");
    return;
  }
  install(ref, std::move(value), deadline_ms_);
  const keyspace::AccessClock& clock = keyspace_.access();
  if (clock.lfu() && frequency_) {
    ref.set_access(clock.of_frequency(*frequency_));
  } else if (!clock.lfu() && idle_seconds_) {
    ref.set_access(clock.of_idle_seconds(static_cast<std::int64_t>(*idle_seconds_)));
  }
  ref.commit(keyspace::events::kLoad);
  ++result_.keys;
}

void Loader::read_end() {
  done_ = true;
  if (result_.version < rdb::kVersionChecksum) {
    return;
  }
  const std::uint64_t sum = options_.check_sum ? input_.checksum() : 0;
  const std::uint64_t told = input_.little64();
  if (input_.ok() && options_.check_sum && told != 0 && told != sum) {
    refuse("Wrong checksum: the image is damaged");
  }
}

}  // namespace

RdbLoadResult load_rdb(RdbSource source, keyspace::Keyspace& keyspace,
                       const RdbLoadOptions& options) {
  // Nothing goes on its own meanwhile: a deadline that passes during the load would be found when
  // the key is, which is after somebody may be told of it.
  const bool expiry = keyspace.expiry_enabled();
  keyspace.set_expiry_enabled(false);
  const bool new_keys = keyspace.changes().set_new_keys_wanted(false);
  RdbLoadResult result = Loader(std::move(source), keyspace, options).run();
  keyspace.changes().set_new_keys_wanted(new_keys);
  keyspace.set_expiry_enabled(expiry);
  return result;
}

}  // namespace sorrel::persist
