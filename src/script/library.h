// SPDX-License-Identifier: BSD-3-Clause
//
// A library of functions, and sets of them. In a set no two libraries have the same name, and no
// two libraries have functions whose names differ only in case: FCALL does not look at case. A set
// is put together aside and then joined to another, all of it or nothing (FUNCTION RESTORE). One
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "interpreter.h"

namespace sorrel::script {

struct Function {
  std::string name;
  std::optional<std::string> description;
  std::uint32_t flags = 0;
  int callback = LUA_NOREF;  // in the interpreter, given back with the library
};

struct Library {
  explicit Library(Interpreter& interpreter) : interpreter(interpreter) {}
  ~Library();
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  // Returns: false when there is a function of that name. Then the callback stays the caller's.
  bool add(Function function);

  Interpreter& interpreter;  // outlives the library
  std::string name;
  std::string source;
  std::map<std::string, Function, std::less<>> functions;
};

class LibrarySet {
 public:
  using Libraries = std::map<std::string, std::unique_ptr<Library>, std::less<>>;

  // By its name. Returns: null when there is none.
  const Library* find(std::string_view name) const;
  // A function of any library, its name in any case. Returns: the same.
  const Function* find_function(std::string_view name) const;

  // Why the library cannot be added: a function of another library has one of its names. Those of
  // `replaced`, which may be null, do not count. Returns: nothing when it can.
  std::string collision(const Library& library, const Library* replaced) const;
  // Requires: no library of this name is there, and there is no collision.
  void add(std::unique_ptr<Library> library);
  // Takes it out. Returns: null when there is none.
  std::unique_ptr<Library> take(std::string_view name);

  // Adds all of the other's; what has the same name is replaced, or is an error. Returns: why
  // nothing was changed, or an empty text.
  std::string join(LibrarySet& other, bool replace);
  void clear();

  const Libraries& libraries() const { return libraries_; }
  std::size_t functions() const { return function_count_; }
  // Heap bytes of the sources and of all that is kept beside them.
  std::size_t bytes() const { return bytes_; }

 private:
  struct NameHash {
    std::size_t operator()(std::string_view name) const;
  };
  struct NameEqual {
    bool operator()(std::string_view a, std::string_view b) const;
  };

  static std::size_t bytes_of(const Library& library);

  Libraries libraries_;
  std::unordered_map<std::string_view, const Function*, NameHash, NameEqual> functions_;
  std::size_t function_count_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace sorrel::script
