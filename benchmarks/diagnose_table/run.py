"""One run: a drawn stack in health, its fault, and poise's own collection recorded beside the truth.

    python -m benchmarks.diagnose_table.run FAULT PRODUCT SEED FOLDER

FOLDER then holds recording.json, samples.csv, events.jsonl, the configurations, logs/ and truth.json. A run that did not come about leaves
failed.json there instead, with the reason.
"""

import asyncio
import json
import os
import random
import shutil
import signal
import sys
import tempfile
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

# numpy's threads serve no run, and a process that has any may not enter a user namespace (unshare(2)).
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from poise.lab.draw import drawn
from poise.lab.error import LabError
from poise.lab.faults import FAULTS, clear, inject
from poise.lab.namespace import Namespace, enter
from poise.lab.product import ProductName
from poise.lab.stack import Lab
from poise.model.could_not import CouldNot

START_SECONDS, PATIENCE_SECONDS, UNDO_SECONDS = 90.0, 60.0, 40.0
LOG_BYTES = 200_000
# Clients are hurt when more than one in fifty fails, half of them wait twice as long, or the slowest of a hundred three times.
FAILING, SLOWER = 0.98, {"p50_ms": 2.0, "p99_ms": 3.0}


def place(fault: str, product: ProductName, seed: int) -> Namespace | None:
    """Half of the runs have true packets on their paths, where the fault allows it and the machine too; the others a relay."""
    draw = random.Random(f"place {seed} {fault} {product}")
    modes = [mode for name in fault.split("+") for mode in FAULTS[name].modes]
    choice = draw.choice(("relay", "tun", "firewall" if "firewall" in modes else "tun"))
    if choice == "relay" or ["relay"] in ([*FAULTS[name].modes] for name in fault.split("+")) or os.geteuid() != 0:
        return None
    entered = enter()
    if isinstance(entered, CouldNot):
        return None
    return replace(entered, tun=None) if choice == "firewall" else entered


