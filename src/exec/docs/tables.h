// SPDX-License-Identifier: BSD-3-Clause
//
// The documentation tables, one for each command group, as COMMAND DOCS names the groups. A new
// table is declared here and listed in kTables of command_doc.cc.
//
// Invariant: each table is sorted by name and free of duplicates; the compiler checks it through
// is_sorted_by_name, so a row put in the wrong place does not build.
// Threads: constants.
#pragma once

#include <algorithm>
#include <span>

#include <sorrel/exec/command_doc.h>

namespace sorrel::exec::docs {

using Table = std::span<const CommandDoc>;

constexpr bool is_sorted_by_name(Table table) {
  return std::ranges::adjacent_find(table, [](const CommandDoc& a, const CommandDoc& b) {
           return a.name >= b.name;
         }) == table.end();
}

extern const Table kBitmap;
extern const Table kCluster;
extern const Table kConnection;
extern const Table kGeneric;
extern const Table kGeo;
extern const Table kHash;
extern const Table kHyperloglog;
extern const Table kList;
extern const Table kPubsub;
extern const Table kScripting;
extern const Table kServer;
extern const Table kSet;
extern const Table kSortedSet;
extern const Table kStream;
extern const Table kString;
extern const Table kTransactions;

}  // namespace sorrel::exec::docs
