// SPDX-License-Identifier: BSD-3-Clause
//
// Looks documentation rows up, and parses the flat fields: words, history, key specifications.
// The argument grammar has a file of its own (argument_grammar.cc).
//
// Lookup asks each group's sorted table in turn: sixteen binary searches, on a path that only
// COMMAND DOCS and COMMAND INFO take, in exchange for no merged index to build at start.
//
// Invariant: a parser either understands the whole text or returns an empty list.
// Threads: pure functions over constants.
#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <sorrel/exec/command_doc.h>

#include "tables.h"

namespace sorrel::exec {
namespace {

constexpr std::array kTables = {
    &docs::kBitmap,    &docs::kCluster,   &docs::kConnection,  &docs::kGeneric,
    &docs::kGeo,       &docs::kHash,      &docs::kHyperloglog, &docs::kList,
    &docs::kPubsub,    &docs::kScripting, &docs::kServer,      &docs::kSet,
    &docs::kSortedSet, &docs::kStream,    &docs::kString,      &docs::kTransactions,
};

// Cuts `text` at every `separator`; no piece is dropped, so "" gives one empty piece.
std::vector<std::string_view> split(std::string_view text, std::string_view separator) {
  std::vector<std::string_view> pieces;
  for (;;) {
    const size_t at = text.find(separator);
    pieces.push_back(text.substr(0, at));
    if (at == std::string_view::npos) {
      return pieces;
    }
    text.remove_prefix(at + separator.size());
  }
}

bool read_integer(std::string_view text, int& value) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stop == end;
}

std::optional<KeySpecBegin> parse_begin(std::string_view text) {
  const auto words = split(text, " ");
  KeySpecBegin begin;
  if (words.size() == 2 && words[0] == "index") {
    begin.kind = KeySpecBegin::Kind::index;
    return read_integer(words[1], begin.index) ? std::optional(begin) : std::nullopt;
  }
  if (words.size() == 3 && words[0] == "keyword" && !words[1].empty()) {
    begin.kind = KeySpecBegin::Kind::keyword;
    begin.keyword = words[1];
    return read_integer(words[2], begin.start_from) ? std::optional(begin) : std::nullopt;
  }
  return text == "unknown" ? std::optional(begin) : std::nullopt;
}

std::optional<KeySpecFind> parse_find(std::string_view text) {
  const auto words = split(text, " ");
  KeySpecFind find;
  if (words.size() == 4 && words[0] == "range") {
    find.kind = KeySpecFind::Kind::range;
    const bool good = read_integer(words[1], find.last_key) &&
                      read_integer(words[2], find.key_step) && read_integer(words[3], find.limit);
    return good ? std::optional(find) : std::nullopt;
  }
  if (words.size() == 4 && words[0] == "keynum") {
    find.kind = KeySpecFind::Kind::keynum;
    const bool good = read_integer(words[1], find.key_num_index) &&
                      read_integer(words[2], find.first_key) &&
                      read_integer(words[3], find.key_step);
    return good ? std::optional(find) : std::nullopt;
  }
  return text == "unknown" ? std::optional(find) : std::nullopt;
}

// One specification: "flags: begin, find" with or without " -- note".
std::optional<KeySpec> parse_key_spec(std::string_view text) {
  KeySpec spec;
  if (const size_t note = text.find(" -- "); note != std::string_view::npos) {
    spec.notes = text.substr(note + 4);
    text = text.substr(0, note);
    if (spec.notes.empty()) {
      return std::nullopt;
    }
  }
  const size_t colon = text.find(": ");
  const size_t comma = text.find(", ");
  if (colon == std::string_view::npos || comma == std::string_view::npos || comma < colon) {
    return std::nullopt;
  }
  spec.flags = parse_words(text.substr(0, colon));
  const auto begin = parse_begin(text.substr(colon + 2, comma - colon - 2));
  const auto find = parse_find(text.substr(comma + 2));
  if (spec.flags.empty() || !begin || !find) {
    return std::nullopt;
  }
  spec.begin_search = *begin;
  spec.find_keys = *find;
  return spec;
}

}  // namespace

const CommandDoc* find_command_doc(std::string_view full_name) {
  for (const docs::Table* table : kTables) {
    const auto row = std::ranges::lower_bound(*table, full_name, {}, &CommandDoc::name);
    if (row != table->end() && row->name == full_name) {
      return &*row;
    }
  }
  return nullptr;
}

std::vector<KeySpec> parse_key_specs(std::string_view text) {
  std::vector<KeySpec> specs;
  if (text.empty()) {
    return specs;
  }
  for (const std::string_view piece : split(text, "; ")) {
    auto spec = parse_key_spec(piece);
    if (!spec) {
      return {};
    }
    specs.push_back(std::move(*spec));
  }
  return specs;
}

std::vector<DocHistory> parse_history(std::string_view text) {
  std::vector<DocHistory> history;
  if (text.empty()) {
    return history;
  }
  for (const std::string_view line : split(text, "\n")) {
    const size_t space = line.find(' ');
    if (space == 0 || space == std::string_view::npos || space + 1 == line.size()) {
      return {};
    }
    history.push_back({line.substr(0, space), line.substr(space + 1)});
  }
  return history;
}

std::vector<std::string_view> parse_words(std::string_view text) {
  auto words = split(text, " ");
  const bool malformed =
      std::ranges::any_of(words, [](std::string_view word) { return word.empty(); });
  if (malformed) {
    words.clear();
  }
  return words;
}

}  // namespace sorrel::exec