class Run:
    """One run in its folder."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self._lab, self._folder = lab, folder
        self._faults = [FAULTS[name] for name in lab.plan.fault.split("+")]

    async def play(self) -> dict[str, Any]:
        """The truth of it. Raises LabError where there is no healthy stack or no fault."""
        from poise.app.live import Looking  # noqa: PLC0415 - numpy comes with it
        from poise.app.needs import read_needs  # noqa: PLC0415
        from poise.daemon.recorder import Recorder  # noqa: PLC0415
        from poise.daemon.watcher import Watcher  # noqa: PLC0415

        lab = self._lab
        async with asyncio.timeout(START_SECONDS):
            await lab.start()
        needs, problems = read_needs(str(lab.needs_path))
        if problems:
            raise LabError(f"poise.toml: {problems}")
        watcher = Watcher([str(lab.config_path)], needs)
        recorder = Recorder(self._folder, lab.config_path, lab.needs_path)
        eyes = Looking(watcher)

        async def look_until(end: datetime) -> None:
            while datetime.now(UTC) < end:
                recorder.record(await eyes.look())

        try:
            healthy = await self._healthy_lead(look_until)
            onset = datetime.now(UTC)
            made = asyncio.ensure_future(self._make())
            while not made.done():
                recorder.record(await eyes.look())
            made.result()
            if lab.taken_at is not None:
                # A file is checked before it is taken, which is seconds on a busy machine.
                onset = max(onset, lab.taken_at)
            await look_until(onset + timedelta(seconds=lab.plan.hold_seconds))
        finally:
            recorder.close()
            await watcher.close()
        self._keep_logs()
        truth = self._truth(onset, healthy)
        return {**truth, "undone_after_seconds": await self._undo()}

    async def _make(self) -> None:
        for fault in self._faults:
            await inject(self._lab, fault.name)

    async def _undo(self) -> float | None:
        """Whether the fault's own repair makes clients well again, and how soon; nothing of it is in the recording."""
        began = datetime.now(UTC)
        for fault in reversed(self._faults):
            await clear(self._lab, fault.name)
        while (now := datetime.now(UTC)) < began + timedelta(seconds=UNDO_SECONDS):
            await asyncio.sleep(0.5)
            figures = self._figures(now - timedelta(seconds=3), now)
            if now > began + timedelta(seconds=3) and figures.get("success_ratio", 0.0) >= FAILING:
                return round((now - began).total_seconds(), 1)
        return None

    async def _healthy_lead(self, look_until: Any) -> dict[str, float]:
        lead = self._lab.plan.lead_seconds
        began = datetime.now(UTC)
        await look_until(began + timedelta(seconds=lead))
        while True:
            figures = self._figures(datetime.now(UTC) - timedelta(seconds=10), datetime.now(UTC))
            if figures.get("success_ratio", 0.0) >= 0.995:
                return figures
            if datetime.now(UTC) > began + timedelta(seconds=lead + PATIENCE_SECONDS):
                raise LabError(f"never healthy: {figures}")
            await look_until(datetime.now(UTC) + timedelta(seconds=5))

    def _rows(self) -> list[tuple[datetime, str, float]]:
        rows = []
        for line in self._lab.load_samples_path.read_text().splitlines()[1:]:
            stamp, _, metric, value = line.split(",")
            rows.append((datetime.fromisoformat(stamp), metric, float(value)))
        return rows

    def _figures(self, start: datetime, end: datetime) -> dict[str, float]:
        """What all clients felt, whether poise is told or not: means of each second's figure."""
        found: dict[str, list[float]] = {}
        for at, metric, value in self._rows():
            if start <= at < end and metric in ("success_ratio", "p50_ms", "p99_ms", "requests_per_second"):
                found.setdefault(metric, []).append(value)
        return {metric: round(sum(values) / len(values), 4) for metric, values in found.items()}

    def _truth(self, onset: datetime, healthy: dict[str, float]) -> dict[str, Any]:
        lab = self._lab
        hurt = None
        for at, metric, value in self._rows():
            bad = (metric == "success_ratio" and value < FAILING) or (
                metric in SLOWER and value > SLOWER[metric] * healthy.get(metric, value)
            )
            if at > onset and bad:
                hurt = round((at - onset).total_seconds(), 1)
                break
        renamed = {name: lab.product.server_name(server) for name, server in zip(lab.plan.names, lab.addresses.servers, strict=True)}
        pool = lab.plan.pool
        components = [component for fault in self._faults for component in fault.components(lab.plan)]
        for name, called in renamed.items():
            components = [f"server {pool}/{called}" if each == f"server {pool}/{name}" else each for each in components]
        return {
            "version": 1,
            "case": lab.plan.fault,
            "product": lab.product.name,
            "seed": lab.plan.seed,
            "layers": [layer for fault in self._faults for layer in fault.layers],
            "faults": [name for fault in self._faults for name in fault.names],
            "each": [list(fault.names) for fault in self._faults],
            "components": components,
            "onset": onset.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "mode": lab.mode,
            "hurt_after_seconds": hurt,
            "clients": {"before": healthy, "during": self._figures(onset + timedelta(seconds=5), datetime.now(UTC))},
            "plan": asdict(lab.plan),
        }

    def _keep_logs(self) -> None:
        logs = self._folder / "logs"
        logs.mkdir(exist_ok=True)
        for path in [*self._lab.directory.glob("*.log")]:
            with path.open("rb") as file:
                file.seek(max(0, path.stat().st_size - LOG_BYTES))
                (logs / path.name).write_bytes(file.read())


async def _play(lab: Lab, folder: Path) -> dict[str, Any]:
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        return await Run(lab, folder).play()
    finally:
        await asyncio.shield(lab.stop())


def main(fault: str, product_name: str, seed: int, folder: Path) -> int:
    """Play it; 1 where it did not come about."""
    product: ProductName = next(each for each in get_args(ProductName) if each == product_name)
    scratch = Path(tempfile.mkdtemp(prefix="poise-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        lab = Lab(scratch, drawn(seed, fault, product), namespace=place(fault, product, seed), product=product)
        truth = asyncio.run(_play(lab, folder))
    except (LabError, OSError, TimeoutError) as error:
        reason = {"case": fault, "product": product, "seed": seed, "reason": f"{type(error).__name__}: {error}"}
        (folder / "failed.json").write_text(json.dumps(reason))
        print(json.dumps(reason), file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    (folder / "truth.json").write_text(json.dumps(truth, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4])))
