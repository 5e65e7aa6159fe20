"""The few SVG shapes that the pictures are made of. Every text is cleaned and escaped here, and nowhere else."""

import html
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from poise.model.plain_text import plain

# One line that XML 1.0 and HTML may hold.
clean = plain
Point = tuple[float, float | None]


def escape(text: str) -> str:
    """The text for an element or a quoted attribute."""
    return html.escape(clean(text), quote=True)


def width_of(text: str, size: float) -> float:
    """Pixels that the text takes, roughly: wide letters of East Asia count double."""
    return size * sum(1.0 if unicodedata.east_asian_width(c) in "WF" else 0.6 for c in text)


def fit(text: str, pixels: float, size: float) -> str:
    """The text, cut with … where it would be wider than that."""
    line = clean(text)
    if width_of(line, size) <= pixels:
        return line
    while line and width_of(line + "…", size) > pixels:
        line = line[:-1]
    return f"{line.rstrip()}…" if line else ""


def label(x: float, y: float, text: str, classes: str = "", anchor: str = "start") -> str:
    """A text. `anchor` start, middle or end."""
    return f'<text x="{n(x)}" y="{n(y)}" class="{classes}" text-anchor="{anchor}">{escape(text)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, classes: str) -> str:
    """A straight line."""
    return f'<line x1="{n(x1)}" y1="{n(y1)}" x2="{n(x2)}" y2="{n(y2)}" class="{classes}"/>'


def box(x: float, y: float, width: float, height: float, classes: str, title: str = "", radius: float = 2) -> str:
    """A rectangle; `title` is shown on hover and read aloud."""
    inner = f"<title>{escape(title)}</title>" if title else ""
    return f'<rect x="{n(x)}" y="{n(y)}" width="{n(max(width, 0))}" height="{n(height)}" rx="{n(radius)}" class="{classes}">{inner}</rect>'


def diamond(x: float, y: float, size: float, classes: str, title: str) -> str:
    """The sign of a change."""
    corners = f"M{n(x)} {n(y - size)}L{n(x + size)} {n(y)}L{n(x)} {n(y + size)}L{n(x - size)} {n(y)}Z"
    return f'<path d="{corners}" class="{classes}"><title>{escape(title)}</title></path>'


def curve(points: Iterable[Point], classes: str, floor: float | None = None) -> str:
    """A line through the points, broken where a value is None; with `floor`, the area down to that y."""
    parts: list[str] = []
    run: list[tuple[float, float]] = []
    for x, y in (*points, (0.0, None)):
        if y is not None:
            run.append((x, y))
            continue
        if len(run) > 1:
            steps = "L".join(f"{n(px)} {n(py)}" for px, py in _thin(run))
            parts.append(f"M{steps}" if floor is None else f"M{n(run[0][0])} {n(floor)}L{steps}L{n(run[-1][0])} {n(floor)}Z")
        run = []
    return f'<path d="{"".join(parts)}" class="{classes}"/>' if parts else ""


def _thin(run: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Without the points in the middle of level stretches: they add bytes and no ink."""
    last = len(run) - 1
    return [p for i, p in enumerate(run) if i in (0, last) or not abs(run[i - 1][1] - p[1]) < 0.05 > abs(run[i + 1][1] - p[1])]


def n(value: float) -> str:
    """A coordinate to a tenth of a pixel."""
    return f"{value:.1f}".removesuffix(".0")


@dataclass(frozen=True, slots=True)
class Axis:
    """The shared time axis: `start` and `end` in epoch seconds lie at the pixels `left` and `right`.

    `narrow` says that there is no room for words right of the plot.
    """

    start: float
    end: float
    left: float
    right: float
    narrow: bool = False

    def x(self, seconds: float) -> float:
        """The pixel of that instant, held inside the plot."""
        ratio = (seconds - self.start) / (self.end - self.start)
        return self.left + min(max(ratio, 0.0), 1.0) * (self.right - self.left)

    def ticks(self, at_most: int) -> tuple[float, ...]:
        """Round instants in UTC, not more than that many."""
        for step in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 604800):
            first = -(-self.start // step) * step
            count = int((self.end - first) // step) + 1
            if count <= at_most:
                return tuple(first + i * step for i in range(max(count, 0)))
        return (self.start,)
