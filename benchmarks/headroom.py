"""What poise predicts of the running lab, beside what the lab does: utilisation when a server is lost, and the rate at which it fails.

    python -m benchmarks.headroom                  both, seven minutes
    python -m benchmarks.headroom --part loss      utilisation alone, a minute

The lab is clients, HAProxy, four application servers of four slots and PostgreSQL, each a process of its own. Service time is measured
under next to no load, by the servers' own figures, as a user would; nothing is fitted to what is predicted. Every step of the rate starts
from an idle lab and lasts 30 s; the rate is found where the straight line between two steps passes 1 % failures.
"""

import argparse
import asyncio
import re
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from poise.app.predict import predict
from poise.lab.haproxy import ask
from poise.lab.load_client import LoadClient
from poise.lab.plan import LabPlan
from poise.lab.stack import Lab
from poise.model.forecast import PoolForecast
from poise.model.what_if import Questions
from poise.probes.http_get import http_get
from poise.reading.read import Sources

FACTORS = (0.88, 0.93, 0.97, 1.0, 1.03, 1.07, 1.12)
STEP_SECONDS, FAILING = 30.0, 0.01
LOOKS_PER_SECOND = 20


@dataclass(frozen=True, slots=True)
class Measured:
    """Service times at low load, in milliseconds."""

    mean_ms: float
    p99_ms: float


