"""The listener takes fewer connections than clients hold: they wait in the kernel, and no row of the load balancer shows it."""

from poise.drills.draw import Draw, tier
from poise.drills.parts import KILL_CLIENTS, RELOAD, RESTART_DATABASE, SWITCH, harmless, restart_applications, without_checks
from poise.drills.scenario import Scenario
from poise.model.drill import Act, Answer, Attempt, Change, Clue, Course


def blocked(places: int, offered: float) -> float:
    """The share of requests that find all places taken (Erlang's B), with so many at once on average. A connection that waits is not
    taken before another one closes, and those that are taken are kept alive: so waiting is being lost."""
    share = 1.0
    for number in range(1, places + 1):
        share = offered * share / (number + offered * share)
    return share


def _course(draw: Draw, seed: int, product: str) -> Course:
    stack = tier(draw, product, draw.uniform(0.5, 0.6), slots=(4, 5))
    offered = stack.rate * stack.service_ms / 1000.0
    wanted = draw.uniform(0.11, 0.16)
    limit = min(range(1, 60), key=lambda places: abs(blocked(places, offered) - wanted))
    served = 1 - blocked(limit, offered)
    raised = Act("edit", r"^(    maxconn )\d+$", {"put": r"\g<1>2000"})
    return Course(
        drill="D05",
        seed=seed,
        tier=stack,
        page="PAGE web tier: clients time out. Success of clients {success}, p50 {p50} ms, p99 {p99} ms. No errors on the load balancer.",
        changes=(
            Change(draw.uniform(30, 120), "listener http", "load balancer's file deployed: limits as in the new template, reloaded"),
            SWITCH,
            *harmless(draw, stack, 3, "load-balancer"),
        ),
        prepare=(),
        inject=(Act("settings", values={"listener_maxconn": limit}), RELOAD),
        # Worse than lost: when a place is free at last, who waited has often left, and is served all the same (measured: 56 % where 78 %
        # would be). How often depends on which connections the clients use again.
        band=(served - 0.4, min(served + 0.08, 0.97)),
        answer=Answer(
            ("load-balancer",), "listener http", "listener-maxconn",
            ("maxconn", "limit", "limits", "ceiling", "sessions", "session", "connections", "listener"),
            f"the listener takes {limit} connections, and clients want {offered:.0f} on average, often more: those wait in the kernel",
        ),
        clues=(
            Clue(
                "listener", "sessions of the listener and their limit", 'bin/admin "show stat"  (scur, slim)',
                ("show stat", "show info", "slim", "scur"), "listener-full", 0.9, 1.1,
            ),
            Clue("file", "maxconn in the load balancer's file", "cat haproxy.cfg", ("haproxy.cfg",), "listener-full", 0.9, 1.1),
            Clue("queue", "connections that wait to be accepted", "ss -ltn", ("ss -", "netstat"), "listener-full", 0.9, 1.1),
        ),
        hints=(
            "The clients and the load balancer do not agree. Which requests does the one see that the other does not?",
            "What limits how many clients may be connected at once, and how many are?",
            "Hold scur against slim of the frontend, and read what the new template brought.",
        ),
        fixes=(Attempt("raise the limit in the file", (raised, RELOAD)),),
        shortcuts=(
            Attempt("raise the limit at run time only", (Act("admin", values={"command": "set maxconn frontend http 1500"}),)),
            KILL_CLIENTS,
            *without_checks(product),
        ),
        wrong_turns=(
            RESTART_DATABASE,
            restart_applications(stack),
            Attempt("raise the limits of the servers", (Act("edit", r"^(    server .* maxconn )\d+", {"put": r"\g<1>500"}), RELOAD)),
        ),
        spoilers=("full listener", "session ceiling", "listener-maxconn"),
    )  # fmt: skip


SCENARIO = Scenario(
    id="D05",
    title="Some clients time out and no dashboard of ours shows an error",
    story="Real in kind: limits of a template that nobody held against the number of clients. The figures are measured.",
    goal="to hold what clients see against what the load balancer sees, and a limit against its use",
    difficulty=3,
    products=("haproxy",),
    course=_course,
)
