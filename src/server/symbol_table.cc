// SPDX-License-Identifier: BSD-3-Clause
//
// The program's file is read as elf(5) describes it. It was written by a linker, yet every offset
// is held against the file's size: a report must not end in a crash of its own.
#include "symbol_table.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <span>

#include <elf.h>
#include <link.h>

namespace sorrel::server {
namespace {

struct Program {
  std::uintptr_t begin = UINTPTR_MAX;
  std::uintptr_t end = 0;
  std::uintptr_t bias = 0;
};

// The first object that is told of is the program itself.
int note_program(dl_phdr_info* info, std::size_t, void* to) {
  auto& program = *static_cast<Program*>(to);
  program.bias = info->dlpi_addr;
  for (const ElfW(Phdr) & header : std::span(info->dlpi_phdr, info->dlpi_phnum)) {
    if (header.p_type == PT_LOAD) {
      const std::uintptr_t begin = info->dlpi_addr + header.p_vaddr;
      program.begin = begin < program.begin ? begin : program.begin;
      program.end = begin + header.p_memsz > program.end ? begin + header.p_memsz : program.end;
    }
  }
  return 1;
}

template <class T>
bool read_at(const char* file, std::size_t bytes, std::uint64_t offset, T& value) noexcept {
  if (offset > bytes || bytes - offset < sizeof value) {
    return false;
  }
  std::memcpy(&value, file + offset, sizeof value);
  return true;
}

bool lies_within(const ElfW(Shdr) & section, std::size_t bytes) noexcept {
  return section.sh_offset <= bytes && section.sh_size <= bytes - section.sh_offset;
}

// A decimal number at the beginning of the name, which it takes away; 0 without one.
std::size_t take_length(std::string_view& name) noexcept {
  std::size_t length = 0;
  while (!name.empty() && name[0] >= '0' && name[0] <= '9' && length < 10'000) {
    length = length * 10 + static_cast<std::size_t>(name[0] - '0');
    name.remove_prefix(1);
  }
  return length;
}

constexpr std::string_view kUnnamedNamespace = "_GLOBAL__N_1";

// Calls `part` with each name of a qualified name. Returns: whether that is all there is to it.
template <class Part>
bool for_each_part(std::string_view mangled, const Part& part) noexcept {
  if (!mangled.starts_with("_Z")) {
    return false;
  }
  mangled.remove_prefix(2);
  const bool nested = mangled.starts_with('N');
  if (nested) {
    mangled.remove_prefix(1);
    while (!mangled.empty() && (mangled[0] == 'K' || mangled[0] == 'L')) {
      mangled.remove_prefix(1);
    }
  } else if (mangled.starts_with('L')) {
    mangled.remove_prefix(1);  // a function that is static
  }
  std::size_t parts = 0;
  for (std::size_t length = take_length(mangled); length != 0; length = take_length(mangled)) {
    if (length > mangled.size()) {
      return false;
    }
    part(mangled.substr(0, length));
    mangled.remove_prefix(length);
    ++parts;
    if (!nested) {
      break;
    }
  }
  const bool constructs = mangled.starts_with("C1") || mangled.starts_with("C2");
  const bool destroys = mangled.starts_with("D1") || mangled.starts_with("D2");
  if (nested && parts != 0 && (constructs || destroys)) {
    part(constructs ? "(constructor)" : "(destructor)");
    mangled.remove_prefix(2);
  }
  // What follows are parameters, unless it is an 'I', which begins a template's arguments.
  return parts != 0 && (nested ? mangled.starts_with('E') : !mangled.starts_with('I'));
}

}  // namespace

void SymbolTable::open() noexcept {
  find_program();
  const int descriptor = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    return;
  }
  struct stat facts {};
  if (::fstat(descriptor, &facts) == 0 && facts.st_size > 0) {
    const auto bytes = static_cast<std::size_t>(facts.st_size);
    void* const file = ::mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (file != MAP_FAILED) {
      find_symbols(static_cast<const char*>(file), bytes);
    }
  }
  ::close(descriptor);
}

void SymbolTable::find_program() noexcept {
  Program program;
  ::dl_iterate_phdr(&note_program, &program);
  if (program.begin < program.end) {
    program_begin_ = program.begin;
    program_end_ = program.end;
    bias_ = program.bias;
  }
}

void SymbolTable::find_symbols(const char* file, std::size_t bytes) noexcept {
  ElfW(Ehdr) header{};
  if (!read_at(file, bytes, 0, header) ||
      std::memcmp(static_cast<const void*>(header.e_ident), ELFMAG, SELFMAG) != 0) {
    return;
  }
  for (std::size_t i = 0; i < header.e_shnum; ++i) {
    ElfW(Shdr) section{};
    ElfW(Shdr) names{};
    if (!read_at(file, bytes, header.e_shoff + i * sizeof section, section) ||
        section.sh_type != SHT_SYMTAB) {
      continue;
    }
    if (read_at(file, bytes, header.e_shoff + section.sh_link * sizeof names, names) &&
        lies_within(section, bytes) && lies_within(names, bytes)) {
      symbols_ = file + section.sh_offset;
      symbol_count_ = section.sh_size / sizeof(ElfW(Sym));
      names_ = {file + names.sh_offset, names.sh_size};
    }
    return;
  }
}

SymbolTable::Found SymbolTable::find(std::uintptr_t address) const noexcept {
  if (!covers(address)) {
    return {};
  }
  const std::uint64_t wanted = in_file(address);
  for (std::size_t i = 0; i < symbol_count_; ++i) {
    ElfW(Sym) symbol{};
    std::memcpy(&symbol, symbols_ + i * sizeof symbol, sizeof symbol);
    const bool is_function = (symbol.st_info & 0xf) == STT_FUNC;
    if (is_function && wanted >= symbol.st_value && wanted - symbol.st_value < symbol.st_size &&
        symbol.st_name < names_.size()) {
      const std::string_view rest = names_.substr(symbol.st_name);
      return {rest.substr(0, rest.find('\0')), wanted - symbol.st_value};
    }
  }
  return {};
}

void write_function_name(SignalWriter& out, std::string_view mangled) noexcept {
  // Behind a dot stands what the compiler did to it: ".cold", ".lto_priv.0".
  const std::string_view own = mangled.substr(0, mangled.find('.'));
  if (!for_each_part(own, [](std::string_view) {})) {
    out.text(mangled);
    return;
  }
  bool first = true;
  for_each_part(own, [&](std::string_view part) {
    out.text(first ? "" : "::").text(part == kUnnamedNamespace ? "(anonymous)" : part);
    first = false;
  });
}

}  // namespace sorrel::server
