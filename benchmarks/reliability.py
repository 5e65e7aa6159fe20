"""How far the probabilities of a diagnosis can be believed, as a picture: of what was said with 0.8, eight in ten should be so.

    python -m benchmarks.diagnose_table --results DIR --again --seeds 1001-1003         leaves DIR/verdicts.jsonl
    python -m benchmarks.foreign_recordings --seed 22 --verdicts FILE
    python -m benchmarks.reliability "real stacks=DIR/verdicts.jsonl" "simulated by another hand=FILE" --out docs/images/reliability.svg

Verdicts of the table are those from 8 s after the onset on. The error is the expected calibration error: the mean distance of what is
said from what is so, over ten groups of equal width, each by its size.
"""

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

from poise.report.svg import box, escape, label, line, n
from poise.report.svg_style import STYLE

GROUPS = 10
SETTLED_SECONDS = 8
# 19 of 20 intervals hold the true share (Wilson 1927).
Z = 1.96
SIZE, LEFT, TOP, GAP = 300.0, 62.0, 58.0, 90.0
Said = tuple[float, bool]


@dataclass(frozen=True, slots=True)
class Group:
    """What was said with about that probability: the mean said, how much of it was so, both 0–1, and how many."""

    stated: float
    true: float
    count: int


def groups(said: Iterable[Said]) -> list[Group]:
    """Ten groups of equal width, those that hold anything."""
    found: dict[int, list[Said]] = {}
    for each in said:
        found.setdefault(min(int(each[0] * GROUPS), GROUPS - 1), []).append(each)
    return [Group(sum(p for p, _ in g) / len(g), sum(r for _, r in g) / len(g), len(g)) for _, g in sorted(found.items())]


def error(of: Sequence[Group]) -> float:
    """The expected calibration error, 0–1; 0 of nothing."""
    total = sum(group.count for group in of)
    return sum(abs(group.stated - group.true) * group.count for group in of) / total if total else 0.0


def interval(share: float, count: int) -> tuple[float, float]:
    """Wilson's interval of a share of so many."""
    middle = share + Z * Z / (2 * count)
    half = Z * sqrt(share * (1 - share) / count + Z * Z / (4 * count * count))
    return (middle - half) / (1 + Z * Z / count), (middle + half) / (1 + Z * Z / count)


def read(file: Path) -> list[Said]:
    """The verdicts of a table, or of simulated recordings. Raises ValueError for a line that is neither."""
    said: list[Said] = []
    for number, text in enumerate(file.read_text().splitlines(), 1):
        told = json.loads(text)
        if "verdicts" in told:
            said += [(each["probability"], each["named"]) for each in told["verdicts"] if each["seconds"] >= SETTLED_SECONDS]
        elif "probability" in told:
            said.append((told["probability"], told["right"]))
        else:
            raise ValueError(
                f"{file}:{number}: no verdict: make it with benchmarks.diagnose_table or benchmarks.foreign_recordings --verdicts"
            )
    return said


def picture(of: Sequence[tuple[str, Sequence[Said]]]) -> str:
    """One panel for each set of verdicts, side by side."""
    width, height = LEFT + len(of) * (SIZE + GAP) - GAP + 24, TOP + SIZE + 56
    told = "; ".join(f"{name}: {len(said)} verdicts, expected calibration error {error(groups(said)):.3f}" for name, said in of)
    panels = "".join(_panel(LEFT + number * (SIZE + GAP), name, groups(said)) for number, (name, said) in enumerate(of))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="pic" viewBox="0 0 {n(width)} {n(height)}" width="{n(width)}" height="{n(height)}" '
        f'role="img" aria-labelledby="title text"><title id="title">How far the probabilities of a diagnosis can be believed</title>'
        f'<desc id="text">{escape(told)}</desc><style>{STYLE}</style>{box(0, 0, width, height, "bg", radius=0)}{panels}</svg>\n'
    )


def _panel(left: float, name: str, of: Sequence[Group]) -> str:
    def x(value: float) -> float:
        return left + value * SIZE

    def y(value: float) -> float:
        return TOP + (1 - value) * SIZE

    total = sum(group.count for group in of)
    parts = [label(left, TOP - 32, name, "b"), label(left, TOP - 14, f"{total} verdicts, calibration error {error(of):.3f}", "q")]
    for tick in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        parts += [line(left, y(tick), left + SIZE, y(tick), "g"), label(left - 8, y(tick) + 4, f"{tick:.1f}", "q", "end")]
        parts.append(label(x(tick), TOP + SIZE + 18, f"{tick:.1f}", "q", "middle"))
    parts += [line(x(0), y(0), x(1), y(1), "exp"), line(left, y(0), left + SIZE, y(0), "ax")]
    for group in of:
        low, high = interval(group.true, group.count)
        words = f"said {group.stated:.2f}, right {group.true:.2f} of {group.count}"
        parts.append(line(x(group.stated), y(max(low, 0.0)), x(group.stated), y(min(high, 1.0)), "l lblue"))
        side = 5 + 10 * sqrt(group.count / total)
        parts.append(box(x(group.stated) - side / 2, y(group.true) - side / 2, side, side, "fblue", words, radius=side / 2))
    parts.append(label(left + SIZE / 2, TOP + SIZE + 40, "probability that was said", "q", "middle"))
    parts.append(f'<g transform="rotate(-90 {n(left - 44)} {n(y(0.5))})">{label(left - 44, y(0.5), "part that was so", "q", "middle")}</g>')
    return "".join(parts)


def main() -> None:
    """Write the picture, and its figures as text."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", metavar="NAME=FILE", help="what to call it, and its verdicts")
    parser.add_argument("--out", type=Path, default=Path("docs/images/reliability.svg"))
    given = parser.parse_args()
    sets = [(name, read(Path(file))) for name, _, file in (each.partition("=") for each in given.sets)]
    given.out.write_text(picture(sets))
    for name, said in sets:
        print(f"{name}: {len(said)} verdicts, expected calibration error {error(groups(said)):.3f}")
        print("\n".join(f"  said {g.stated:.2f}, right {g.true:.2f} of {g.count}" for g in groups(said)))


if __name__ == "__main__":
    main()
