#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Checks that every #include follows the layers: arrows point down only.

The tree is the architecture: include/sorrel/<layer>/ holds what other layers may use,
src/<layer>/ is private. ARROWS below is the one place where the allowed arrows are written down.
A public header is included as <sorrel/layer/name.h>, a private one in quotes and by its own
layer alone. No two files may include each other, even by a detour; but name_impl.h, which holds the
member functions of name.h's templates and is included at its end, may name it so as to stand alone.

The check reads text, not a build, so that it takes a second and needs no compiler. It therefore
sees both branches of every #if, which is what is wanted: an arrow in any branch is an arrow.
"""

import pathlib
import re
import sys

BASE_TO_EXEC = {"base", "resp", "types", "keyspace", "exec"}

# layer: the other layers that it may include. Every layer may include itself.
ARROWS = {
    "base": set(),
    "resp": {"base"},
    "types": {"base"},
    "keyspace": {"base", "types"},
    "exec": {"base", "resp", "types", "keyspace"},
    "commands": BASE_TO_EXEC,
    "pubsub": {"base", "resp", "keyspace", "exec"},
    "acl": {"base", "resp", "exec"},
    "script": {"base", "resp", "exec"},
    "persist": BASE_TO_EXEC,
    "repl": {"base", "resp", "exec", "persist", "net"},
    "net": {"base"},
    "config": {"base"},
}
ARROWS["server"] = set(ARROWS)  # The composition root knows everything; nobody includes it.

# library headers by pattern: the only layers that may include them.
LIBRARY_OWNERS = [
    (re.compile(r"^(boost/)?asio(\.hpp|/)"), {"net"}),
    (re.compile(r"^openssl/(ssl|tls1|x509)\.h$"), {"net"}),
    (re.compile(r"^(lua5\.1/.*|lua\.hpp|lua\.h|luaconf\.h|lualib\.h|lauxlib\.h)$"), {"script"}),
]

# The deterministic core touches no socket, file or thread, so it may not even see their headers.
CORE = {"resp", "types", "keyspace", "exec", "commands", "pubsub", "acl"}
SHELL_HEADERS = re.compile(
    r"^(fstream|filesystem|thread|fcntl\.h|unistd\.h|poll\.h|netdb\.h"
    r"|sys/(socket|epoll|eventfd|un|stat|mman|uio|time)\.h|(netinet|arpa|net)/.*)$"
)

SUFFIXES = {".h", ".cc", ".inc"}
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:([<"])([^>"\n]+)[>"]|(\S+))', re.MULTILINE)
COMMENT = re.compile(r'"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?\*/', re.DOTALL)


def without_comments(text):
    """Blanks comments, keeping line numbers; strings stay, so that quoted includes survive."""

    def blank(match):
        found = match.group(0)
        return found if found.startswith('"') else "\n" * found.count("\n")

    return COMMENT.sub(blank, text)


def includes_of(path):
    """Yields (line, quote, name); quote is '<', '"', or None where a macro computes the name."""
    text = without_comments(path.read_text(encoding="utf-8"))
    for match in INCLUDE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        yield line, match.group(1), match.group(2) or match.group(3)


def owner_of(outsider):
    """The layer that a test, fuzz target or benchmark belongs to, by its place or name."""
    named = outsider.parent.name in ("bench", "fuzz")
    return outsider.stem.split("_")[0] if named else outsider.parent.name


class Tree:
    """The source tree, the violations found in it, and who includes whom."""

    def __init__(self, root):
        self.root = pathlib.Path(root).resolve()
        self.public = self.root / "include" / "sorrel"
        self.source = self.root / "src"
        self.violations = []
        self.edges = {}
        self.includes = 0

    def report(self, path, line, text):
        self.violations.append(f"{path.relative_to(self.root)}:{line}: {text}")

    def files(self, *folders):
        for folder in folders:
            if folder.is_dir():
                yield from sorted(p for p in folder.rglob("*") if p.suffix in SUFFIXES)

    def layer_of(self, path):
        """The layer a file belongs to; None for a file outside the layers, such as a test."""
        for base in (self.public, self.source):
            if base in path.parents:
                parts = path.relative_to(base).parts
                return "server" if parts == ("main.cc",) else parts[0]
        return None

    def resolve(self, path, quote, name):
        """The project file that an include names, or None."""
        roots = [self.root / "include", self.source]
        if quote == '"':
            layer = self.layer_of(path)
            own = [self.source / (layer or owner_of(path)), self.root, self.root / "tests"]
            roots = [path.parent, *own, *roots]
        for base in roots:
            candidate = (base / name).resolve()
            if candidate.is_file() and self.root in candidate.parents:
                return candidate
        return None

    def add_edge(self, path, target):
        if path != target.with_name(f"{target.stem}_impl{target.suffix}"):
            self.edges.setdefault(path, []).append(target)

    def check_file(self, path, layer):
        if layer not in ARROWS:
            self.report(path, 1, f"'{layer}' is not a layer: name it in ARROWS, or move the file")
            return
        for line, quote, name in includes_of(path):
            self.includes += 1
            if quote is None:
                self.report(path, line, f"include computed by the macro {name}")
                continue
            target = self.resolve(path, quote, name)
            if target is not None:
                self.add_edge(path, target)
                self.check_own(path, line, layer, quote, name, target)
            elif quote == '"' or name.startswith("sorrel/"):
                self.report(path, line, f"{name} is not a file of this project")
            else:
                self.check_library(path, line, layer, name)

    def check_own(self, path, line, layer, quote, name, target):
        other = self.layer_of(target)
        if other is None:
            self.report(path, line, f"{name} lies outside the layers")
        elif self.public in target.parents:
            if quote == '"' or not name.startswith("sorrel/"):
                relative = target.relative_to(self.root / "include")
                self.report(path, line, f"a public header is included as <{relative}>")
            if other != layer and other not in ARROWS[layer]:
                self.report(path, line, f"layer {layer} may not include layer {other} ({name})")
        elif other != layer:
            self.report(path, line, f"{name} is private to layer {other}")
        elif quote != '"':
            self.report(path, line, f"a private header is included in quotes: {name}")
        elif self.public in path.parents:
            self.report(path, line, f"a public header may not include the private {name}")

    def check_library(self, path, line, layer, name):
        for pattern, owners in LIBRARY_OWNERS:
            if pattern.match(name) and layer not in owners:
                self.report(path, line, f"only {', '.join(sorted(owners))} may include <{name}>")
        if layer in CORE and SHELL_HEADERS.match(name):
            self.report(path, line, f"the core may not include <{name}>: no socket, file, thread")

    def check_outsider(self, path):
        """A test or benchmark may reach into the private headers of the layer it is named for."""
        owner = owner_of(path)
        for line, quote, name in includes_of(path):
            target = self.resolve(path, quote, name) if quote else None
            if target is None:
                continue
            self.add_edge(path, target)
            private_to = self.layer_of(target)
            if self.source in target.parents and private_to != owner:
                self.report(path, line, f"{name} is private to layer {private_to}")

    def check_cycles(self):
        """Depth-first search; a file met again while it is still open closes a cycle."""
        state = {}
        for start in sorted(self.edges):
            stack = [(start, iter(self.edges.get(start, ())))] if start not in state else []
            state.setdefault(start, "open")
            while stack:
                path, rest = stack[-1]
                target = next(rest, None)
                if target is None:
                    state[path] = "done"
                    stack.pop()
                elif target not in state:
                    state[target] = "open"
                    stack.append((target, iter(self.edges.get(target, ()))))
                elif state[target] == "open":
                    names = [p for p, _ in stack]
                    cycle = names[names.index(target):] + [target]
                    shown = " -> ".join(str(p.relative_to(self.root)) for p in cycle)
                    self.report(target, 1, f"files include each other: {shown}")

    def check(self):
        count = 0
        for path in self.files(self.public, self.source):
            count += 1
            self.check_file(path, self.layer_of(path))
        for path in self.files(self.root / "tests", self.root / "bench"):
            self.check_outsider(path)
        self.check_cycles()
        if count == 0:
            self.violations.append("no source file found: is this the top of the project?")
        return count


def main(arguments):
    root = arguments[0] if arguments else pathlib.Path(__file__).resolve().parents[2]
    tree = Tree(root)
    count = tree.check()
    for violation in tree.violations:
        print(violation)
    print(f"layering: {count} files, {tree.includes} includes, {len(tree.violations)} violations")
    return 1 if tree.violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
