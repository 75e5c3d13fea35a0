# SPDX-License-Identifier: BSD-3-Clause
"""Pages of docs/ of which a part is generated from a running server.

The generated part stands between two markers, so that people write around it. A generator is run
with the server's program; it rewrites the part in place, or with --check only compares, which is
what the test does. A page that is not what the server says fails the test, with the command that
mends it.
"""

import argparse
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "conformance" / "differential"))

import servers  # noqa: E402  (the path has to be set first)


class PageError(Exception):
    """The page or the tables of the generator do not fit the server; the text says how."""


def begin_of(part):
    return f"<!-- generated: {part} -->"


def end_of(part):
    return f"<!-- end of generated: {part} -->"


def with_part(page, part, text):
    """The page with what stands between the markers of `part` replaced."""
    begin, end = begin_of(part), end_of(part)
    if page.count(begin) != 1 or page.count(end) != 1 or page.index(begin) > page.index(end):
        raise PageError(f"the page needs the lines {begin} and {end}, once each and in this order")
    head, rest = page.split(begin)
    tail = rest.split(end)[1]
    return f"{head}{begin}\n\n{text.strip()}\n\n{end}{tail}"


def table(head, rows):
    """A table of Markdown. Cells are texts; a bar in one is escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def main(name, page, parts_of, arguments):
    """Runs a generator: parts_of(server) gives a dict of part -> text. Returns: the exit status."""
    parser = argparse.ArgumentParser(description=f"Writes the generated parts of {page}.")
    parser.add_argument("--server", required=True, help="the program, as a shell would read it")
    parser.add_argument("--check", action="store_true", help="compare only, change nothing")
    options = parser.parse_args(arguments)
    path = ROOT / page
    server = servers.Server(name, command=options.server)
    try:
        before = path.read_text(encoding="utf-8")
        after = before
        for part, text in parts_of(server).items():
            after = with_part(after, part, text)
    except PageError as error:
        print(f"{name}: {error}")
        return 1
    finally:
        server.close()
    if before == after:
        print(f"{name}: {page} is what the server says")
        return 0
    if options.check:
        print(f"{name}: {page} is out of date; run: python3 tests/conformance/{name}.py --server PROGRAM")
        return 1
    path.write_text(after, encoding="utf-8")
    print(f"{name}: {page} was written")
    return 0
