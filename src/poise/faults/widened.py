"""The plan that raises a listener's limit of connections."""

from poise.faults.advice import advice
from poise.faults.steps import reload_step, runtime_step
from poise.model.component_label import component_label
from poise.model.diagnosis import Hypothesis
from poise.model.plan import Edit, Plan, Step
from poise.model.sample import Window

# What shows how many are connected to one of Envoy's listeners, and how many were turned away.
ENVOY_SHOWS = "curl 'ADMIN/stats?filter=^listener.*downstream_cx_(active|overflow)$', ADMIN being the address of its admin interface"
# Fewer requests at servers than this part of the connections: most of them are idle.
IDLE_PART = 0.3


def widened(hypothesis: Hypothesis, window: Window) -> Plan:
    """Fourfold at run time, then in the file where it is written there. Of HAProxy's; of the others it says where the limit stands."""
    kind, _, name = hypothesis.component.partition(" ")
    measured = (c.name for c in window.stack.of_kind("listener") if component_label("listener", c.name) == hypothesis.component)
    current = window.get(next(measured, name), "session_limit").last()
    for topology in window.topologies:
        if topology.product == "envoy" and any(listener.name == name for listener in topology.listeners):
            key = f"envoy.resource_limits.listener.{name}.connection_limit"
            act = f"raise {key}{f' from {int(current)} to {int(current) * 4}' if current else ''} in {topology.file} or its runtime."
            return advice(hypothesis, "Whoever runs Envoy", act, ENVOY_SHOWS)
        if topology.product == "nginx":
            act = (
                f"raise worker_connections (and worker_rlimit_nofile) in {topology.file} and reload: it counts connections to servers too."
            )
            return advice(
                hypothesis, "Whoever runs nginx", act, "the status page (stub_status): Active connections against workers × limit"
            )
    if not current:
        return Plan(
            hypothesis.fault, hypothesis.component, (), advice=f"The limit of {name} was not measured: 'show stat' says it as slim."
        )
    aim = int(current) * 4
    command = "set maxconn global" if kind == "load-balancer" else f"set maxconn frontend {name}"
    by_hand = _idle(window, name)
    steps: list[Step] = [
        runtime_step(f"raise maxconn of {name} from {int(current)} to {aim}", f"{command} {aim}", f"{command} {int(current)}")
    ]
    for topology in window.topologies:
        for listener in topology.listeners:
            where = listener.maxconn_location
            if listener.name == name and where is not None and listener.maxconn is not None:
                edit = Edit(where.file, where.start, where.end, listener.options.get("maxconn") or str(listener.maxconn), str(aim))
                what = f"write maxconn {aim} into {where.file}:{where.line}; a fix at run time alone is undone by the next reload"
                steps += [Step(what, "file", f"haproxy -c -f {where.file}", f"restore {where.file}", (edit,)), reload_step(topology)]
    confirm = ("accept queue of the listener, which should be empty", "p99 of clients, which should be at its normal")
    return Plan(
        hypothesis.fault,
        hypothesis.component,
        tuple(steps),
        {},
        "the servers get what waited; the global maxconn must allow it",
        confirm,
        by_hand,
    )


def _idle(window: Window, name: str) -> str:
    """Where clients hold most connections and ask nothing over them, a higher limit only moves the ceiling."""
    sessions = window.get(name, "sessions").last() or 0.0
    held = [v for c in window.stack.of_kind("server") if (v := window.get(c.name, "in_flight").last()) is not None]
    if not held or sessions < 1 or sum(held) > IDLE_PART * sessions:
        return ""
    return (
        f"Of {sessions:.0f} connections only {sum(held):.0f} carry a request: clients keep them open. Shorten `timeout http-keep-alive` "
        "(nginx keepalive_timeout, Envoy idle_timeout) as well, or the next limit is reached too."
    )
