// SPDX-License-Identifier: BSD-3-Clause
//
// Sets of libraries.
#include "library.h"

#include <vector>

#include <sorrel/base/text.h>

namespace sorrel::script {

Library::~Library() {
  for (const auto& [name, function] : functions) {
    interpreter.release(function.callback);
  }
}

bool Library::add(Function function) {
  std::string name = function.name;
  return functions.emplace(std::move(name), std::move(function)).second;
}

std::size_t LibrarySet::NameHash::operator()(std::string_view name) const {
  constexpr std::size_t kPrime = 1099511628211ULL;
  std::size_t hash = 14695981039346656037ULL;
  for (const char c : name) {
    hash = (hash ^ static_cast<unsigned char>(base::to_lower(c))) * kPrime;
  }
  return hash;
}

bool LibrarySet::NameEqual::operator()(std::string_view a, std::string_view b) const {
  return base::equals_ignoring_case(a, b);
}

const Library* LibrarySet::find(std::string_view name) const {
  const auto place = libraries_.find(name);
  return place == libraries_.end() ? nullptr : place->second.get();
}

const Function* LibrarySet::find_function(std::string_view name) const {
  const auto place = functions_.find(name);
  return place == functions_.end() ? nullptr : place->second;
}

std::string LibrarySet::collision(const Library& library, const Library* replaced) const {
  for (const auto& [name, function] : library.functions) {
    const Function* const other = find_function(name);
    if (other != nullptr && (replaced == nullptr || !replaced->functions.contains(other->name))) {
      return "Function " + name + " already exists";
    }
  }
  return {};
}

void LibrarySet::add(std::unique_ptr<Library> library) {
  for (const auto& [name, function] : library->functions) {
    functions_.emplace(function.name, &function);
  }
  function_count_ += library->functions.size();
  bytes_ += bytes_of(*library);
  std::string name = library->name;
  libraries_.emplace(std::move(name), std::move(library));
}

std::unique_ptr<Library> LibrarySet::take(std::string_view name) {
  const auto place = libraries_.find(name);
  if (place == libraries_.end()) {
    return nullptr;
  }
  std::unique_ptr<Library> library = std::move(place->second);
  libraries_.erase(place);
  for (const auto& [function_name, function] : library->functions) {
    functions_.erase(function.name);
  }
  function_count_ -= library->functions.size();
  bytes_ -= bytes_of(*library);
  return library;
}

std::string LibrarySet::join(LibrarySet& other, bool replace) {
  std::vector<std::unique_ptr<Library>> replaced;
  std::string error;
  for (const auto& [name, library] : other.libraries_) {
    if (!replace && find(name) != nullptr) {
      return "Library " + name + " already exists";
    }
  }
  for (const auto& [name, library] : other.libraries_) {
    if (auto old = take(name)) {
      replaced.push_back(std::move(old));
    }
  }
  for (auto place = other.libraries_.begin(); place != other.libraries_.end() && error.empty();
       ++place) {
    error = collision(*place->second, nullptr);
  }
  if (!error.empty()) {
    for (auto& library : replaced) {
      add(std::move(library));
    }
    return error;
  }
  while (!other.libraries_.empty()) {
    add(other.take(other.libraries_.begin()->first));
  }
  return {};
}

void LibrarySet::clear() {
  functions_.clear();
  libraries_.clear();
  function_count_ = 0;
  bytes_ = 0;
}

std::size_t LibrarySet::bytes_of(const Library& library) {
  std::size_t bytes = sizeof(Library) + library.source.capacity() + library.name.capacity();
  for (const auto& [name, function] : library.functions) {
    constexpr std::size_t kPlaces = 8 * sizeof(void*);
    bytes += sizeof(Function) + 2 * name.capacity() + kPlaces;
    bytes += function.description ? function.description->capacity() : 0;
  }
  return bytes;
}

}  // namespace sorrel::script
