# SPDX-License-Identifier: BSD-3-Clause
"""Two kinds of SVG, written by hand: grouped bars, and ranges of three points on a logarithmic axis.

Colours sit in one style sheet with a second set for dark surroundings (prefers-color-scheme), text
takes the reader's own sans-serif face, and every bar carries its figure, so that a picture can be
read without its axis and in black and white.
"""
import math
from xml.sax.saxutils import escape

WIDTH, LEFT, RIGHT = 920, 250, 80
BAR, GAP, GROUP_GAP = 15, 3, 17
FACE = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
STYLE = """
  .paper { fill: #ffffff; } .ink { fill: #1f2328; } .soft { fill: #5b6570; } .grid { stroke: #d8dee4; }
  .first { fill: #c2452d; stroke: #c2452d; } .peer0 { fill: #3f6fa3; stroke: #3f6fa3; }
  .peer1 { fill: #7ba3cc; stroke: #7ba3cc; } .peer2 { fill: #8a7fb5; stroke: #8a7fb5; }
  .peer3 { fill: #5f9e8f; stroke: #5f9e8f; } .floor { fill: #b9c0c8; stroke: #b9c0c8; }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117; } .ink { fill: #e6edf3; } .soft { fill: #9aa4af; } .grid { stroke: #30363d; }
    .first { fill: #f0705a; stroke: #f0705a; } .peer0 { fill: #6ea0d8; stroke: #6ea0d8; }
    .peer1 { fill: #46699a; stroke: #46699a; } .peer2 { fill: #a79bd6; stroke: #a79bd6; }
    .peer3 { fill: #6fb8a6; stroke: #6fb8a6; } .floor { fill: #59636e; stroke: #59636e; }
  }
"""


def classes(roles):
    """One colour class for each series; peers are told apart in the order they come."""
    out, peers = [], 0
    for role in roles:
        out.append(role if role != "peer" else f"peer{peers % 4}")
        peers += role == "peer"
    return out


class Page:
    """Collects elements and writes the file; the height is known only at the end."""

    def __init__(self, title, subtitle, names, colours):
        self.title, self.items = title, []
        self.text(24, 34, title, "ink", 18, weight=600)
        lines = wrap(subtitle, 125)
        for i, line in enumerate(lines):
            self.text(24, 56 + 17 * i, line, "soft", 12)
        x, self.y = 24, 66 + 17 * len(lines)
        for name, colour in zip(names, colours):
            wide = 30 + 7.2 * len(name)
            if x + wide > WIDTH - 24:
                x, self.y = 24, self.y + 22
            self.box(x, self.y - 10, 12, 12, colour)
            self.text(x + 18, self.y, name, "ink", 12.5)
            x += wide + 14
        self.y += 24

    def text(self, x, y, words, colour, size, anchor="start", weight=400):
        self.items.append(f'<text x="{x:.1f}" y="{y:.1f}" class="{colour}" font-size="{size}" '
                          f'text-anchor="{anchor}" font-weight="{weight}">{escape(words)}</text>')

    def box(self, x, y, width, height, colour):
        self.items.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 1):.1f}" height="{height}" rx="2" '
                          f'class="{colour}" stroke="none"/>')

    def line(self, x1, y1, x2, y2, colour, width=1.0):
        self.items.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{colour}" '
                          f'stroke-width="{width}" stroke-linecap="round"/>')

    def dot(self, x, y, radius, colour):
        self.items.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" class="{colour}" stroke="none"/>')

    def write(self, path, height):
        with open(path, "w") as file:
            file.write(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" '
                       f'height="{height:.0f}" role="img" font-family="{FACE}">\n'
                       f"<title>{escape(self.title)}</title>\n<style>{STYLE}</style>\n"
                       f'<rect class="paper" width="{WIDTH}" height="{height:.0f}" rx="8"/>\n'
                       + "\n".join(self.items) + "\n</svg>\n")


def wrap(words, limit):
    lines = [""]
    for word in words.split():
        if len(lines[-1]) + len(word) + 1 > limit:
            lines.append("")
        lines[-1] = (lines[-1] + " " + word).strip()
    return lines


def bars(path, title, subtitle, names, roles, groups, decimals=2):
    """groups: (label, one value or None for each series). Each group is scaled to its longest bar."""
    colours = classes(roles)
    page = Page(title, subtitle, names, colours)
    room = WIDTH - LEFT - RIGHT
    for label, values in groups:
        present = [(v, c) for v, c in zip(values, colours) if v is not None]
        longest = max(v for v, _ in present) or 1
        top = page.y
        for value, colour in present:
            wide = room * max(value, 0) / longest
            page.box(LEFT, page.y, wide, BAR, colour)
            page.text(LEFT + wide + 7, page.y + BAR - 3.5, f"{value:.{decimals}f}", "ink", 11.5)
            page.y += BAR + GAP
        page.text(LEFT - 12, (top + page.y - GAP) / 2 + 4, label, "ink", 12.5, anchor="end")
        page.line(LEFT - 0.5, top - 3, LEFT - 0.5, page.y, "grid")
        page.y += GROUP_GAP
    page.write(path, page.y + 4)


def ranges(path, title, subtitle, names, roles, groups):
    """groups: (label, a triple or None for each series), drawn as a line with three dots."""
    colours = classes(roles)
    page = Page(title, subtitle, names, colours)
    every = [max(v, 0.001) for _, row in groups for triple in row if triple for v in triple]
    low, high = math.log10(min(every)) - 0.08, math.log10(max(every)) + 0.08
    room = WIDTH - LEFT - RIGHT
    place = lambda v: LEFT + room * (math.log10(max(v, 0.001)) - low) / (high - low)
    top, page.y = page.y + 14, page.y + 26
    ticks = [m * 10.0 ** e for e in range(math.floor(low), math.ceil(high) + 1) for m in (1, 2, 5)]
    ticks = [t for t in ticks if low <= math.log10(t) <= high]
    bottom = page.y + sum((BAR + GAP) * sum(t is not None for t in row) + GROUP_GAP for _, row in groups)
    for tick in ticks:
        page.line(place(tick), top, place(tick), bottom - 6, "grid")
        page.text(place(tick), top - 6, f"{tick:g}", "soft", 11, anchor="middle")
    for label, row in groups:
        first = page.y
        for triple, colour in zip(row, colours):
            if triple is None:
                continue
            middle = page.y + BAR / 2
            page.line(place(triple[0]), middle, place(triple[2]), middle, colour, 3)
            for value, radius in zip(triple, (5.5, 4.5, 3.5)):
                page.dot(place(value), middle, radius, colour)
            page.text(place(triple[2]) + 9, middle + 4, f"{triple[2]:.2f}", "soft", 11)
            page.y += BAR + GAP
        page.text(LEFT - 12, (first + page.y - GAP) / 2 + 4, label, "ink", 12.5, anchor="end")
        page.y += GROUP_GAP
    page.write(path, page.y + 4)
