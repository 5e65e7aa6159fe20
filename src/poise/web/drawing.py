"""Draws pages from templates. Every text of others is cleaned and escaped here: no name can end an element, hide or reorder a line."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from poise.model.diagnosis import Hypothesis
from poise.model.evidence import Evidence
from poise.model.instants import day_and_clock
from poise.report import fault_words, figures_in_words
from poise.report.dashboard.changes import lines_apart
from poise.report.dashboard.compact import pool_key, shape, shown
from poise.report.dashboard.foremost import FEW_ROWS, MOST_ROWS, foremost
from poise.report.dashboard.layer_words import ms
from poise.report.dashboard.scale import scales
from poise.report.dashboard.views import HeatStrip, PoolView, ServerView

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

STATIC = Path(__file__).parent / "static"
_TICKED = re.compile("`([^`]+)`")
NOT_KNOWN = "–"
# Longer names are nobody's: they stand in no form and no chart.
LONGEST_NAME = 500
HEAT_ROW = 20
# Of more lines on one chart none is found.
MOST_DRAWN = 12
# As "moderate" and more of `poise.report.figures_in_words`: what is weak is there, and does not stand in the way.
STRONG_BITS = 1.5
LEVEL_WORDS = {"bad": "Bad", "warning": "Warning", "unknown": "Not known", "good": "Good"}


def draw(template: str, **variables: Any) -> str:
    """The page."""
    return _environment().get_template(template).render(**variables)


@cache
def static(name: str) -> str:
    """The address of a file below `static`, which changes with its content."""
    return f"/static/{name}?v={sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - 60 ms, only where somebody looks

    made = Environment(
        loader=PackageLoader("poise.web"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalized,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(
        static=static,
        scales=scales,
        key=pool_key,
        shape=shape,
        level_words=LEVEL_WORDS,
        named=named,
        by_severity=by_severity,
        groups=groups,
        heat_paths=heat_paths,
        heat_row=HEAT_ROW,
        heat_said=heat_said,
        lines_apart=lines_apart,
        foremost=foremost,
        most_rows=MOST_ROWS,
        few_rows=FEW_ROWS,
        most_drawn=MOST_DRAWN,
    )
    made.filters.update(pct=pct, rate=rate, ms=_ms, count=count, x=x, clock=clock, iso=iso, local=local, instant=instant, whole=whole)
    made.filters["ticks"] = ticks
    made.filters.update(heat=heat_level, evidence=evidence, blame=blame, likely=fault_words.likelihood, sure=fault_words.in_words)
    made.filters.update(remedy=lambda h: fault_words.remedy(_hypothesis(h)))
    made.tests["strong"] = lambda of: abs(of["bits"]) >= STRONG_BITS
    return made


def _finalized(value: Any) -> Any:
    if value is None:
        return NOT_KNOWN
    return shown(value) if type(value) is str else value


def whole(text: str) -> "Markup":
    """A name as it is, for an attribute that comes back to us: escaped, and neither cut nor cleaned. Nobody reads it."""
    from markupsafe import escape  # noqa: PLC0415

    return escape(text)


def ticks(text: str) -> "Markup":
    """Words of ours for a terminal, in which backticks hold what a program says."""
    from markupsafe import Markup, escape  # noqa: PLC0415

    return Markup(_TICKED.sub(r"<code>\1</code>", str(escape(shown(text)))))  # noqa: S704 - escaped before


def pct(ratio: float | None) -> str:
    """96.3 %."""
    return NOT_KNOWN if ratio is None else f"{100 * round(ratio, 3):.1f} %"


def rate(value: float | None) -> str:
    """7.5, 77, 1,234."""
    return NOT_KNOWN if value is None else f"{value:.1f}" if value < 10 else f"{value:,.0f}"


def count(value: float | None) -> str:
    """1,234."""
    return NOT_KNOWN if value is None else f"{value:,.0f}"


def _ms(value: float | None) -> str:
    return NOT_KNOWN if value is None else ms(value)


def x(share: float | None, full: float) -> str:
    """Where a share lies on a bar of a thousand that is full at `full`."""
    return f"{1000 * min(1.0, max(0.0, (share or 0.0) / full)):.0f}" if full > 0 else "0"


def clock(at: datetime | None) -> str:
    """2026-11-22 12:00:00 UTC."""
    return NOT_KNOWN if at is None else day_and_clock(at)


def iso(at: datetime) -> str:
    """RFC 3339 with Z, to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def local(at: datetime) -> str:
    """As an input of type datetime-local has it; UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"


def instant(text: str | None) -> str:
    """An instant of JSON as a person reads it."""
    return clock(datetime.fromisoformat(text)) if text else NOT_KNOWN


def heat_level(ratio: float | None) -> str:
    """One of nine steps from none to four times its share and more, by doublings and their halves; `n` where nothing is known."""
    if ratio is None:
        return "n"
    edges = (0.25, 0.5, 0.8, 0.9, 1.1, 1.25, 2.0, 4.0)
    return str(sum(ratio >= edge for edge in edges))


def heat_paths(ratios: Sequence[Sequence[float | None]]) -> dict[str, str]:
    """The rectangles of a heat strip, a bin wide and a row high: by step one path. What stands still is one rectangle."""
    found: dict[str, list[str]] = {}
    for y, row in enumerate(ratios):
        begin = 0
        for step, run in groupby(row, key=heat_level):
            length = sum(1 for _ in run)
            # Where nothing is known nothing is drawn.
            if step != "n":
                found.setdefault(step, []).append(f"M{begin} {y * HEAT_ROW}h{length}v{HEAT_ROW - 1}h-{length}z")
            begin += length
    return {step: "".join(parts) for step, parts in found.items()}


def heat_said(strip: HeatStrip) -> str:
    """The strip in words, for those who do not see it: of each server what it last got, in times its share."""
    said = []
    for name, row in islice(zip(strip.servers, strip.ratios, strict=True), 12):
        ratio = next((r for r in reversed(row) if r is not None), None)
        said.append(f"{name} {'not known' if ratio is None else f'{ratio:.1f} times its share'}")
    return f"Heat strip of {len(strip.servers)} servers. Last: {', '.join(said)}"


def by_severity(findings: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Errors, then warnings, then the rest; else in the order of the audit."""
    return sorted(
        findings, key=lambda found: ("error", "warning").index(found["severity"]) if found["severity"] in ("error", "warning") else 2
    )


def named(servers: Sequence[ServerView]) -> list[ServerView]:
    """Those that a form or a chart can name."""
    return [server for server in servers if len(server.server) <= LONGEST_NAME]


def groups(pools: Sequence[PoolView]) -> list[tuple[str, list[PoolView]]]:
    """Pools of one name together, as they stand beside each other."""
    return [(name, list(each)) for name, each in groupby(pools, key=lambda pool: pool.pool)]


def evidence(of: dict[str, Any]) -> str:
    """A piece of evidence of a diagnosis' JSON, with its weight in a word."""
    return figures_in_words.evidence(Evidence(of["observable"], of["expected"], of["observed"], of["bits"], of["source"]))


def blame(of: dict[str, Any]) -> str:
    """What a hypothesis of a diagnosis' JSON says of the traffic."""
    return fault_words.sentence(_hypothesis(of))


def _hypothesis(of: dict[str, Any]) -> Hypothesis:
    return Hypothesis(of["fault"], of["layer"], of["component"], (), 0.0, of["probability"], of["rank"], of.get("load_balancer"))
