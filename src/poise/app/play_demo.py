"""Sets a demo up, plays it, and gives its result as text and JSON."""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from poise.app.demo import Demo
from poise.app.demo_result import DemoOptions, DemoResult
from poise.app.fix import plan_json
from poise.app.incident import store_path
from poise.app.story import Scene
from poise.lab.binaries import find_haproxy, find_postgres
from poise.lab.error import LabError
from poise.lab.faults import FAULTS, STORIES
from poise.lab.namespace import Namespace, enter
from poise.lab.plan import LabPlan
from poise.lab.stack import Lab
from poise.model.could_not import CouldNot
from poise.report.diagnosis_json import to_json as diagnosis_json
from poise.store.incident_log import IncidentLog
from poise.store.store_error import StoreError

TIMES = {"alert_seconds": "alert", "cause_seconds": "cause", "fix_verified_seconds": "fix proven", "postmortem_seconds": "postmortem"}


@dataclass(frozen=True, slots=True)
class Played:
    """The result, or why there is none."""

    result: DemoResult | None
    could_not: tuple[CouldNot, ...] = field(default=())


def stories() -> list[str]:
    """One line per story: its name, the layer that owns it, its modes."""
    return [f"{name:<18} {fault.layer:<14} {', '.join(fault.modes) or '-'}" for name, fault in ((name, FAULTS[name]) for name in STORIES)]


def play(
    fault: str,
    seed: int,
    tell: Callable[[Scene], None],
    *,
    mode: str | None = None,
    watch_seconds: float = 30.0,
    output: Path | None = None,
    store: Path | None = None,
) -> Played:
    """Play one story of FAULTS to its end, in one of its modes. What is missing here comes back as `could_not`; nothing is left running."""
    place_in = _place(fault, mode)
    if isinstance(place_in, CouldNot):
        return Played(None, (place_in,))
    missing = tuple(found for found in (find_haproxy(), find_postgres()) if isinstance(found, CouldNot))
    if missing:
        return Played(None, missing)
    place = output or store_path(store).parent / "demos" / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{fault}-{seed}"
    scratch = Path(tempfile.mkdtemp(prefix="poise-"))
    try:
        place.mkdir(parents=True, exist_ok=True)
        with IncidentLog(store_path(store)) as log:
            options = DemoOptions(fault, seed, place, timedelta(seconds=watch_seconds))
            return Played(asyncio.run(_play(options, Lab(scratch, LabPlan.from_seed(seed, fault), namespace=place_in), log, tell)))
    except asyncio.CancelledError as error:
        raise KeyboardInterrupt from error
    except LabError as error:
        return Played(None, (CouldNot("the stack", str(error)),))
    except StoreError as error:
        return Played(None, (CouldNot("the incident store", str(error)),))
    except OSError as error:
        return Played(None, (CouldNot(str(error.filename or place), f"{error.strerror or error}; choose another folder with --output"),))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _place(fault: str, mode: str | None) -> Namespace | CouldNot | None:
    """The namespace that a network fault of this mode needs, None where it needs none. Root gets the truest mode unless one is asked for.

    Must run before numpy is imported: without root a namespace can only be entered by a process with one thread.
    """
    modes = FAULTS[fault].modes
    if mode not in ("tun", "firewall") and (mode is not None or os.geteuid() != 0 or not {"tun", "firewall"} & set(modes)):
        return None
    entered = enter()
    if isinstance(entered, CouldNot):
        return None if mode is None else entered
    if mode == "tun" and entered.tun is None:
        return CouldNot("--mode tun", "this kernel gives no TUN device (/dev/net/tun); try another mode")
    if mode == "firewall" and entered.iptables is None:
        return CouldNot("--mode firewall", "iptables is missing; Debian and Ubuntu: sudo apt-get install iptables")
    # The lab prefers the TUN device where it has one; the firewall is asked for by leaving it out.
    loss_by_firewall = mode != "tun" and "firewall" in modes and entered.iptables is not None
    return replace(entered, tun=None) if loss_by_firewall else entered


async def _play(options: DemoOptions, lab: Lab, log: IncidentLog, tell: Callable[[Scene], None]) -> DemoResult:
    task = asyncio.current_task()
    assert task is not None
    # A terminal that goes away, or a service manager, must clean up as Ctrl-C does.
    for number in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        return await Demo(options, lab, log, tell).play()
    finally:
        await asyncio.shield(lab.stop())


def as_json(result: DemoResult) -> dict[str, Any]:
    """The demo's JSON, as the contract has it; `mode`, `fix` and `recording` are further keys."""
    return {
        "version": 1,
        "fault": result.fault,
        "seed": result.seed,
        "mode": result.mode,
        "times": {name: result.times.get(name) for name in TIMES},
        "clients": {phase: result.clients.get(phase) for phase in ("before", "during", "after")},
        "diagnosis": None if result.diagnosis is None else diagnosis_json(result.diagnosis),
        "pages": result.pages,
        "verified": result.proof is not None and result.proof.proven,
        "fix": None if result.plan is None else plan_json(result.plan),
        "incident": result.incident,
        "postmortem": result.postmortem,
        "page": result.page,
        "recording": result.recording,
    }


def summary(result: DemoResult) -> list[str]:
    """What a person wants to know at the end."""
    lines = [""]
    if result.diagnosis is not None:
        best = result.diagnosis.best
        lines.append(f"cause      {best.fault} in {best.component}, layer {best.layer} ({best.probability:.0%})")
    told = [f"{word} {result.times[name]:.1f} s" for name, word in TIMES.items() if result.times.get(name) is not None]
    if told:
        lines.append("after the fault  " + ", ".join(told))
    for phase, figures in result.clients.items():
        success, p50, p99 = (figures[k] for k in ("success_ratio", "p50_ms", "p99_ms"))
        if success is not None:
            lines.append(f"{phase:<10} clients' success {success:.1%}, p50 {p50 or 0:.0f} ms, p99 {p99 or 0:.0f} ms")
    if result.incident:
        lines += [f"postmortem {result.postmortem}", f"page       {result.page}", f"incident   poise incident show {result.incident}"]
    if result.recording:
        lines.append(f"recording  poise diagnose --recording {result.recording}")
    return lines
