"""One server answers 500 at once; who sends to the least busy sends there, and every check is green."""

from poise.drills.draw import Draw, tier
from poise.drills.parts import KILL_CLIENTS, RELOAD, RESTART_DATABASE, SWITCH, harmless, without_checks
from poise.drills.scenario import Scenario
from poise.model.drill import Act, Answer, Attempt, Change, Clue, Course


def _course(draw: Draw, seed: int, product: str) -> Course:
    stack = tier(draw, product, draw.uniform(0.33, 0.42), slots=(5, 6), settings={"algorithm": "least-connections"})
    hot = stack.servers[stack.hot]
    # The three others have one request each nearly all of the time: they get the next when nobody else is idle but the one that fails.
    served = min(3 / (stack.service_ms / 1000.0 + 2 / stack.rate) / stack.rate, 0.75)
    out = Act("edit", rf"^(    server {hot} .*)$", {"put": r"\1 disabled"})
    watched = Act("edit", r"^(    default-server check .*)$", {"put": r"\1 observe layer7 error-limit 10 on-error mark-down"})
    return Course(
        drill="D02b",
        seed=seed,
        tier=stack,
        page="PAGE web tier: error rate. Success of clients {success}, p50 {p50} ms, p99 {p99} ms. All servers are UP.",
        changes=(
            Change(draw.uniform(30, 90), f"application {hot}", "release 4.18.3 on one host, for a day"),
            Change(draw.uniform(1800, 5400), f"pool {stack.pool}", "load balancer's file deployed: leastconn as elsewhere, reloaded"),
            SWITCH,
            *harmless(draw, stack, 2, "application"),
        ),
        prepare=(),
        inject=(Act("app", hot, {"command": "fail", "ratio": 1.0}),),
        band=(0.6 * served - 0.05, min(1.5 * served + 0.1, 0.85)),
        answer=Answer(
            ("application", "load-balancer"), f"server {stack.pool}/{hot}", "server-errors",
            ("errors", "error", "500", "5xx", "release", "black", "blackhole", "hole", "exception", "leastconn"),
            f"{hot} answers 500 in a millisecond, so it is always the least busy, and most requests go there",
        ),
        clues=(
            Clue(
                "errors", "answers 5xx by server", 'bin/admin "show stat"  (hrsp_5xx)',
                ("show stat", "hrsp_5xx", "haproxy.log"), "failing-share", 0.15, 1.0,
            ),
            Clue(
                "share", "what each server gets of the traffic", 'bin/admin "show stat"  (stot)',
                ("show stat", "stot", "metrics"), "top-share", 0.4, 1.0,
            ),
            Clue("log", "what the application says", f"tail {hot}.log", (f"{hot}.log",), "top-share", 0.4, 1.0),
        ),
        hints=(
            "UP says that the check is answered. What do the requests get?",
            "Compare the servers: answers 5xx, and requests.",
            "Take the one out that fails, and see what makes it so attractive.",
        ),
        fixes=(
            Attempt("take it out of service", (out, RELOAD)),
            Attempt("take it out, and mark down who answers with errors", (out, watched, RELOAD)),
        ),
        shortcuts=(
            Attempt("take it out at run time only", (Act("admin", values={"command": f"set server {stack.pool}/{hot} state maint"}),)),
            Attempt("another algorithm", (Act("edit", "balance leastconn", {"put": "balance roundrobin"}), RELOAD)),
            KILL_CLIENTS,
            *without_checks(product),
        ),
        wrong_turns=(RESTART_DATABASE, Attempt(f"restart {hot}", (Act("restart", hot),))),
        spoilers=("quick answers", "black hole", "fails fast"),
    )  # fmt: skip


SCENARIO = Scenario(
    id="D02b",
    title="Most requests fail while every server is UP",
    story="Amazon tells of one like it: few servers that returned blank pages fast attracted the visits. This one is invented, and its "
    "figures are measured.",
    goal="to read answers and not states",
    difficulty=3,
    products=("haproxy",),
    course=_course,
)
