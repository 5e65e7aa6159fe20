"""Running weights give shares that nobody wants: 10 November 2023."""

from collections.abc import Iterable

from poise.faults.expectations import expecting
from poise.faults.sign import Observation
from poise.faults.steps import find_pool, persist, runtime_step
from poise.faults.weighing import hypothesis
from poise.faults.weight_targets import targets
from poise.model.diagnosis import Hypothesis
from poise.model.fault import Fault
from poise.model.plan import Plan, Step
from poise.model.sample import Window

FAULT = Fault(
    name="uneven-weights",
    layers=("load-balancer",),
    mechanism="configuration",
    title="Weights send servers more than their wanted share",
    looks_like="One server full with a queue, the others idle; all checks green; pool errors of the full one name the database.",
    speaks_against="Running weights give the wanted shares; requests are spread as wanted; all applications are equally full.",
    remedy="Raise the other servers' weights on the control socket, then write the file: a runtime change is lost at the next reload.",
    confused_with=(
        ("server-slow", "share of requests: a slow server gets its normal share"),
        ("database-slow", "the statement mean on the database's side is at or below normal"),
        ("surge", "the request rate is at its normal"),
        ("traffic-pinned", "the weights are equal, the algorithm or a maintenance state pins the traffic"),
    ),
)
EXPECTS = expecting(
    weights=0.97,
    file_weights=0.85,
    shares=0.95,
    one_saturated=0.65,
    own_time_one=0.12,
    server_errors=0.4,
    database_errors=0.35,
    database_time=0.15,
    active_sessions=0.15,
    connection_errors=0.2,
    time_before_the_application=0.2,
    servers_direct_ping=0.15,
    servers_ping=0.12,
    client_errors=0.6,
    client_latency=0.85,
)


def weigh(observation: Observation) -> Iterable[Hypothesis]:
    """One hypothesis per pool whose weights or shares are known."""
    for pool in dict.fromkeys((*observation.having("weights"), *observation.having("shares"))):
        touches = (*observation.stack.downstream(pool), *(c.name for c in observation.stack.of_kind("load-balancer")))
        yield hypothesis(FAULT, f"pool {pool}", observation, EXPECTS, own=(pool,), touches=touches)


def plan(hypothesis: Hypothesis, window: Window) -> Plan:
    """Raise first, lower last, then the file and a reload. Wanted are the needs' ratios, else even ones over the pool's active servers."""
    name = hypothesis.component.removeprefix("pool ")
    found = find_pool(window, name)
    if found is None:
        return Plan(
            hypothesis.fault, hypothesis.component, (), advice=f"No configuration of pool {name} was read: name its file, then ask again."
        )
    topology, pool = found
    split = window.needs.of(name).split
    servers = [s for s in pool.servers if not s.backup]
    wanted = {s.name: 1.0 if split is None or split == "even" else float(split.get(s.name, 0.0)) for s in servers}
    if not any(wanted.values()):
        return Plan(
            hypothesis.fault, hypothesis.component, (), advice=f"The needs of pool {name} name none of its servers: correct poise.toml."
        )
    running = {s.name: _running(window, name, s.name, s.weight) for s in servers}
    aim = targets(wanted, running)
    changed = sorted((s for s in aim if aim[s] != running[s]), key=lambda s: (aim[s] < running[s], s))
    steps: list[Step] = [
        runtime_step(
            f"{'raise' if aim[s] > running[s] else 'lower'} the weight of {name}/{s} from {running[s]} to {aim[s]}",
            f"set server {name}/{s} weight {aim[s]}",
            f"set server {name}/{s} weight {running[s]}",
        )
        for s in changed
    ]
    steps.extend(persist(topology, name, "weight", aim))
    total = sum(wanted.values())
    lowered = [s for s in changed if aim[s] < running[s]]
    risk = (
        f"{', '.join(lowered)} may get nothing for 12–30 s: its weight is lowered"
        if lowered
        else "none known: weights are only raised, no server starves"
    )
    confirm = ("shares within 5 points of the wanted ones for 5 s", "success ratio and p99 of clients at their normal for 5 s")
    return Plan(hypothesis.fault, hypothesis.component, tuple(steps), {s: w / total for s, w in wanted.items()}, risk, confirm)


def _running(window: Window, pool: str, server: str, written: int) -> int:
    last = window.get(f"{pool}/{server}", "weight").last()
    return written if last is None else int(last)
