// SPDX-License-Identifier: BSD-3-Clause
//
// Prints the documentation table for command_docs_test.py: reads full command names from standard
// input, one on a line, and answers each with one line of JSON that holds the row with its texts
// parsed, or null for a name without a row. The shape is that of commands.json, so the test
// compares values and needs to know no grammar.
//
// Invariant: every field comes out of find_command_doc and the public parsers; nothing is repaired.
// Threads: one.
#include <iostream>
#include <string>

#include <sorrel/exec/command_doc.h>

namespace sorrel::exec {
namespace {

std::string quoted(std::string_view text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      json += '\\';
    }
    json += c;
  }
  return json + '"';
}

// Gathers the members of one JSON object.
class Object {
 public:
  Object& raw(std::string_view name, const std::string& json) {
    json_ += (json_.empty() ? "" : ", ") + quoted(name) + ": " + json;
    return *this;
  }
  Object& number(std::string_view name, int value) { return raw(name, std::to_string(value)); }
  Object& text(std::string_view name, std::string_view value) { return raw(name, quoted(value)); }
  Object& text_if_any(std::string_view name, std::string_view value) {
    return value.empty() ? *this : text(name, value);
  }
  std::string json() const { return "{" + json_ + "}"; }

 private:
  std::string json_;
};

template <typename Range, typename ToJson>
std::string array(const Range& range, ToJson to_json) {
  std::string json;
  for (const auto& element : range) {
    json += (json.empty() ? "" : ", ") + to_json(element);
  }
  return "[" + json + "]";
}

std::string argument_json(const DocArgument& argument) {
  Object object;
  object.text("name", argument.name).text("type", type_name(argument.type));
  object.text_if_any("display_text", argument.display_text);
  if (argument.key_spec_index >= 0) {
    object.number("key_spec_index", argument.key_spec_index);
  }
  if (argument.has_token) {
    object.text("token", argument.token);
  }
  object.text_if_any("since", argument.since);
  object.text_if_any("deprecated_since", argument.deprecated_since);
  std::vector<std::string_view> flags;
  if (argument.optional) flags.emplace_back("optional");
  if (argument.multiple) flags.emplace_back("multiple");
  if (argument.multiple_token) flags.emplace_back("multiple_token");
  if (!flags.empty()) {
    object.raw("flags", array(flags, quoted));
  }
  if (!argument.arguments.empty()) {
    object.raw("arguments", array(argument.arguments, argument_json));
  }
  return object.json();
}

std::string begin_json(const KeySpecBegin& begin) {
  Object spec;
  switch (begin.kind) {
    case KeySpecBegin::Kind::index:
      spec.number("index", begin.index);
      return Object().text("type", "index").raw("spec", spec.json()).json();
    case KeySpecBegin::Kind::keyword:
      spec.text("keyword", begin.keyword).number("startfrom", begin.start_from);
      return Object().text("type", "keyword").raw("spec", spec.json()).json();
    case KeySpecBegin::Kind::unknown:
      break;
  }
  return Object().text("type", "unknown").raw("spec", "{}").json();
}

std::string find_json(const KeySpecFind& find) {
  Object spec;
  switch (find.kind) {
    case KeySpecFind::Kind::range:
      spec.number("lastkey", find.last_key).number("keystep", find.key_step);
      spec.number("limit", find.limit);
      return Object().text("type", "range").raw("spec", spec.json()).json();
    case KeySpecFind::Kind::keynum:
      spec.number("keynumidx", find.key_num_index).number("firstkey", find.first_key);
      spec.number("keystep", find.key_step);
      return Object().text("type", "keynum").raw("spec", spec.json()).json();
    case KeySpecFind::Kind::unknown:
      break;
  }
  return Object().text("type", "unknown").raw("spec", "{}").json();
}

std::string key_spec_json(const KeySpec& spec) {
  Object object;
  object.text_if_any("notes", spec.notes).raw("flags", array(spec.flags, quoted));
  object.raw("begin_search", begin_json(spec.begin_search));
  object.raw("find_keys", find_json(spec.find_keys));
  return object.json();
}

std::string history_json(const DocHistory& line) {
  return "[" + quoted(line.version) + ", " + quoted(line.text) + "]";
}

std::string row_json(const CommandDoc& doc) {
  Object object;
  object.text("name", doc.name).text("summary", doc.summary).text("since", doc.since);
  object.text("group", doc.group).text_if_any("complexity", doc.complexity);
  object.text_if_any("deprecated_since", doc.deprecated_since);
  object.text_if_any("replaced_by", doc.replaced_by);
  object.raw("doc_flags", array(parse_words(doc.doc_flags), quoted));
  object.raw("history", array(parse_history(doc.history), history_json));
  object.raw("tips", array(parse_words(doc.tips), quoted));
  object.raw("key_specs", array(parse_key_specs(doc.key_specs), key_spec_json));
  object.raw("arguments", array(parse_arguments(doc.arguments), argument_json));
  return object.json();
}

}  // namespace
}  // namespace sorrel::exec

int main() {
  std::string name;
  while (std::getline(std::cin, name)) {
    const auto* doc = sorrel::exec::find_command_doc(name);
    std::cout << (doc == nullptr ? "null" : sorrel::exec::row_json(*doc)) << '\n';
  }
  return 0;
}
