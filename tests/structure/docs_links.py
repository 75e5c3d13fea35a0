#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Checks that every relative link of the project's pages leads somewhere.

Reads all *.md files. A link to a file or folder must name one that is there, within the project; one
with a fragment (page.md#part) must name a heading of that page, as GitHub makes anchors of them.
Links with a scheme (https:) are not followed. Code, fenced or in backquotes, holds no links; a path in
backquotes that begins with one of the project's folders must be there all the same.
"""

import pathlib
import re
import sys

SKIPPED = {"build", "node_modules", ".git", ".cache"}
LINK = re.compile(r"\[[^\]]*\]\(([^()\s]+)(?:\s+\"[^\"]*\")?\)")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`[^`\n]*`")
NAMED_PATH = re.compile(r"`((?:src|include|tests|bench|docs|docker)/[\w./-]+)(?::[\w:~]+)?`")
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$", re.MULTILINE)


def blanked(match):
    return "\n" * match.group(0).count("\n")


def anchor_of(heading):
    """Lower case, without signs, blanks as hyphens."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def anchors_of(page):
    return {anchor_of(heading) for heading in HEADING.findall(FENCE.sub(blanked, page.read_text(encoding="utf-8")))}


def pages_of(root):
    return sorted(p for p in root.rglob("*.md") if not SKIPPED & set(p.relative_to(root).parts))


def complaint(root, page, target):
    """What is wrong with one link; None when nothing is."""
    if re.match(r"[a-z][a-z0-9+.-]*:", target):
        return None
    name, _, fragment = target.partition("#")
    path = (page.parent / name).resolve() if name else page
    if not path.exists() or (path != root and root not in path.parents):
        return f"{target} leads nowhere"
    if fragment and path.suffix == ".md" and fragment not in anchors_of(path):
        return f"{target}: that page has no such heading"
    return None


def complaints_of(root, page):
    """Yields (line, text)."""
    text = FENCE.sub(blanked, page.read_text(encoding="utf-8"))
    for match in NAMED_PATH.finditer(text):
        if not (root / match.group(1)).exists():
            yield text.count("\n", 0, match.start()) + 1, f"{match.group(1)} is not there"
    text = CODE.sub("", text)
    for match in LINK.finditer(text):
        wrong = complaint(root, page, match.group(1))
        if wrong:
            yield text.count("\n", 0, match.start()) + 1, wrong


def main(arguments):
    root = pathlib.Path(arguments[0] if arguments else pathlib.Path(__file__).parents[2]).resolve()
    pages = pages_of(root)
    wrong = [f"{page.relative_to(root)}:{line}: {text}" for page in pages for line, text in complaints_of(root, page)]
    for line in wrong:
        print(line)
    print(f"docs_links: {len(pages)} pages, {len(wrong)} failures")
    return 1 if wrong or not pages else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
