// SPDX-License-Identifier: BSD-3-Clause
//
// Which clients CLIENT LIST and CLIENT KILL mean: conditions such as TYPE, USER or MAXAGE, all of
// which a client has to meet. Those of Redis 8.0, and those of Valkey 9, most of which have an
// opposite (NOT-TYPE). A condition that is given again takes the place of the former. One thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <sorrel/exec/context.h>

namespace sorrel::commands {

class ClientFilter {
 public:
  struct Row;
  struct Condition {
    const Row* row = nullptr;
    bool negated = false;
    std::string_view text;
    std::int64_t number = 0;
    std::vector<std::int64_t> ids;
  };

  // What is said of an ID that is below `least`, of a first one that is no number, and of a later
  // one that is neither a number nor a condition.
  struct IdRules {
    std::int64_t least;
    base::Error bad;
    base::Error unknown;
  };
  explicit ClientFilter(const IdRules& rules) : rules_(rules) {}

  // Reads conditions from this argument to the end. Returns: kOk, or what the failure returned.
  // Lifetime: the filter refers to the arguments.
  exec::Outcome read(exec::Context& context, std::size_t first);
  // The condition that the client comes from this address.
  void add_address(std::string_view address);
  // Whether the client that asks is not meant; SKIPME says otherwise.
  void set_spare_asking(bool spare) { spare_asking_ = spare; }

  bool meets(const exec::Session& session, const exec::Context& context) const;
  // The numbers that are asked for, in the order given; null: none is named.
  const std::vector<std::int64_t>* ids() const;

 private:
  void put(Condition condition);

  IdRules rules_;
  bool spare_asking_ = false;
  std::vector<Condition> conditions_;
};

}  // namespace sorrel::commands
