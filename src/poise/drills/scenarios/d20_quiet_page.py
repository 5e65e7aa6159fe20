"""Nothing is wrong: a monitor gives up after a time that an ordinary request takes now and then."""

from poise.drills.draw import Draw, tier
from poise.drills.parts import RELOAD, RESTART_DATABASE, SWITCH, harmless, restart_applications
from poise.drills.scenario import Scenario
from poise.model.drill import Act, Answer, Attempt, Change, Clue, Course


def _course(draw: Draw, seed: int, product: str) -> Course:
    stack = tier(draw, product, draw.uniform(0.4, 0.5))
    name = draw.choice(("probe-eu-2", "probe-north", "synthetic-b"))
    # Service times are lognormal with a mean of service_ms: four in five take longer than this.
    timeout_ms = round(stack.service_ms * 0.75)
    weights = dict.fromkeys(stack.servers, 12)
    return Course(
        drill="D20",
        seed=seed,
        tier=stack,
        page=f"PAGE web tier: {name} reports failures, 3 in a row. Success of clients {{success}}, p50 {{p50}} ms, p99 {{p99}} ms.",
        changes=(
            Change(draw.uniform(1800, 9000), f"pool {stack.pool}", "load balancer's file deployed: weights 10 to 12 for all, reloaded"),
            SWITCH,
            *harmless(draw, stack, 3, "load-balancer"),
        ),
        prepare=(Act("settings", values={"weights": weights}), RELOAD),
        inject=(Act("probe", name, {"timeout_ms": timeout_ms, "count": 12}),),
        band=(0.99, 1.0),
        answer=Answer(
            ("none",), "monitoring", "none", ("none", "probe", "noise", "nothing", "false-alarm"),
            f"nothing is wrong: {name} gives up after {timeout_ms} ms, and most requests take longer than that when all is well",
        ),
        clues=(
            Clue("clients", "what clients feel", "cat prober.txt", ("prober", "status"), "failing-share", 0.0, 0.01),
            Clue("probe", "after what time the monitor gives up", f"cat {name}.log", (name,), "failing-share", 0.0, 0.01),
            Clue(
                "share", "what each server gets of the traffic", 'bin/admin "show stat"',
                ("show stat", "access.log", "metrics"), "top-share", 0.2, 0.4,
            ),
        ),
        hints=(
            "Who is hurt, and who says so?",
            "Hold what the alert measures against what clients feel.",
            "An incident may be none: say so, with the figures, and leave the stack alone.",
        ),
        fixes=(Attempt("change nothing", ()),),
        shortcuts=(
            Attempt("write the weights anew", (Act("edit", r"\bweight([ =])12\b", {"put": r"weight\g<1>11"}), RELOAD)),
            Attempt("restart the load balancer and the applications", (Act("restart", "load-balancer"), *restart_applications(stack).acts)),
        ),
        wrong_turns=(RESTART_DATABASE,),
        spoilers=("nothing is wrong", "noisy probe", "false alarm", "no fault"),
        touch=False,
    )  # fmt: skip


SCENARIO = Scenario(
    id="D20",
    title="A monitor reports failures after a day of many changes",
    story="Pages like this one come every week. The monitor's figures and the clients' are measured, not made up.",
    goal="to ask who is hurt before anything is changed, and to be able to say that it is nothing",
    difficulty=2,
    products=("haproxy", "nginx"),
    course=_course,
)
