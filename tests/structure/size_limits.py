#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Checks the sizes of files and functions: small pieces can be read, large ones are only searched.

A .cc file holds at most 500 lines, a public header 250, a test 800, a function 60 from the first
line of its signature to its closing brace. A file that says so in its first lines (GENERATED) is a
generated table and exempt.

Functions are found without a compiler. The text is first masked: comments, strings and directives
become blanks, and of an #if with branches the first stays, so that braces balance. Then one pass
over the braces decides for each `{` what it opens, from the text before it: a scope that holds
functions (namespace, class), a function, or an initializer. Within a function nothing is decided;
a lambda counts as part of the function around it.
"""

import pathlib
import re
import sys

FUNCTION_LIMIT = 60
SOURCE_LIMIT = 500
PUBLIC_HEADER_LIMIT = 250
TEST_LIMIT = 800

FOLDERS = ("include", "src", "tests", "bench")
SUFFIXES = {".h", ".cc"}
GENERATED = re.compile(r"\bgenerated (table|by|from)\b", re.IGNORECASE)
GENERATED_WITHIN_LINES = 5

TOKEN = re.compile(
    r"""(?P<comment>//(?:\\\n|[^\n])*|/\*.*?\*/)"""
    r"""|(?P<raw>R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)")"""
    r"""|(?P<string>"(?:\\.|[^"\\\n])*")"""
    r"""|(?P<number>\b\d(?:'?[\w.])*)"""
    r"""|(?P<char>'(?:\\.|[^'\\\n])+')""",
    re.DOTALL | re.VERBOSE,
)
SCOPE = re.compile(
    r"^(?:(?:export|inline|static|constexpr|typedef)\b|template\s*<.*?>(?=\s*(?:class|struct|union))|\s)*"
    r"(?:namespace|class|struct|union|enum|extern)\b",
    re.DOTALL,
)
LAMBDA = re.compile(r"\[[^\[\]]*\]\s*(?:<.*>\s*)?(?:\(.*\))?[\w\s&:<>,*()-]*$", re.DOTALL)
AFTER_PARAMETERS = re.compile(
    r"^\s*(?:const|volatile|noexcept|override|final|mutable|try|&&?|->|requires|\s)*"
)


def blank(text):
    """The same text in blanks: line breaks stay, so positions still tell line numbers."""
    return re.sub(r"[^\n]", " ", text)


def mask_literals(text):
    def replace(match):
        found = match.group(0)
        if match.lastgroup == "number" or match.group("number"):
            return found.replace("'", "0")
        if match.group("comment"):
            return blank(found)
        return '"' + blank(found[1:-1]) + '"'

    return TOKEN.sub(replace, text)


def mask_directives(text):
    """Blanks directives with their continuations, and all but the first branch of each #if."""
    kept = []
    dropping = []  # one entry for each open #if: are its present lines dropped?
    continued = False
    for line in text.split("\n"):
        stripped = line.lstrip()
        directive = continued or stripped.startswith("#")
        if directive and not continued:
            word = stripped[1:].strip().split(" ")[0].split("(")[0]
            if word in ("if", "ifdef", "ifndef"):
                dropping.append(False)
            elif word in ("else", "elif", "elifdef", "elifndef") and dropping:
                dropping[-1] = True
            elif word == "endif" and dropping:
                dropping.pop()
        continued = directive and line.rstrip().endswith("\\")
        kept.append(blank(line) if directive or any(dropping) else line)
    return "\n".join(kept)


def masked(text):
    return mask_directives(mask_literals(text))


def last_parameter_list(head):
    """Splits `head` behind its last outermost `)` that may close a parameter list."""
    depth = 0
    end = -1
    for position, letter in enumerate(head):
        if letter in "([":
            depth += 1
        elif letter in ")]":
            depth -= 1
            if depth == 0 and letter == ")":
                end = position
    return head[:end + 1], head[end + 1:]


def opens(head, in_parentheses):
    """What a `{` opens, judged by the text before it: 'scope', 'function' or 'initializer'."""
    text = head.strip()
    if LAMBDA.search(text) and not re.search(r"\b(?:operator|new|delete)\s*\[\]", text) \
            and re.search(r"(?:^|[=(,{\s&|?:])\[[^\[\]]*\]", text) and "[[" not in text:
        if in_parentheses or re.search(r"(?:=|\breturn)\s*\[", text) or text.startswith("["):
            return "function"
    if in_parentheses:
        return "initializer"
    if SCOPE.match(text):
        before, _ = last_parameter_list(text)
        plain = re.sub(r"\b(?:alignas|__attribute__)\s*\((?:[^()]|\([^()]*\))*\)|\"[^\"]*\"", "", before)
        if "(" not in plain or text.startswith("extern"):
            return "scope" if not (text.startswith("extern") and "(" in plain) else "function"
    return "function" if is_function_head(text) else "initializer"


