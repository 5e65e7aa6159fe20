"""Pieces of evidence as a person reads them: figures of at most three digits, the unit behind them, the weight as a word. Pure."""

import re

from poise.model.evidence import Evidence
from poise.report.printable import one_line

# Figures of which the observable says that they are parts of a whole; a percentage is read faster than 0.9767.
RATIO = re.compile(r"\b(share|ratio|part)\b")
UNIT = re.compile(r", (ms|s)(?=$|,)")
# |bits| from which a figure is called so: 2 to the power of bits is how many times likelier it makes the hypothesis.
WEIGHTS = ((6.0, "very strong"), (3.0, "strong"), (1.5, "moderate"), (0.0, "weak"))
COUNTED = re.compile(r"^(\d+): (.+)$", re.DOTALL)
LONGEST = 170
LONG_MS, WHOLE = 10_000.0, 100.0


def evidence(e: Evidence) -> str:
    """One piece of evidence with its weight in a word: "share of app1: 98 %, expected 25 % (very strong)"."""
    return f"{cut(figures(e))} ({next(word for least, word in WEIGHTS if abs(e.bits) >= least)})"


def cut(text: str) -> str:
    """What is longer than two lines of a screen is not read."""
    return text if len(text) <= LONGEST else text[: LONGEST - 2].rstrip(" ,;") + " …"


def figures(e: Evidence) -> str:
    """The same without its weight."""
    ratio = RATIO.search(e.observable) is not None
    label, unit = unit_of(e.observable)
    observed, expected = value(e.observed, ratio, unit), value(e.expected, ratio, unit)
    if e.observable.startswith("change to "):
        return one_line(f"{label}: {observed}")
    beside = "" if e.expected is None else ", as expected" if observed == expected else f", expected {expected}"
    return one_line(f"{label}: {observed}{beside}")


def unit_of(observable: str) -> tuple[str, str]:
    """("p99 of clients", "ms") of "p99 of clients, ms": a unit is read behind its figure, not before."""
    found = UNIT.search(observable)
    if found is None:
        return observable, ""
    return f"{observable[: found.start()]}{',' if observable[found.end() :] else ''}{observable[found.end() :].removeprefix(',')}", found[1]


def value(figure: float | str | None, ratio: bool = False, unit: str = "") -> str:
    """A figure in at most three digits with its unit, a ratio as per cent, or the word; None is "not measured"."""
    if figure is None or isinstance(figure, str):
        told = "not measured" if figure is None else COUNTED.sub(r"\1 (\2)", figure)
        return f"{told} {unit}" if unit and told[-1:].isdigit() else told
    if not ratio or not 0 <= figure <= 1:
        if unit == "ms" and abs(figure) >= LONG_MS:
            figure, unit = figure / 1000, "s"
        return f"{_digits(figure)} {unit}".rstrip()
    per_cent = 100 * figure
    return f"{per_cent:.0f} %" if per_cent == 0 or 10 <= per_cent < 99 or per_cent == 100 else f"{per_cent:.3g} %"


def _digits(figure: float) -> str:
    return f"{figure:.0f}" if abs(figure) >= WHOLE else f"{figure:.3g}"
