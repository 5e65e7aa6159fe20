"""The server that answers for all sites that nobody named leads to a pool of which every server was ended."""

from poise.drills.draw import Draw, tier
from poise.drills.parts import KILL_CLIENTS, RELOAD, RESTART_DATABASE, SWITCH, harmless, restart_applications
from poise.drills.scenario import Scenario
from poise.model.drill import Act, Answer, Attempt, Change, Clue, Course

_FIRST = r"^    server \{\n        listen (\S+) backlog=1500;\n        server_name http;"


def _course(draw: Draw, seed: int, product: str) -> Course:
    stack = tier(draw, product, draw.uniform(0.35, 0.5))
    old = draw.choice(("legacy", "intranet", "archive", "campaign"))
    site = f"{stack.pool.replace('_', '-')}.example"
    two = (
        f"    upstream {old} {{\n        zone {old} 128k;\n        server NOBODY;\n        server NOBODY weight=2;\n    }}\n\n"
        f"    server {{\n        listen \\1 backlog=1500 default_server;\n        server_name {old}.example;\n"
        f"        location / {{\n            proxy_pass http://{old};\n        }}\n    }}\n\n"
        f"    server {{\n        listen \\1;\n        server_name {site};"
    )
    neutral = (
        Act("edit", r" default_server;", {"put": ";"}),
        Act("edit", rf"^(        listen \S+);\n(        server_name {site};)", {"put": r"\1 default_server;\n\2"}),
        RELOAD,
    )
    return Course(
        drill="D12",
        seed=seed,
        tier=stack,
        page="PAGE web tier: 502 on several sites. Success of clients {success}, p50 {p50} ms, p99 {p99} ms. No one touched those sites.",
        changes=(
            Change(draw.uniform(50, 200), f"application {old}", f"the servers of {old}.example were ended: it has no visitors any more"),
            Change(draw.uniform(3000, 9000), "load-balancer lb1", "OpenSSL updated, restarted"),
            SWITCH,
            *harmless(draw, stack, 2, "load-balancer"),
        ),
        prepare=(),
        inject=(Act("edit", _FIRST, {"put": two}), RELOAD),
        band=(0.0, 0.05),
        answer=Answer(
            ("load-balancer",), "listener http", "wrong-route",
            ("route", "default", "default-server", "upstream", "pool", "host", "site", "sites", "upstreams", "catch-all"),
            f"all sites that no server names are led to the pool of {old}.example, and its servers were ended",
        ),
        clues=(
            Clue("log", "which pool has no live upstreams", "tail nginx.log", ("nginx.log",), "failing-share", 0.9, 1.0),
            Clue("host", "a site that is named is served", f"curl -H 'Host: {site}' http://LB/", ("host:",), "failing-share", 0.9, 1.0),
            Clue(
                "bypass", "a request past the load balancer is fast", "curl -w '%{time_total}' http://127.0.0.1:PORT/",
                ("curl", "wget"), "bypass-ms", 1.0, 8 * stack.service_ms,
            ),
        ),
        hints=(
            "Some sites are served and some are not. What do those that are not have in common?",
            "Read the load balancer's own words about the pools that it asks.",
            "Which server of the file answers for a Host that none of them names, and where does it lead?",
        ),
        fixes=(
            Attempt("let a live site be the default", neutral),
            Attempt(
                "lead the default to the live pool",
                (Act("edit", rf"proxy_pass http://{old};", {"put": f"proxy_pass http://{stack.pool};"}), RELOAD),
            ),
        ),
        shortcuts=(
            Attempt("try its servers for ever", (Act("edit", r"^(        server \S+ weight=2);", {"put": r"\1 max_fails=0;"}), RELOAD)),
            KILL_CLIENTS,
        ),
        wrong_turns=(
            RESTART_DATABASE,
            restart_applications(stack),
            Attempt("restart the load balancer", (Act("restart", "load-balancer"),)),
        ),
        spoilers=("unknown sites", "dead default", "default pool"),
    )  # fmt: skip


SCENARIO = Scenario(
    id="D12",
    title="Several sites answer 502 at once, and nobody touched them",
    story="Modelled on a published postmortem of an ingress that failed for hours; names are invented, the figures are measured.",
    goal="to ask which rule a request met before asking who answers",
    difficulty=3,
    products=("nginx",),
    course=_course,
)
