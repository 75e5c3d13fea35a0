# SPDX-License-Identifier: BSD-3-Clause
"""Three kinds of SVG, written by hand: grouped bars, ranges of three points on a logarithmic axis, and lines over time.

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

    def path(self, points, colour, width=1.0, opacity=1.0):
        places = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.items.append(f'<polyline points="{places}" class="{colour}" style="fill: none" stroke-width="{width}" '
                          f'stroke-linejoin="round" opacity="{opacity}"/>')

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
    ticks = log_ticks(low, high, (1, 2, 5))
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


def log_ticks(low, high, steps):
    ticks = [m * 10.0 ** e for e in range(math.floor(low), math.ceil(high) + 1) for m in steps]
    return [t for t in ticks if low <= math.log10(t) <= high]


def time_lines(path, title, subtitle, names, roles, axis, panels):
    """panels: (label, for each series (seconds that its bar is long, points (time, low value, high value)) or None).

    All panels have the same axes, the values a logarithmic one. Each series has two lines: of the high
    values, and a thin one of the low values; its bar begins at time 0."""
    colours = classes(roles)
    page = Page(title, subtitle, names, colours)
    points = [point for _, row in panels for series in row if series for point in series[1]]
    first, last = min(p[0] for p in points), max(p[0] for p in points)
    low = math.log10(max(min(p[1] for p in points), 0.001)) - 0.05
    high = math.log10(max(p[2] for p in points)) + 0.1
    left, tall = 76, 190
    room = WIDTH - left - 30
    across = lambda t: left + room * (t - first) / (last - first)
    every = next(step for step in (0.5, 1, 2, 5, 10, 20, 50, 100) if (last - first) / step <= 14)
    for label, row in panels:
        top = page.y + 8
        up = lambda v: top + tall * (high - math.log10(max(v, 0.001))) / (high - low)
        page.text(left, top - 2, label, "ink", 13, weight=600)
        for tick in log_ticks(low, high, (1,) if high - low > 2.5 else (1, 2, 5)):
            page.line(left, up(tick), WIDTH - 30, up(tick), "grid")
            page.text(left - 8, up(tick) + 4, f"{tick:g}", "soft", 11, anchor="end")
        page.y = top + tall + 6
        for series, colour in zip(row, colours):
            if series:
                page.path([(across(t), up(v)) for t, v, _ in series[1]], colour, 1.0, 0.6)
                page.path([(across(t), up(v)) for t, _, v in series[1]], colour, 2.0)
                page.box(across(0), page.y, across(series[0]) - across(0), 7, colour)
                page.text(across(series[0]) + 6, page.y + 7.5, f"{series[0]:.1f} s", "soft", 10.5)
                page.y += 12
        page.line(across(0), top, across(0), page.y, "grid", 1.5)
        for step in range(math.ceil(first / every), math.floor(last / every) + 1):
            page.text(across(step * every), page.y + 12, f"{step * every:g}", "soft", 11, anchor="middle")
        page.y += 36
    page.text(WIDTH - 30, page.y - 8, axis, "soft", 11.5, anchor="end")
    page.write(path, page.y + 8)
