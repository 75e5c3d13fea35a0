// SPDX-License-Identifier: BSD-3-Clause
//
// Loading, restoring and forgetting libraries.
#include "function_store.h"

#include <utility>

#include "shebang.h"

namespace sorrel::script {

Interpreter& FunctionStore::interpreter() {
  if (interpreter_ == nullptr) {
    interpreter_ = std::make_unique<Interpreter>(control_, RunKind::kFunction);
  }
  return *interpreter_;
}

FunctionStore::Loaded FunctionStore::load_into(LibrarySet& set, std::string_view source,
                                               bool replace, const base::Clock* clock) {
  LibraryHead head = parse_library_head(source);
  if (!head.error.empty()) {
    return {{}, std::move(head.error)};
  }
  const Library* const old = set.find(head.name);
  if (old != nullptr && !replace) {
    return {{}, "Library '" + head.name + "' already exists"};
  }
  auto library = std::make_unique<Library>(interpreter());
  library->name = head.name;
  library->source = source;
  std::string error = interpreter().load_library(head.code, *library, clock);
  if (error.empty() && library->functions.empty()) {
    error = "No functions registered";
  }
  if (error.empty()) {
    error = set.collision(*library, old);
  }
  if (error.empty()) {
    set.take(head.name);
    set.add(std::move(library));
  }
  return {std::move(head.name), std::move(error)};
}

FunctionStore::Loaded FunctionStore::load(std::string_view source, bool replace,
                                          const base::Clock* clock) {
  return load_into(set_, source, replace, clock);
}

std::string FunctionStore::restore(std::span<const std::string> sources, RestorePolicy policy,
                                   const base::Clock* clock) {
  LibrarySet restored;
  for (const std::string& source : sources) {
    if (Loaded loaded = load_into(restored, source, /*replace=*/false, clock);
        !loaded.error.empty()) {
      return std::move(loaded.error);
    }
  }
  if (policy == RestorePolicy::kFlush) {
    set_.clear();
  }
  return set_.join(restored, policy == RestorePolicy::kReplace);
}

void FunctionStore::flush() {
  set_.clear();
  interpreter_.reset();
}

}  // namespace sorrel::script