def is_function_head(text):
    if text.endswith("=") or "(" not in text:
        return False
    before, after = last_parameter_list(text)
    if not before:
        return False
    if re.search(r"\brequires\s*\([^()]*\)$", before) and "requires requires" in text:
        return False
    signature = re.split(r"(?<!:):(?!:)", text, maxsplit=1)
    if len(signature) == 2 and "(" in signature[0] and "?" not in text:
        # A constructor with member initializers: its body follows `)` or `}`, `member{` does not.
        return text.endswith((")", "}"))
    if re.search(r"(?<![=<>!+\-*/|&^%])=(?!=)", strip_parentheses(before)) \
            and "operator" not in before:
        return False  # `name = call(...) {` is an initializer, not a definition.
    rest = AFTER_PARAMETERS.sub("", after)
    return rest == "" or "->" in after or "requires" in after


def strip_parentheses(text):
    """The text outside of all parentheses and angle brackets."""
    depth = 0
    kept = []
    for letter in text:
        if letter in "(<[":
            depth += 1
        elif letter in ")>]":
            depth = max(0, depth - 1)
        elif depth == 0:
            kept.append(letter)
    return "".join(kept)


class Scanner:
    """One pass over masked text; `functions` gets (first line, last line, signature)."""

    def __init__(self, text):
        self.text = text
        self.functions = []
        self.stack = []  # (kind, head start, parentheses, head kept) of each open brace
        self.start = 0
        self.parentheses = 0

    def inside_function(self):
        return bool(self.stack) and any(kind == "function" for kind, *_ in self.stack)

    def scan(self):
        for position, letter in enumerate(self.text):
            if letter == "{":
                self.open_brace(position)
            elif letter == "}" and self.stack:
                self.close_brace(position)
            elif self.inside_function():
                continue
            elif letter == "(":
                self.parentheses += 1
            elif letter == ")":
                self.parentheses = max(0, self.parentheses - 1)
            elif letter == ";" and self.parentheses == 0:
                self.start = position + 1
        return self.functions

    def open_brace(self, position):
        kind = "block"
        if not self.inside_function():
            head = re.sub(r"^\s*(?:(?:public|protected|private)\s*:\s*)+", "", self.text[self.start:position])
            kind = opens(head, self.parentheses > 0)
        self.stack.append((kind, self.start, self.parentheses))
        if kind in ("scope", "initializer"):
            self.start = position + 1
            self.parentheses = 0

    def close_brace(self, position):
        kind, start, parentheses = self.stack.pop()
        if kind == "block":
            return
        self.parentheses = parentheses
        if kind == "function":
            self.record(start, position)
        # Behind an initializer, or within a call, the text before it still belongs to the head.
        self.start = start if kind == "initializer" or parentheses > 0 else position + 1

    def record(self, start, end):
        head = re.match(r"\s*(?:(?:public|protected|private)\s*:\s*)*", self.text[start:end])
        begin = start + head.end()
        first = self.text.count("\n", 0, begin) + 1
        last = self.text.count("\n", 0, end) + 1
        signature = " ".join(self.text[begin:begin + 200].split("{")[0].split())
        self.functions.append((first, last, signature))


def functions_of(text):
    return Scanner(masked(text)).scan()


def line_limit(relative):
    """The greatest number of lines a file may have, by the place where it lies."""
    top = relative.parts[0]
    if top == "tests":
        return TEST_LIMIT
    return PUBLIC_HEADER_LIMIT if top == "include" else SOURCE_LIMIT


def check_file(path, relative):
    text = path.read_text(encoding="utf-8")
    lines = text.split("\n")
    if GENERATED.search("\n".join(lines[:GENERATED_WITHIN_LINES])):
        return [], 0
    found = []
    count = len(lines) - 1 if text.endswith("\n") else len(lines)
    limit = line_limit(relative)
    if count > limit:
        found.append(f"{relative}:1: {count} lines; at most {limit} here")
    functions = functions_of(text)
    for first, last, signature in functions:
        length = last - first + 1
        if length > FUNCTION_LIMIT:
            found.append(f"{relative}:{first}: function of {length} lines, at most "
                         f"{FUNCTION_LIMIT}: {signature[:70]}")
    return found, len(functions)


def main(arguments):
    root = pathlib.Path(arguments[0] if arguments else pathlib.Path(__file__).resolve().parents[2])
    files = sorted(p for f in FOLDERS for p in (root / f).rglob("*") if p.suffix in SUFFIXES)
    violations = []
    functions = 0
    for path in files:
        found, count = check_file(path, path.relative_to(root))
        violations += found
        functions += count
    for violation in violations:
        print(violation)
    print(f"size_limits: {len(files)} files, {functions} functions, {len(violations)} violations")
    return 1 if violations or not files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
