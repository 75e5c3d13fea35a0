// SPDX-License-Identifier: BSD-3-Clause
//
// Filling a keyspace from an image.
#include <algorithm>
#include <functional>
#include <type_traits>
#include <utility>
#include <variant>

#include <sorrel/base/text.h>
#include <sorrel/keyspace/loading.h>
#include <sorrel/persist/rdb_file.h>

#include "image_reader.h"

namespace sorrel::persist {
namespace {

class Loader final : public rdb::ImageTarget {
 public:
  Loader(keyspace::Keyspace& keyspace, const RdbLoadOptions& options, RdbLoadResult& result)
      : keyspace_(keyspace),
        options_(options),
        result_(result),
        loading_(keyspace, options.replace),
        database_(&keyspace.database(0)) {}

  void after_key(std::function<void()> callback) { after_key_ = std::move(callback); }

  void settle() {
    result_.keys = loading_.settle();
    if (result_.error.empty()) {
      result_.error = duplicate();
    }
  }

 private:
  void auxiliary(std::string_view name, std::string_view value) override {
    constexpr std::size_t kMost = 256;
    if (result_.auxiliary.size() < kMost) {
      result_.auxiliary.emplace_back(name, value);
    }
  }

  std::string library(std::string_view code) override {
    return options_.library ? options_.library(code)
                            : "The image holds functions, which this version cannot load";
  }

  std::string select(std::uint64_t number) override {
    const std::size_t count = keyspace_.database_count();
    if (number >= count) {
      return "The image has a database " + std::to_string(number) + ", and this server only " +
             std::to_string(count) + ": raise `databases`";
    }
    database_ = &keyspace_.database(static_cast<std::size_t>(number));
    return {};
  }

  // The hint is believed as far as the image may be so large, and as far as room for it is made in
  // some milliseconds.
  void expect(std::uint64_t keys, std::uint64_t) override {
    constexpr std::uint64_t kLeastKeyBytes = 4;
    constexpr std::uint64_t kMost = std::uint64_t{1} << 24;
    constexpr std::uint64_t kMostUnknown = std::uint64_t{1} << 20;
    const std::uint64_t most =
        options_.bytes == 0 ? kMostUnknown : std::min(options_.bytes / kLeastKeyBytes, kMost);
    loading_.expect(*database_, static_cast<std::size_t>(std::min(keys, most)));
  }

  std::string string(std::string_view name, std::string_view value,
                     const rdb::KeyFacts& facts) override {
    return is_over(facts) ? std::string()
                          : put(loading_.make_string(name, value, facts.deadline_ms), facts);
  }

  std::string value(std::string_view name, RdbValue value, const rdb::KeyFacts& facts) override {
    if (is_over(facts)) {
      return {};
    }
    return std::visit(
        [&](auto& held) {
          if constexpr (std::is_same_v<decltype(held), std::string&>) {
            return string(name, held, facts);
          } else {
            return put(loading_.make_collection(name, std::move(held), facts.deadline_ms), facts);
          }
        },
        value);
  }

  std::string module_value(std::string_view, std::string_view module) override {
    return "A value of the module " + std::string(module) + ", which this server does not have";
  }

  void empty(std::string_view name) override {
    note("skipping empty key: " + std::string(name));
    ++result_.empty;
  }

  void note(std::string_view text) override {
    if (options_.notice) {
      options_.notice(text);
    }
  }

  // Counts the key if its time has passed, and it is to be left out.
  bool is_over(const rdb::KeyFacts& facts) {
    const bool over =
        options_.drop_expired && facts.deadline_ms && *facts.deadline_ms <= keyspace_.now_ms();
    result_.expired += over ? 1 : 0;
    return over;
  }

  std::string put(keyspace::Record* record, const rdb::KeyFacts& facts) {
    const keyspace::AccessClock& clock = keyspace_.access();
    if (clock.lfu() && facts.frequency) {
      record->set_access(clock.of_frequency(*facts.frequency));
    } else if (!clock.lfu() && facts.idle_seconds) {
      record->set_access(clock.of_idle_seconds(static_cast<std::int64_t>(*facts.idle_seconds)));
    }
    loading_.put(*database_, record);
    if (after_key_) {
      after_key_();
    }
    return loading_.duplicate() ? duplicate() : std::string();
  }

  std::string duplicate() const {
    return loading_.duplicate() ? "A key is there already: " + base::quote(*loading_.duplicate())
                                : std::string();
  }

  keyspace::Keyspace& keyspace_;
  const RdbLoadOptions& options_;
  RdbLoadResult& result_;
  keyspace::Loading loading_;
  keyspace::Database* database_;
  std::function<void()> after_key_;
};

// Nothing goes on its own meanwhile: a deadline that passes during the load would be found when the
// key is, which is after somebody may be told of it.
class Quiet {
 public:
  explicit Quiet(keyspace::Keyspace& keyspace)
      : keyspace_(keyspace),
        expiry_(keyspace.expiry_enabled()),
        new_keys_(keyspace.changes().set_new_keys_wanted(false)) {
    keyspace.set_expiry_enabled(false);
  }
  ~Quiet() {
    keyspace_.changes().set_new_keys_wanted(new_keys_);
    keyspace_.set_expiry_enabled(expiry_);
  }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;

 private:
  keyspace::Keyspace& keyspace_;
  bool expiry_;
  bool new_keys_;
};

RdbLoadResult load(RdbSource source, keyspace::Keyspace& keyspace, const RdbLoadOptions& options) {
  RdbLoadResult result;
  Loader loader(keyspace, options, result);
  rdb::ImageReader reader(std::move(source), loader, keyspace.settings(), options.check_sum);
  if (options.after_key) {
    loader.after_key([&] { options.after_key(reader.offset()); });
  }
  if (options.progress) {
    reader.on_work([&] { options.progress(reader.offset()); });
  }
  result.error = reader.run();
  loader.settle();
  result.version = reader.version();
  result.bytes = reader.offset();
  return result;
}

}  // namespace

RdbLoadResult load_rdb(RdbSource source, keyspace::Keyspace& keyspace,
                       const RdbLoadOptions& options) {
  const Quiet quiet(keyspace);
  return load(std::move(source), keyspace, options);
}

}  // namespace sorrel::persist
