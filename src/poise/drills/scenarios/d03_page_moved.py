"""A release redirects the page that is checked; the check wants a 200, and all servers are marked DOWN while they answer."""

from poise.drills.draw import Draw, tier
from poise.drills.parts import KILL_CLIENTS, RELOAD, RESTART_DATABASE, SWITCH, harmless, restart_applications, without_checks
from poise.drills.scenario import Scenario
from poise.model.drill import Act, Answer, Attempt, Change, Clue, Course


def _course(draw: Draw, seed: int, product: str) -> Course:
    stack = tier(draw, product, draw.uniform(0.35, 0.5), settings={"check_seconds": draw.choice((1, 2)), "check_fall": 2})
    release = f"4.{draw.randint(11, 29)}.0"
    up = tuple(Act("admin", values={"command": f"set server {stack.pool}/{name} health up"}) for name in stack.servers)
    return Course(
        drill="D03",
        seed=seed,
        tier=stack,
        page="PAGE web tier: outage. Success of clients {success}, p50 {p50} ms, p99 {p99} ms. Applications log nothing unusual.",
        changes=(
            Change(draw.uniform(40, 150), "application (all)", f"release {release} rolled out: internal pages as in the handbook"),
            SWITCH,
            *harmless(draw, stack, 3, "application"),
        ),
        prepare=(),
        inject=tuple(Act("app", name, {"command": "move_health", "on": True}) for name in stack.servers),
        band=(0.0, 0.15),
        answer=Answer(
            ("load-balancer", "application"), f"pool {stack.pool}", "wrong-health-check",
            ("check", "checks", "health-check", "health", "probe", "redirect", "301", "healthz", "expect"),
            f"release {release} redirects /healthz, and the check takes nothing but 200: all servers are marked DOWN, and all answer",
        ),
        clues=(
            Clue(
                "state", "which servers the load balancer holds for DOWN, and why", 'bin/admin "show servers state"; bin/admin "show stat"',
                ("show stat", "show servers state", "haproxy.log"), "down", 3.0, 64.0,
            ),
            Clue(
                "bypass", "a request past the load balancer is answered", "curl -i http://127.0.0.1:PORT/",
                ("curl", "wget"), "bypass-ms", 1.0, 6 * stack.service_ms,
            ),
            Clue("page", "what the page of health answers", "curl -i http://127.0.0.1:PORT/healthz", ("/healthz",), "down", 3.0, 64.0),
        ),
        hints=(
            "The answer comes in a millisecond. Who gives it?",
            "Ask the load balancer what it thinks of its servers, and the servers themselves.",
            "Fetch the page that is checked, as the check does, and read what the check expects.",
        ),
        fixes=(
            Attempt("check the new page", (Act("edit", r"httpchk GET /healthz", {"put": "httpchk GET /livez"}), RELOAD)),
            Attempt("expect a redirect too", (Act("edit", r"expect status 200", {"put": "expect rstatus ^(2|3)"}), RELOAD)),
        ),
        shortcuts=(*without_checks(product), Attempt("call them healthy by hand", up), KILL_CLIENTS),
        wrong_turns=(
            RESTART_DATABASE,
            restart_applications(stack),
            Attempt("restart the load balancer", (Act("restart", "load-balancer"),)),
        ),
        # Each connection that a client kept to the worker before the reload gets one more answer of it, until that is stopped.
        linger=25.0,
        spoilers=("page moved", "redirected check", "wrong health check"),
    )  # fmt: skip


SCENARIO = Scenario(
    id="D03",
    title="Everything fails at once and the applications see nothing of it",
    story="Real in kind: stricter checks and tidied addresses have made outages of their own. The figures are measured.",
    goal="to ask who gives an answer, and to tell a server's state from its health",
    difficulty=2,
    products=("haproxy",),
    course=_course,
)
