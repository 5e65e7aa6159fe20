"""Weights of a canary that nobody took back: at night they hurt nobody, in the morning one server has nearly all to do."""

from poise.drills.draw import Draw, tier
from poise.drills.parts import (
    KILL_CLIENTS,
    RAISE_LIMITS,
    RELOAD,
    RESTART_DATABASE,
    SWITCH,
    evenly,
    harmless,
    restart_applications,
    without_checks,
)
from poise.drills.scenario import Scenario
from poise.model.drill import Act, Answer, Attempt, Change, Clue, Course

_WEIGHTS = ((200, 10), (256, 12), (180, 8), (128, 6))
PAGE = "PAGE web tier: latency and errors. Success of clients {success}, p50 {p50} ms, p99 {p99} ms. Applications log database errors."


def _course(draw: Draw, seed: int, product: str) -> Course:
    high, low = draw.choice(_WEIGHTS)
    share = high / (high + 3 * low)
    # What the one server is asked for, times what it can do: half of the requests fail, and all together use two thirds of the tier.
    asked = draw.uniform(1.9, 2.3)
    # The wait for a connection (2 s) and two turns of work must fit in, on a busy machine too.
    stack = tier(draw, product, asked / (share * 4), settings={"server_timeout_ms": 6000})
    weights = {name: high if index == stack.hot else low for index, name in enumerate(stack.servers)}
    hot = stack.servers[stack.hot]
    even = {"command": f"set server {stack.pool}/{hot} weight {low}"}
    hours = draw.uniform(2.0, 5.0)
    return Course(
        drill="D01",
        seed=seed,
        tier=stack,
        page=PAGE,
        changes=(
            Change(hours * 3600, f"pool {stack.pool}", "load balancer's file deployed: server weights for the canary, reloaded"),
            SWITCH,
            *harmless(draw, stack, 2, "load-balancer"),
        ),
        prepare=(Act("rate", values={"rate": round(stack.rate * 0.6 / asked, 1)}), Act("settings", values={"weights": weights}), RELOAD),
        inject=(Act("rate", values={"rate": stack.rate}),),
        band=(1 / asked * share + (1 - share) - 0.12, 1 / asked * share + (1 - share) + 0.14),
        answer=Answer(
            ("load-balancer",), f"pool {stack.pool}", "uneven-weights",
            ("weight", "weights", "uneven", "share", "shares", "imbalance", "canary"),
            f"the weights of the pool give {hot} {share:.0%} of the requests, {asked:.1f} times what it can do",
        ),
        clues=(
            Clue(
                "share", "what each server gets of the traffic", 'bin/admin "show stat"',
                ("show stat", "show servers state", "stats", "metrics"), "top-share", share - 0.12, 1.0,
            ),
            Clue(
                "bypass", "a request to another server, past the load balancer, is fast",
                "curl -w '%{time_total}' http://127.0.0.1:PORT/", ("curl", "wget"), "bypass-ms", 0.0, 2.5 * stack.service_ms,
            ),
            Clue(
                "database", "what the database itself does", "psql -c 'select state, wait_event, query from pg_stat_activity'",
                ("pg_stat", "psql"), "database-ms", 0.0, 40.0,
            ),
            Clue(
                "file", "the weights in the load balancer's file", "cat haproxy.cfg",
                ("haproxy.cfg", "nginx.conf"), "top-share", share - 0.12, 1.0,
            ),
        ),
        hints=(
            "Compare the servers with each other before you look behind them.",
            "Which share of the requests does each server get, and which should it get?",
            "Read the server lines of the load balancer's file, and who changed them when.",
        ),
        fixes=(
            Attempt("the same weight for all", evenly(stack)),
            Attempt("without weights", (Act("edit", r"^(    server .*) weight \d+", {"put": r"\1"}), RELOAD)),
        ),
        shortcuts=(
            Attempt("weights at run time only", (Act("admin", values=even),)),
            Attempt("take the busy server out", (Act("edit", rf"^    server {hot} .*\n", {"put": ""}), RELOAD)),
            KILL_CLIENTS,
            *without_checks(product),
        ),
        wrong_turns=(RESTART_DATABASE, RAISE_LIMITS, restart_applications(stack)),
        spoilers=("uneven", "old weights", "one server does all"),
    )  # fmt: skip


SCENARIO = Scenario(
    id="D01",
    title="Half of the requests fail and the applications blame the database",
    story="Modelled on a story that is told as of 10 November and very probably is coursework: its wrong turns are real in kind, its "
    "numbers are not measurements. The stack, the load, the errors and every figure that you see here are real.",
    goal="to compare the servers with each other before looking behind them",
    difficulty=2,
    products=("haproxy",),
    course=_course,
    alike=("D19",),
)
