"""The applications have moved, their name says so, and the load balancer goes on with the answer that it got long ago."""

from dataclasses import replace

from poise.drills.draw import Draw, tier
from poise.drills.parts import KILL_CLIENTS, RELOAD, RESTART_DATABASE, SWITCH, harmless, restart_applications
from poise.drills.scenario import Scenario
from poise.model.drill import Act, Answer, Attempt, Change, Clue, Course


def _course(draw: Draw, seed: int, product: str) -> Course:
    hours = draw.choice((1, 2, 6, 12))
    stack = replace(tier(draw, product, draw.uniform(0.35, 0.5), settings={"resolve_seconds": hours * 3600}), resolved=True)
    moved = (Act("wait", values={"seconds": 1.0}), Act("move"))
    return Course(
        drill="D08",
        seed=seed,
        tier=stack,
        page="PAGE web tier: outage, 502. Success of clients {success}, p50 {p50} ms, p99 {p99} ms. Nobody changed the load balancer.",
        changes=(
            Change(draw.uniform(40, 120), "host", "applications moved to the new hosts, as announced; names were updated with them"),
            SWITCH,
            *harmless(draw, stack, 3, "load-balancer"),
        ),
        prepare=(),
        inject=moved,
        band=(0.0, 0.1),
        answer=Answer(
            ("load-balancer",), f"pool {stack.pool}", "stale-backend",
            ("stale", "dns", "name", "names", "resolve", "resolver", "resolved", "ttl", "valid", "cache", "cached", "address", "old"),
            f"the load balancer keeps the address of a name for {hours} h, and the applications are at another one now",
        ),
        clues=(
            Clue(
                "log", "to which address the load balancer connects", "tail nginx.log",
                ("nginx.log", "access.log"), "failing-share", 0.9, 1.0,
            ),
            Clue(
                "name", "what the name is now", "dig @127.0.0.1 -p PORT apps.internal",
                ("dig", "nslookup", "getent", "host "), "failing-share", 0.9, 1.0,
            ),
            Clue(
                "bypass", "a request past the load balancer is fast", "curl -w '%{time_total}' http://127.0.0.1:PORT/",
                ("curl", "wget"), "bypass-ms", 1.0, 8 * stack.service_ms,
            ),
        ),
        hints=(
            "The applications answer you. What does the load balancer get from them?",
            "Hold the address in its log against the one that the name has now.",
            "For how long does the file say that an answer of the resolver is good? They will move again.",
        ),
        fixes=(Attempt("keep answers for seconds", (Act("edit", r"valid=\d+s", {"put": "valid=5s"}), RELOAD)),),
        shortcuts=(Attempt("reload", (RELOAD,)), Attempt("restart the load balancer", (Act("restart", "load-balancer"),)), KILL_CLIENTS),
        wrong_turns=(RESTART_DATABASE, restart_applications(stack)),
        spoilers=("stale", "moved away", "old address"),
        again=(Act("move"),),
        settle=10.0,
    )  # fmt: skip


SCENARIO = Scenario(
    id="D08",
    title="Everything answers 502, and the load balancer was not changed for weeks",
    story="Modelled on published accounts of proxies that look a name up once; names are invented, the figures are measured.",
    goal="to hold what a program remembers against what is so now",
    difficulty=3,
    products=("nginx",),
    course=_course,
)
