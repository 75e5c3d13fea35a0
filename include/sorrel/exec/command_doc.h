// SPDX-License-Identifier: BSD-3-Clause
//
// The documentation of commands: what COMMAND DOCS answers, and the key specifications and tips of
// COMMAND INFO. It is a table of its own, keyed by the full name in lower case ("set",
// "client|setname"), so that the rows that every command run looks at (CommandSpec) stay small.
// The rows stand in src/exec/docs/<group>.cc, sorted by name within each file; one is a constant
// of static text, and nothing is parsed or allocated before somebody asks.
//
// Four fields hold lists or trees in small languages, made to be read and written by hand.
//
// clang-format off
// tips, doc_flags   words, parted by one space:
//                     "nondeterministic_output request_policy:all_shards"
//
// history           lines of a version and a text:
//                     "2.6.12 Added `EX`.\n6.0.0 Added `KEEPTTL`."
//
// key_specs         specifications parted by "; ", each
//                     flags: begin, find                or   flags: begin, find -- note
//                     begin   index I | keyword WORD FROM | unknown
//                     find    range LAST STEP LIMIT | keynum COUNT-AT FIRST STEP | unknown
//                     "RW access update: index 1, range 0 1 0; OW update: keyword STORE 5, range 0 1 0"
//
// arguments         items parted by one space, each
//                     name              a string argument
//                     name#0            a key, described by key specification 0
//                     name:type         string integer double key pattern unix-time
//                     TOKEN             a bare word to be given as it stands; named by itself in
//                                       lower case
//                     name:TOKEN        the same under another name
//                     name(a | b)       one of these items
//                     name{a b}         all of these items
//                     TOKEN=item        a token before a valued item (not before a bare token)
//                     [item]            optional
//                   A token that is not capital letters, digits and '-' stands in single quotes:
//                   equal:'='. Marks follow the item, inside its brackets, in this order:
//                     + repeatable   ++ repeatable together with its token   #N key specification
//                     @V since V     !V deprecated since V                   ~text shown instead of the name
//                     "key#0 value [condition(NX | XX)@2.6.12] [EX=seconds:integer@2.6.12]"
// clang-format on
//
// A well-formed text that is not empty has at least one element, so a parser that returns an
// empty list for it says that the text is malformed; a test parses every row.
//
// Threads: constants and pure functions; callable from any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sorrel::exec {

/// One row. Every view is to static text; an empty one means that the field is absent.
struct CommandDoc {
  std::string_view name;
  std::string_view summary = {};
  std::string_view since = {};
  std::string_view group = {};
  std::string_view complexity = {};
  std::string_view deprecated_since = {};
  std::string_view replaced_by = {};
  std::string_view doc_flags = {};
  std::string_view history = {};
  std::string_view tips = {};
  std::string_view key_specs = {};
  std::string_view arguments = {};
};

enum class DocArgumentType {
  string,
  integer,
  real,  // "double" on the wire
  key,
  pattern,
  unix_time,
  pure_token,
  one_of,
  block,
};

/// One argument of a command, or a group of them. The views are into the parsed text.
struct DocArgument {
  std::string name;
  DocArgumentType type = DocArgumentType::string;
  bool has_token = false;  // a token can be the empty string
  std::string_view token = {};
  std::string_view display_text = {};  // empty: the name
  std::string_view since = {};
  std::string_view deprecated_since = {};
  int key_spec_index = -1;  // -1: none
  bool optional = false;
  bool multiple = false;
  bool multiple_token = false;
  std::vector<DocArgument> arguments = {};  // of one_of and block
};

/// Where the search for the keys of a command begins.
struct KeySpecBegin {
  enum class Kind { index, keyword, unknown };
  Kind kind = Kind::unknown;
  int index = 0;                  // index: position in argv
  std::string_view keyword = {};  // keyword: the word before the first key
  int start_from = 0;             // keyword: where to look from; negative counts from the end
};

/// How the keys are found from there on.
struct KeySpecFind {
  enum class Kind { range, keynum, unknown };
  Kind kind = Kind::unknown;
  int last_key = 0;       // range: relative to the first; negative counts from the end of argv
  int limit = 0;          // range: with last_key -1, only the first 1/limit of what is left
  int key_num_index = 0;  // keynum: where the count stands
  int first_key = 0;      // keynum: where the first key stands
  int key_step = 0;       // both
};

/// One key specification, as COMMAND INFO reports it. The views are into the parsed text.
struct KeySpec {
  std::string_view notes = {};
  std::vector<std::string_view> flags = {};
  KeySpecBegin begin_search = {};
  KeySpecFind find_keys = {};
};

/// One line of a command's history.
struct DocHistory {
  std::string_view version;
  std::string_view text;
};

/// Returns: the row of the command or subcommand `full_name` (lower case, "client|setname"), or
/// nullptr. Cost: one binary search for each group; no allocation.
[[nodiscard]] const CommandDoc* find_command_doc(std::string_view full_name);

/// Returns: the arguments in order; empty when `text` is empty or malformed.
/// Lifetime: the views live as long as `text`.
[[nodiscard]] std::vector<DocArgument> parse_arguments(std::string_view text);

/// Returns: the key specifications in order; empty when `text` is empty or malformed.
[[nodiscard]] std::vector<KeySpec> parse_key_specs(std::string_view text);

/// Returns: the positions in `arguments` (the command's words with its name) of the keys that
/// `spec` names; none where its keyword is absent or it cannot tell; nullopt where the words
/// contradict it, such as a count of keys that is larger than what follows.
[[nodiscard]] std::optional<std::vector<std::size_t>> find_keys(
    const KeySpec& spec, std::span<const std::string_view> arguments);

/// Whether the command's STORE is an option whose place the specifications cannot tell, because
/// words of other options may look like it: SORT, GEORADIUS and GEORADIUSBYMEMBER. All but the
/// first of their specifications are to be passed over, and find_stored_key() asked instead.
[[nodiscard]] bool has_store_option(std::string_view full_name);

/// Returns: the position of the key that such a command stores its result under; the last one that
/// it names counts. Nothing when it names none.
[[nodiscard]] std::optional<std::size_t> find_stored_key(
    std::string_view full_name, std::span<const std::string_view> arguments);

/// Returns: the lines of a history, oldest first; empty when `text` is empty or malformed.
[[nodiscard]] std::vector<DocHistory> parse_history(std::string_view text);

/// Returns: the words of `tips` or `doc_flags`; empty when `text` is empty or malformed.
[[nodiscard]] std::vector<std::string_view> parse_words(std::string_view text);

/// Returns: the type as COMMAND DOCS spells it, such as "pure-token".
[[nodiscard]] std::string_view type_name(DocArgumentType type);

}  // namespace sorrel::exec