async def service_time(lab: Lab, requests: int = 300) -> Measured:
    """One request after the other, two at a time. The mean is the servers' own, who know neither the network nor the client's lateness."""
    client = LoadClient(*lab.addresses.client)
    times: list[float] = []

    async def one_by_one() -> None:
        for _ in range(requests // 2):
            began = time.perf_counter()
            assert await client.get() == "ok"
            times.append(1000 * (time.perf_counter() - began))

    before = await spent(lab)
    await asyncio.gather(one_by_one(), one_by_one())
    seconds, count = (after - b for after, b in zip(await spent(lab), before, strict=True))
    times.sort()
    return Measured(1000 * seconds / count, times[int(0.99 * len(times))])


async def spent(lab: Lab) -> tuple[float, float]:
    """Seconds and requests of all servers since they started."""
    texts = [await metrics(server.direct) for server in lab.addresses.servers]
    seconds, count = (sum(_figure(text, f"app_response_seconds_{what}") for text in texts) for what in ("sum", "count"))
    return seconds, count


async def metrics(address: tuple[str, int]) -> str:
    """What a server says of itself."""
    return (await http_get(f"http://{address[0]}:{address[1]}/metrics")).body.decode()


async def figures(lab: Lab) -> list[tuple[float, float]]:
    """Requests in work and waiting of every server."""
    found = []
    for server in lab.addresses.servers:
        text = await metrics(server.direct)
        found.append((_figure(text, "app_in_flight"), _figure(text, "app_queue")))
    return found


def _figure(text: str, name: str) -> float:
    found = re.search(rf"^{name} ([0-9.]+)$", text, re.MULTILINE)
    assert found is not None
    return float(found[1])


async def idle(lab: Lab) -> None:
    """No clients, and nothing left in the servers."""
    await lab.set_rate(0)
    await asyncio.sleep(0.5)
    while any(working or waiting for working, waiting in await figures(lab)):  # noqa: ASYNC110 - nobody tells when a queue is empty
        await asyncio.sleep(0.2)


async def utilisation(lab: Lab, seconds: float) -> tuple[float, ...]:
    """The mean part of its slots that each server works with."""
    loop = asyncio.get_running_loop()
    looks: list[list[float]] = []
    end = loop.time() + seconds
    while loop.time() < end:
        looks.append([working / lab.plan.slots for working, _ in await figures(lab)])
        await asyncio.sleep(1 / LOOKS_PER_SECOND)
    return tuple(sum(column) / len(column) for column in zip(*looks, strict=True))


def forecast(lab: Lab, measured: Measured, asked: Questions, peak: float | None = None) -> PoolForecast:
    """What poise says of the lab's own configuration with that service time."""
    needs = lab.directory / "measured.toml"
    needs.write_text(
        f"[pool.web]\npeak_requests_per_second = {peak or lab.plan.peak}\nconcurrency_per_server = {lab.plan.slots}\n"
        f"service_time_ms = {measured.mean_ms}\nservice_time_p99_ms = {measured.p99_ms}\n"
    )
    made = predict(Sources((str(lab.config_path),)), str(needs), asked=asked)
    assert not made.could_not, made.could_not
    return made.pools[0]


async def lost(lab: Lab, names: Sequence[str], is_lost: bool) -> None:
    """Take servers out, or in again."""
    for name in names:
        await ask(lab.directory / "admin.sock", f"set server web/{name} state {'maint' if is_lost else 'ready'}")


async def busy_ratio(lab: Lab, rate: float, names: Sequence[str], seconds: float) -> float:
    """The mean utilisation of the servers that are left at that rate."""
    await idle(lab)
    await lost(lab, names, True)
    await lab.set_rate(rate)
    await asyncio.sleep(2.0)
    found = await utilisation(lab, seconds)
    await lost(lab, names, False)
    left = [each for each, name in zip(found, lab.plan.names, strict=True) if name not in names]
    return sum(left) / len(left)


async def failed_ratio(lab: Lab, rate: float) -> tuple[float, float]:
    """The rate that came and the part of it that failed, over 30 s from an idle lab."""
    await idle(lab)
    before = await lab.control("load").call("totals")
    await lab.set_rate(rate)
    await asyncio.sleep(STEP_SECONDS)
    await lab.set_rate(0)
    await asyncio.sleep(6.0)
    await idle(lab)
    await asyncio.sleep(1.2)
    after = await lab.control("load").call("totals")
    came, failed = (float(str(after[key])) - float(str(before[key])) for key in ("requests_total", "failures_total"))
    return came / STEP_SECONDS, failed / max(1.0, came)


def crossing(steps: Sequence[tuple[float, float]]) -> float | None:
    """The rate at which failures pass 1 % for good; None where they do not within the steps."""
    ordered = sorted(steps)
    above = next((i for i in range(len(ordered)) if all(ratio >= FAILING for _, ratio in ordered[i:])), None)
    if not above:
        return None
    (low, under), (high, over) = ordered[above - 1], ordered[above]
    return low + (high - low) * max(0.0, FAILING - under) / max(over - under, 1e-9)


async def measure(plan: LabPlan, parts: Sequence[str]) -> None:
    """Run and print."""
    with tempfile.TemporaryDirectory(prefix="poise-headroom-") as name:
        lab = Lab(Path(name), replace(plan, rate=0.0))
        await lab.start()
        try:
            measured = await service_time(lab)
            print(f"service time measured one by one: {measured.mean_ms:.1f} ms, p99 {measured.p99_ms:.1f} ms")
            if "loss" in parts:
                await losses(lab, measured)
            if "rate" in parts:
                await rates(lab, measured)
        finally:
            await lab.stop()


async def losses(lab: Lab, measured: Measured) -> None:
    """Utilisation as it is, without one server, and under a surge."""
    rate = 0.55 * lab.plan.capacity
    made = forecast(lab, measured, Questions(lose=(("app1",),), surges=(1.5,)), rate)
    for case in made.what_if:
        found = await busy_ratio(lab, case.requests_per_second, case.lost, 20.0)
        ratio = found / case.max_utilisation
        print(
            f"{case.case:<16} {case.requests_per_second:6.1f}/s   predicted {case.max_utilisation:.3f}   measured {found:.3f}   {ratio:.3f}"
        )


async def rates(lab: Lab, measured: Measured) -> None:
    """The lowest rate with 1 % failures."""
    made = forecast(lab, measured, Questions(all=True)).headroom
    assert made is not None
    assert made.requests_per_second is not None
    print(f"predicted: 1 % fail from {made.requests_per_second:.1f} ± {made.error:.1f} requests/s on, by {made.breaks}")
    steps = []
    for factor in FACTORS:
        came, ratio = await failed_ratio(lab, factor * made.requests_per_second)
        steps.append((came, ratio))
        print(f"   {came:6.1f}/s   {100 * ratio:5.2f} % failed", flush=True)
    found = crossing(steps)
    if found is None:
        print("measured: not within these steps")
    else:
        print(f"measured: 1 % fail from {found:.1f} requests/s on; measured / predicted {found / made.requests_per_second:.3f}")


def main() -> None:
    """Read the options."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.headroom", description=__doc__.partition("\n")[0])
    parser.add_argument("--part", action="append", choices=["loss", "rate"], help="which [default: both]")
    parser.add_argument("--service-ms", type=float, default=75.0, help="of the lab's application [default: 75]")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    asyncio.run(measure(LabPlan(seed=given.seed, service_ms=given.service_ms), given.part or ["loss", "rate"]))


if __name__ == "__main__":
    main()
