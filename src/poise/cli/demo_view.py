"""The demo on a terminal: what happens, the balance of the pool, and who is suspected, drawn anew with each scene."""

from collections import deque

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from poise.app.story import ACTS, Scene
from poise.model.diagnosis import Diagnosis
from poise.model.fault import LAYERS
from poise.report import balance_rows
from poise.report.printable import one_line

BAR = 36
LINES = 14


class DemoView:
    """Draws scenes: live on a terminal, one line each elsewhere. Use as a context manager."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lines: deque[Text] = deque(maxlen=LINES)
        self._last: Scene | None = None
        self._diagnosis: Diagnosis | None = None
        self._live = Live(console=console, refresh_per_second=4, transient=False) if console.is_terminal else None

    def __enter__(self) -> "DemoView":
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def show(self, scene: Scene) -> None:
        """Take in one scene."""
        self._last = scene if scene.window or self._last is None else _with_act(self._last, scene)
        self._diagnosis = scene.diagnosis or self._diagnosis
        if scene.text:
            line = _line(scene)
            self._lines.append(line)
            if not self._live:
                self._console.print(line, soft_wrap=True)
        if self._live:
            self._live.update(self._picture())

    def _picture(self) -> Group:
        parts: list[Text | Table] = []
        if self._last:
            parts.append(_acts(self._last))
            if self._last.window:
                parts += [_clients(self._last), *_pools(self._last)]
        if self._diagnosis:
            parts.append(_layers(self._diagnosis))
        return Group(*parts, Text(), *self._lines)


def _with_act(old: Scene, new: Scene) -> Scene:
    return Scene(new.at, new.act, None, new.since_fault_seconds, old.window, new.diagnosis or old.diagnosis)


def _line(scene: Scene) -> Text:
    clock = f"{scene.at:%H:%M:%S} UTC"
    since = "        " if scene.since_fault_seconds is None else f"{scene.since_fault_seconds:+7.1f}s"
    style = {"alert": "bold red", "cause": "bold yellow", "proof": "bold green", "change": "magenta"}.get(scene.act, "")
    return Text.assemble((f"{clock} {since} ", "dim"), (f"{scene.act:<10} ", "bold"), (one_line(scene.text or ""), style))


def _acts(scene: Scene) -> Text:
    reached = ACTS.index(scene.act)
    text = Text()
    for number, act in enumerate(ACTS):
        style = "bold reverse" if number == reached else ("green" if number < reached else "dim")
        text.append(f" {act} ", style)
        text.append("▸" if number < len(ACTS) - 1 else "", "dim")
    return text


def _clients(scene: Scene) -> Text:
    assert scene.window is not None
    row = balance_rows.clients(scene.window)
    if row.success_ratio is None:
        return Text("clients: not measured yet", "dim")
    style = "green" if row.success_ratio >= 0.995 else "bold red"
    p50, p99 = (f"{v:.0f} ms" if v is not None else "–" for v in (row.p50_ms, row.p99_ms))
    return Text.assemble("clients  success ", (f"{row.success_ratio:6.1%}", style), f"   p50 {p50}   p99 {p99}")


def _pools(scene: Scene) -> list[Table]:
    assert scene.window is not None
    tables = []
    for pool in balance_rows.pools(scene.window):
        table = Table(title=Text(one_line(f"pool {pool.pool}")), title_justify="left", box=None, padding=(0, 1))
        for name in ("server", "share of requests (│ = expected)", "", "weight", "in flight", "waiting"):
            table.add_column(name, justify="left" if name in ("server", "share of requests (│ = expected)") else "right")
        for row in pool.servers:
            share = "–" if row.share is None else f"{row.share:6.1%}"
            figures = (str(v) if v is not None else "–" for v in (row.weight, row.in_flight, row.queue))
            table.add_row(Text(one_line(row.server)), _bar(row.share, row.expected), share, *figures)
        tables.append(table)
    return tables


def _bar(share: float | None, expected: float | None) -> Text:
    filled = round((share or 0.0) * BAR)
    tick = None if expected is None else min(BAR - 1, round(expected * BAR))
    off = share is not None and expected is not None and abs(share - expected) > max(0.05, expected / 4)
    text = Text()
    for cell in range(BAR):
        if cell == tick:
            text.append("│", "bold white")
        else:
            text.append("█" if cell < filled else "·", ("red" if off else "green") if cell < filled else "dim")
    return text


def _layers(diagnosis: Diagnosis) -> Text:
    text = Text("suspects ")
    for layer in LAYERS:
        probability = sum(h.probability for h in diagnosis.hypotheses if h.layer == layer)
        if any(h.layer == layer for h in diagnosis.hypotheses):
            style = "bold yellow" if probability >= 0.5 else "dim"
            text.append(f" {layer} {probability:.0%} ", style)
    return text
