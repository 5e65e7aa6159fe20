"""The file balances by the client's address, and all clients come from one."""

from poise.drills.draw import Draw, tier
from poise.drills.parts import KILL_CLIENTS, RAISE_LIMITS, RELOAD, RESTART_DATABASE, SWITCH, harmless, restart_applications, without_checks
from poise.drills.scenario import Scenario
from poise.model.drill import Act, Answer, Attempt, Change, Clue, Course


def _course(draw: Draw, seed: int, product: str) -> Course:
    asked = draw.uniform(1.8, 2.2)
    # The wait for a connection (2 s) and two turns of work must fit in, on a busy machine too.
    stack = tier(draw, product, asked / 4, settings={"server_timeout_ms": 6000})
    haproxy = product == "haproxy"

    def balanced(by: str) -> tuple[Act, ...]:
        pattern, put = (
            (r"^    balance source$", f"    balance {by}")
            if haproxy
            else (r"^ *ip_hash;$", "" if by == "roundrobin" else "        least_conn;")
        )
        return (Act("edit", pattern, {"put": put}), RELOAD)

    return Course(
        drill="D09",
        seed=seed,
        tier=stack,
        page="PAGE web tier: latency and errors. Success of clients {success}, p50 {p50} ms, p99 {p99} ms. Security asks: an attack?",
        changes=(
            Change(draw.uniform(60, 200), f"pool {stack.pool}", "load balancer's file deployed: carts stay where they began, reloaded"),
            Change(draw.uniform(600, 3000), "network", "all offices and the CDN come through the new egress gateway"),
            SWITCH,
            *harmless(draw, stack, 2, "load-balancer"),
        ),
        prepare=(),
        inject=(Act("settings", values={"algorithm": "source"}), RELOAD),
        band=(1 / asked - 0.15, 1 / asked + 0.15),
        answer=Answer(
            ("load-balancer",), f"pool {stack.pool}", "source-behind-nat",
            ("source", "hash", "ip", "sticky", "stickiness", "nat", "affinity", "algorithm", "pinned", "ip-hash", "address"),
            f"the pool is balanced by the client's address, and all have one: a single server gets all, {asked:.1f} times what it can do",
        ),
        clues=(
            Clue(
                "share", "what each server gets of the traffic",
                'bin/admin "show stat"' if haproxy else "cut -d'\"' -f6 access.log | sort | uniq -c",
                ("show stat", "access.log", "metrics"), "top-share", 0.9, 1.0,
            ),
            Clue(
                "client", "from how many addresses requests come", "grep -o '127[^ :]*' haproxy.log | sort | uniq -c",
                ("haproxy.log", "access.log"), "top-share", 0.9, 1.0,
            ),
            Clue(
                "file", "by what the pool is balanced", f"cat {'haproxy.cfg' if haproxy else 'nginx.conf'}",
                ("haproxy.cfg", "nginx.conf"), "top-share", 0.9, 1.0,
            ),
        ),
        hints=(
            "Compare the servers with each other before you look behind them.",
            "What decides to which server a request goes, and how many different values does that have?",
            "Count the client addresses in the log, and read by what the pool is balanced.",
        ),
        fixes=(Attempt("in turn", balanced("roundrobin")), Attempt("to the least busy", balanced("leastconn"))),
        shortcuts=(
            Attempt("raise the weight of one", (Act("edit", r"\bweight([ =])\d+", {"put": r"weight\g<1>200"}), RELOAD)),
            KILL_CLIENTS,
            *without_checks(product),
        ),
        wrong_turns=(RESTART_DATABASE, RAISE_LIMITS, restart_applications(stack)),
        spoilers=("all from one", "source hash", "behind nat"),
    )  # fmt: skip


SCENARIO = Scenario(
    id="D09",
    title="Half of the requests fail and security suspects an attack",
    story="Invented, from what vendors' manuals warn of. The figures are measured.",
    goal="to ask what decides where a request goes",
    difficulty=3,
    products=("haproxy", "nginx"),
    course=_course,
    alike=("D01", "D19"),
)
