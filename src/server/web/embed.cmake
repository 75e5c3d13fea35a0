# SPDX-License-Identifier: BSD-3-Clause
#
# Writes a source file that holds the files of this folder byte for byte:
#   cmake -DFOLDER=... -DOUTPUT=... -P embed.cmake
set(files index.html status.css charts.js status.js icon.svg)
set(type_html "text/html; charset=utf-8")
set(type_css "text/css; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")
set(type_svg "image/svg+xml")

set(contents "")
set(rows "")
set(number 0)
foreach(name IN LISTS files)
  string(REGEX REPLACE ".*[.]" "" ending "${name}")
  set(type "${type_${ending}}")
  set(path "/${name}")
  if(name STREQUAL "index.html")
    set(path "/")
  endif()
  file(READ "${FOLDER}/${name}" bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  string(APPEND contents "constexpr unsigned char kFile${number}[] = {${bytes}};\n")
  string(APPEND rows "    {\"${path}\", \"${type}\", view(kFile${number})},\n")
  math(EXPR number "${number} + 1")
endforeach()

file(WRITE "${OUTPUT}.new" "// A generated table: src/server/web, by embed.cmake.
#include \"web_files.h\"

namespace sorrel::server {
namespace {

${contents}
template <std::size_t size>
std::string_view view(const unsigned char (&bytes)[size]) {
  return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace

std::span<const WebFile> web_files() {
  static const WebFile files[] = {
${rows}  };
  return files;
}

}  // namespace sorrel::server
")
file(RENAME "${OUTPUT}.new" "${OUTPUT}")
