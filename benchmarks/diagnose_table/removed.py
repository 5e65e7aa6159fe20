"""What is said where observables were not measured: some drawn for each run, alone and in pairs."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.diagnose_table.judge import Judged, judged_of, until, without
from benchmarks.diagnose_table.table import SURE
from poise.app.diagnose_recording import read_recording
from poise.diagnosis.engine import diagnose
from poise.model.sample import Window

# Long enough for the fault to have shown, short enough that nobody has waited long.
SECONDS = 20
WHOLE = ("client", "listener", "pool", "server", "application", "database", "hop", "host", "changes", "configuration")
# What decides, from the table of faults by observables that was measured on real stacks; a kind without a metric is all of it. A fault that
# is not listed is decided by no single one of them.
DECIDES: Mapping[str, tuple[str, ...]] = {
    "uneven-weights": ("server:weight", "server:requests_total", "configuration"),
    "uneven-weights-mild": ("server:weight", "server:requests_total", "configuration"),
    "old-weights": ("server:weight", "server:requests_total", "configuration"),
    "traffic-pinned": ("server:maintenance", "server:requests_total", "configuration"),
    "source-hash": ("server:requests_total", "configuration"),
    "server-maxconn": ("pool:queue", "server:queue", "pool:limit", "server:limit", "configuration"),
    "listener-maxconn": ("client", "listener"),
    "server-timeout": ("server:responses_5xx_total", "application", "configuration"),
    "wrong-health-check": ("server:up", "hop", "server:check_refused"),
    "deep-health-check": ("server:up", "database"),
    "stale-backend": ("server:connection_errors_total", "hop", "application"),
    "retry-storm": ("client:requests_per_second", "server:requests_total", "server:retries_total"),
    "load-balancer-down": ("client", "load-balancer", "listener", "server"),
    "server-unchecked": ("server:connection_errors_total", "hop", "application"),
    "server-down": ("server:up", "hop"),
    "server-slow": ("server:response_ms", "server:in_flight", "application"),
    "server-errors": ("server:responses_5xx_total", "application:database_errors_total"),
    "servers-slow-all": ("application", "database"),
    "connection-pool": ("application", "database"),
    "tls-certificate": ("server", "hop", "configuration"),
    "database-locked": ("database:lock_waits",),
    "database-slow": ("database:statement_ms",),
    "database-connections": ("database:connections", "database:connection_limit"),
    "network-delay": ("hop",),
    "network-loss": ("hop",),
    "dns-answer-wrong": ("server:connection_errors_total", "hop", "server:address_moves_total"),
    "surge": ("client:requests_per_second",),
    "outside": ("client",),
}


@dataclass(frozen=True, slots=True)
class Without:
    """One verdict without these observables; `decided` says whether what decides its fault was left."""

    case: str
    removed: tuple[str, ...]
    decided: bool
    judged: Judged


def judge_without(folder: Path, truth: Mapping[str, Any], count: int) -> list[Without]:
    """`count` observables alone and `count` pairs of them, drawn for this run; the same on any machine."""
    window = read_recording(folder)
    now = datetime.fromisoformat(truth["onset"]) + timedelta(seconds=SECONDS)
    if now > window.now + timedelta(seconds=2):
        return []
    window = until(window, now)
    draw = random.Random(f"{truth['case']} {truth['product']} {truth['seed']}")
    found = []
    for size in (1,) * count + (2,) * count:
        removed = drawn(window, draw, size)
        verdict = judged_of(SECONDS, diagnose(without(window, removed)), dict(truth), 0.0)
        found.append(Without(truth["case"], removed, remains(truth["case"], removed), verdict))
    return found


def drawn(window: Window, draw: random.Random, size: int) -> tuple[str, ...]:
    """So many different observables of this window, each as often a whole kind as a single metric."""
    kinds = window.stack.kinds
    metrics = sorted({f"{kinds[name]}:{metric}" for name, metric in window.series if name in kinds})
    present = {metric.partition(":")[0] for metric in metrics} | {"changes", "configuration"}
    whole = [kind for kind in WHOLE if kind in present]
    found: dict[str, None] = {}
    while len(found) < size:
        found[draw.choice(draw.choice((whole, metrics)))] = None
    return tuple(found)


def remains(case: str, removed: Sequence[str]) -> bool:
    """Is all that decides the faults of this case still measured?"""
    for each in removed:
        for needed in (n for fault in case.split("+") for n in DECIDES.get(fault, ())):
            kind = needed.partition(":")[0]
            if each in (needed, kind) or needed == each.partition(":")[0]:
                return False
    return True


def summary(rows: Sequence[Without]) -> list[str]:
    """The lines: alone and in pairs, how often right, open and wrong; and what was said with confidence."""
    lines = []
    for words, size in (("one is missing", 1), ("two are missing", 2)):
        some = [row for row in rows if len(row.removed) == size]
        if not some:
            continue
        left = [row for row in some if row.decided]
        right = sum(row.judged.layer_right is True for row in left)
        sure = [row for row in some if row.judged.probability >= SURE and row.judged.verdict != "undetermined"]
        wrong = sum(not row.judged.named for row in sure)
        layer = sum(row.judged.layer_right is not True for row in sure)
        lines += [
            f"{words}: {len(some)} verdicts; wrong at {SURE} or more: fault {_of(wrong, some)}, layer {_of(layer, some)}",
            f"  what decides is left in {len(left)}: layer right in {_of(right, left)}",
        ]
    return lines


def _of(count: int, rows: Sequence[Without]) -> str:
    return f"{count} ({count / max(len(rows), 1):.1%})"
