"""The database really is slow: a trigger that a migration brought makes every write wait. The page is the one of D01."""

from poise.drills.draw import Draw, tier
from poise.drills.parts import KILL_CLIENTS, RELOAD, RESTART_DATABASE, SWITCH, harmless, restart_applications, without_checks
from poise.drills.scenario import Scenario
from poise.drills.scenarios.d01_one_server_does_all import PAGE
from poise.model.drill import Act, Answer, Attempt, Change, Clue, Course

_OFF, _ON = "ALTER TABLE items DISABLE TRIGGER items_audit", "ALTER TABLE items ENABLE TRIGGER items_audit"


def _course(draw: Draw, seed: int, product: str) -> Course:
    # A request holds its worker for the service and the write: this is what they ask for, times what there is.
    asked, load = draw.uniform(1.8, 2.1), draw.uniform(0.5, 0.6)
    # The wait for a connection (2 s) and two turns of work must fit in, or all that is served comes too late.
    stack = tier(draw, product, load, slots=(2, 3), settings={"server_timeout_ms": 6000})
    slower_ms = round(stack.service_ms * (asked / load - 1))
    heavier = Act("edit", r"\bweight([ =])\d+", {"put": r"weight\g<1>20"})
    return Course(
        drill="D19",
        seed=seed,
        tier=stack,
        page=PAGE,
        changes=(
            Change(draw.uniform(1800, 7200), f"pool {stack.pool}", "load balancer's file deployed: weights 10 to 12 for all, reloaded"),
            Change(draw.uniform(120, 600), "database main", "migration 0142 applied: audit of changes to items"),
            SWITCH,
            *harmless(draw, stack, 2, "database"),
        ),
        prepare=(Act("settings", values={"weights": dict.fromkeys(stack.servers, 12)}), RELOAD),
        inject=(Act("statement", values={"ms": slower_ms}),),
        band=(1 / asked - 0.15, 1 / asked + 0.15),
        answer=Answer(
            ("database",), "database main", "database-slow",
            ("slow", "trigger", "write", "writes", "statement", "statements", "migration", "audit", "update", "query", "queries"),
            f"each write takes {slower_ms} ms longer in the database, by a trigger of migration 0142: all servers are slow alike",
        ),
        clues=(
            Clue(
                "share", "what each server gets of the traffic", 'bin/admin "show stat"',
                ("show stat", "show servers state", "access.log", "metrics"), "top-share", 0.2, 0.4,
            ),
            Clue(
                "database", "what the database itself does", "psql -c 'select state, wait_event, query from pg_stat_activity'",
                ("pg_stat", "psql"), "database-ms", 41.0, 5000.0,
            ),
            Clue(
                "bypass", "a request past the load balancer is as slow", "curl -w '%{time_total}' http://127.0.0.1:PORT/",
                ("curl", "wget"), "bypass-ms", 2.5 * stack.service_ms, 20_000.0,
            ),
        ),
        hints=(
            "Compare the servers with each other before you look behind them.",
            "All servers are slow alike. What do they share, and how long does it take by its own account?",
            "Ask pg_stat_activity what the sessions wait for, and the change log what came to the table they write.",
        ),
        fixes=(
            Attempt("switch the trigger off", (Act("sql", _OFF),), (Act("sql", _ON),)),
            Attempt("take the trigger away", (Act("sql", "DROP TRIGGER items_audit ON items"),)),
        ),
        shortcuts=(KILL_CLIENTS, *without_checks(product), RESTART_DATABASE),
        wrong_turns=(Attempt("write the weights anew", (heavier, RELOAD)), restart_applications(stack)),
        spoilers=("slow writes", "slow trigger"),
    )  # fmt: skip


SCENARIO = Scenario(
    id="D19",
    title="Half of the requests fail and the applications blame the database",
    story="Invented, from causes that are common. The stack, the load, the errors and every figure that you see are real.",
    goal="to hold the layers against each other by measurements, whatever the last incident was",
    difficulty=3,
    products=("haproxy", "nginx"),
    course=_course,
    alike=("D01",),
)
