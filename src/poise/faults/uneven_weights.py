"""Running weights give shares that nobody wants: 10 November 2023."""

from collections.abc import Iterable, Sequence

from poise.faults.expectations import expecting
from poise.faults.looked import looked
from poise.faults.sign import Observation
from poise.faults.steps import find_pool, persist, runtime_step, serving, weights_at_run_time
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
    remedy="Raise the other servers' weights: on HAProxy's control socket and in the file, which a reload returns to; else in the file.",
    confused_with=(
        ("server-slow", "share of requests: a slow server gets its normal share"),
        ("database-slow", "the statement mean on the database's side is at or below normal"),
        ("surge", "the request rate is at its normal"),
        ("traffic-pinned", "the weights are equal, the algorithm or a maintenance state pins the traffic"),
    ),
    changed_by=("weight",),
)
EXPECTS = expecting(
    # Servers without work give their connections to the database back.
    connections_fell=0.1,
    several_err=0.12,
    crowded_by_weight=0.85,
    attempts=0.1,
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
    for pool, prior in looked(observation, "weights", "file weights", "shares"):
        touches = (*observation.stack.downstream(pool), *(c.name for c in observation.stack.of_kind("load-balancer")))
        yield hypothesis(FAULT, f"pool {pool}", observation, EXPECTS, own=(pool,), prior=prior, touches=touches)


def plan(hypothesis: Hypothesis, window: Window) -> Plan:
    """Raise first, lower last, then the file and a reload. Wanted are the needs' ratios, else even ones, over servers that serve now."""
    name = hypothesis.component.removeprefix("pool ")
    if (found := find_pool(window, name)) is None:
        return _advice(hypothesis, f"No configuration of pool {name} was read: name its file, then ask again.")
    topology, pool = found
    split = window.needs.of(name).split
    servers = [s for s in pool.servers if serving(window, name, s)]
    if not servers:
        return _advice(hypothesis, f"No server of pool {name} serves now: weights repair nothing before one does.")
    wanted = {s.name: 1.0 if split is None or split == "even" else float(split.get(s.name, 0.0)) for s in servers}
    if not any(wanted.values()):
        return _advice(hypothesis, f"The needs of pool {name} name none of its servers that serve now: correct poise.toml.")
    running = {s.name: _running(window, name, s.name, s.weight) for s in servers}
    aim = targets(wanted, running)
    changed = sorted((s for s in aim if aim[s] != running[s]), key=lambda s: (aim[s] < running[s], s))
    dynamic = weights_at_run_time(pool.algorithm)
    steps = [_weight_step(name, s, running[s], aim[s]) for s in changed] if dynamic else []
    written, by_hand = persist(topology, name, "weight", aim)
    away = [s.name for s in pool.servers if s.name not in wanted and not s.backup]
    return Plan(
        hypothesis.fault,
        hypothesis.component,
        (*steps, *written),
        {s: w / sum(wanted.values()) for s, w in wanted.items()},
        _risk([s for s in changed if aim[s] < running[s]], away, None if dynamic else pool.algorithm.name),
        ("shares, which should be within 5 points of the wanted ones", "success ratio and p99 of clients, which should be at their normal"),
        by_hand,
    )


def _advice(hypothesis: Hypothesis, text: str) -> Plan:
    return Plan(hypothesis.fault, hypothesis.component, (), advice=text)


def _weight_step(pool: str, server: str, running: int, aim: int) -> Step:
    what = f"{'raise' if aim > running else 'lower'} the weight of {pool}/{server} from {running} to {aim}"
    return runtime_step(what, f"set server {pool}/{server} weight {aim}", f"set server {pool}/{server} weight {running}")


def _risk(lowered: Sequence[str], away: Sequence[str], static: str | None) -> str:
    said = []
    if static:
        said.append(f"balance {static} takes no weight at run time, so the reload is the change; clients may move to other servers")
    elif lowered:
        said.append(f"{', '.join(lowered)} may get nothing for 12–30 s: its weight is lowered")
    else:
        said.append("none known: weights are only raised, no server starves")
    if away:
        said.append(f"{', '.join(away)} does not serve now and keeps its weight: set it before it returns")
    return "; ".join(said)


def _running(window: Window, pool: str, server: str, written: int) -> int:
    last = window.get(f"{pool}/{server}", "weight").last()
    return written if last is None else int(last)
