"""An incident as one bar: what its time went into, with the minutes. Pure."""

from poise.model.postmortem import Moment, Reviewed
from poise.report.svg import escape, fit, label, n
from poise.review.durations import in_words

WIDE, HIGH = 1000.0, 92.0


def bar(each: Reviewed, name: str) -> str:
    """From the start of the harm, or detection, to its end; nothing where one of the two is not told. `name` is unique on the page."""
    t = each.times
    begin = t.get("impact_started") or t.get("detected")
    end = t.get("resolved") or t.get("mitigated")
    if begin is None or end is None or begin.dated != end.dated or end.minutes_after(begin) <= 0:
        return ""
    whole = end.minutes_after(begin)
    parts: list[tuple[float, float, str, str]] = []
    marks: list[tuple[Moment | None, str, str]] = [
        (t.get("detected"), "unseen", "not detected"), (t.get("acknowledged"), "waiting", "not begun"),
        (t.get("cause_found"), "search", "search"),
        (t.get("mitigated"), "repair", "repair"), (end, "recover", "recovery"),
    ]  # fmt: skip
    reached = 0.0
    for moment, style, words in marks:
        until = reached if moment is None else min(max(moment.minutes_after(begin), reached), whole)
        if until > reached:
            parts.append((reached, until, style, words))
            reached = until
    shapes = [_part(begin_at, until, style, words, whole, 20, 22) for begin_at, until, style, words in parts]
    for wrong in each.wrong_hypotheses:
        if wrong.minutes and 0 <= wrong.opened.minutes_after(begin) < whole:
            at = wrong.opened.minutes_after(begin)
            shapes.append(_part(at, min(at + wrong.minutes, whole), "wrong", f"wrong: {wrong.layer}", whole, 60, 12))
    ends = label(0, 14, begin.clock, "soft") + label(WIDE, 14, end.clock, "soft", "end")
    told = f"From {begin.clock} to {end.clock}: " + ", ".join(f"{words} {in_words(b - a)}" for a, b, _, words in parts)
    return (
        f'<svg viewBox="0 0 {n(WIDE)} {n(HIGH)}" role="img" aria-labelledby="bar-{name}"><title id="bar-{name}">{told}</title>'
        f"{ends}{''.join(shapes)}</svg>"
    )


def _part(begin: float, end: float, style: str, words: str, whole: float, top: float, high: float) -> str:
    """A piece of the bar with its words below, where they fit."""
    x, width = begin / whole * WIDE, (end - begin) / whole * WIDE
    told = f"{words} {in_words(end - begin)}"
    text = fit(told, width - 6, 12)
    place = f'x="{n(x)}" y="{n(top)}" width="{n(max(width - 1, 1))}" height="{n(high)}"'
    shape = f'<rect {place} class="{style}"><title>{escape(told)}</title></rect>'
    return shape + (label(x + 2, top + high + 13, text, "soft") if text else "")
