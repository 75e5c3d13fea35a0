// SPDX-License-Identifier: BSD-3-Clause
//
// Which function of this program an address lies in, answered within a signal handler. The names
// are those of the program file's own symbol table (.symtab, ELF-64), which is mapped at start and
// read only when something is looked up. It names static functions too, and needs no exported
// symbols: exporting all of them (-rdynamic) would keep the link-time optimizer from inlining.
// A stripped program has no such table; then nothing is found. Lookups: any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "signal_writer.h"

namespace sorrel::server {

class SymbolTable {
 public:
  struct Found {
    std::string_view name;     // as the linker knows it; empty when there is none
    std::uint64_t offset = 0;  // of the address in the function
  };

  // Maps the program's file for good. Without effect when that is not possible.
  void open() noexcept;

  // Whether the address is code of this program, rather than of a library.
  bool covers(std::uintptr_t address) const noexcept {
    return address >= program_begin_ && address < program_end_;
  }
  // The address as tools that read the program file (addr2line) count it.
  std::uint64_t in_file(std::uintptr_t address) const noexcept { return address - bias_; }
  // Cost: the table is read from one end to the other. Signal-safe.
  Found find(std::uintptr_t address) const noexcept;

 private:
  void find_program() noexcept;
  void find_symbols(const char* file, std::size_t bytes) noexcept;

  std::uintptr_t program_begin_ = 0;
  std::uintptr_t program_end_ = 0;
  std::uintptr_t bias_ = 0;
  const char* symbols_ = nullptr;
  std::size_t symbol_count_ = 0;
  std::string_view names_;
};

// Writes a function's name as people write it, without its parameters: "sorrel::server::run". A
// name that holds more than names parted by colons (templates, operators) is written as it stands;
// c++filt reads it. Signal-safe. Source of the form: the Itanium C++ ABI, section 5.1.
void write_function_name(SignalWriter& out, std::string_view mangled) noexcept;

}  // namespace sorrel::server
