"""The load balancer repeats what fails or takes long: a burst of a few seconds is over, and the repeats alone keep all as bad."""

from dataclasses import replace

from poise.drills.draw import Draw, tier
from poise.drills.parts import KILL_CLIENTS, RELOAD, RESTART_DATABASE, SWITCH, harmless, restart_applications, without_checks
from poise.drills.scenario import Scenario
from poise.model.drill import Act, Answer, Attempt, Change, Clue, Course

BURST_SECONDS = 5.0


def _course(draw: Draw, seed: int, product: str) -> Course:
    load = draw.uniform(0.55, 0.65)
    factor = draw.uniform(2.8, 3.5)
    retries = draw.choice((3, 4))
    stack = tier(draw, product, load, slots=(3, 3))
    # Ordinary requests are answered in time; what waits for a few service times more is asked again while the first is still worked for.
    timeout_ms = max(100, int(stack.service_ms * draw.uniform(3.0, 3.6)))
    settings = {
        **stack.settings,
        "retries": retries,
        "retry_answers": True,
        "server_timeout_ms": timeout_ms,
        "maxconn": None,
        "bans": False,
    }
    stack = replace(stack, queue=200, settings=settings)
    burst = (
        Act("rate", values={"rate": round(stack.rate * factor, 1)}),
        Act("wait", values={"seconds": BURST_SECONDS}),
        Act("rate", values={"rate": stack.rate}),
    )
    none = (
        Act("edit", r"^    retries \d+$", {"put": "    retries 0"}),
        Act("edit", r"^    retry-on .*\n", {"put": ""}),
        RELOAD,
    )
    return Course(
        drill="D10",
        seed=seed,
        tier=stack,
        page="PAGE web tier: latency and errors for a while now. Success of clients {success}, p50 {p50} ms, p99 {p99} ms.",
        changes=(
            Change(draw.uniform(20, 60), "client", "newsletter sent"),
            Change(draw.uniform(86400, 200000), f"pool {stack.pool}", "load balancer's file deployed: shorter timeouts, retries, reloaded"),
            SWITCH,
            *harmless(draw, stack, 2, "load-balancer"),
        ),
        prepare=(),
        inject=burst,
        band=(0.0, 0.85),
        answer=Answer(
            ("load-balancer",), f"pool {stack.pool}", "retry-storm",
            ("retry", "retries", "storm", "retry-storm", "repeat", "repeats", "amplification", "metastable"),
            f"the load balancer asks {retries} times more for what takes over {timeout_ms} ms; the burst is over, the repeats are not",
        ),
        clues=(
            Clue(
                "attempts", "requests that reach the applications for one of a client", 'bin/admin "show stat"  (stot, wretr, wredis)',
                ("wretr", "show stat", "metrics", "retr"), "attempts", 1.4, 6.0,
            ),
            Clue("rate", "how many requests clients send", "cat prober.txt", ("prober", "req_rate", "show stat"), "attempts", 1.4, 6.0),
            Clue("file", "retries and timeouts in the load balancer's file", "cat haproxy.cfg", ("haproxy.cfg",), "attempts", 1.4, 6.0),
        ),
        hints=(
            "What clients send is back to normal. What reaches the applications?",
            "Count attempts for a request: who makes the others?",
            "What is repeated, how often, after what time, and how long does an answer take now?",
        ),
        fixes=(Attempt("no repeats of answers", none),),
        shortcuts=(
            Attempt("restart the applications", restart_applications(stack).acts),
            KILL_CLIENTS,
            *without_checks(product),
        ),
        wrong_turns=(RESTART_DATABASE, Attempt("restart the load balancer", (Act("restart", "load-balancer"),))),
        spoilers=("retry storm", "after the burst", "metastable"),
        again=burst,
        settle=20.0,
        # What waits in the applications is still worked for: up to 200 requests each.
        linger=25.0,
    )  # fmt: skip


SCENARIO = Scenario(
    id="D10",
    title="A short peak is over, and it does not get better",
    story="Failures of this kind are well described in the literature; this one is invented, its figures are measured.",
    goal="to tell attempts from requests, and what keeps a failure going from what began it",
    difficulty=5,
    products=("haproxy",),
    course=_course,
)
