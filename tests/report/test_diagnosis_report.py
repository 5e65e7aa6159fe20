"""A diagnosis as text says the layer first; as JSON it keeps the contract."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import jsonschema

from poise.model.could_not import CouldNot
from poise.model.diagnosis import Diagnosis, Hypothesis, NextTest
from poise.model.evidence import Evidence
from poise.model.plan import Plan, Step
from poise.report.diagnosis_json import to_json
from poise.report.diagnosis_text import text
from poise.report.figures_in_words import evidence, figures
from poise.report.schema import schema

START, ONSET, END = (datetime(2026, 11, 22, 7, 0, second, tzinfo=UTC) for second in (0, 10, 40))
WEIGHTS = Hypothesis(
    "uneven-weights",
    "load-balancer",
    "pool web",
    (Evidence("share of app1", 0.25, 0.98, 12.3, "show stat"), Evidence("lock waits", 0.0, 0.0, 1.0, "pg_stat_activity")),
    12.0,
    0.97,
    1,
)
LOCKED = Hypothesis(
    "database-locked",
    "database",
    "database main",
    (Evidence("sessions that wait for a lock", 5.0, 0.0, -6.2, "lock_waits"),),
    -6.0,
    0.02,
    2,
)
NEXT = NextTest("compare the weights", "echo 'show servers state' | socat - /run/haproxy.sock", ("uneven-weights",), 2.0)


def diagnosis(verdict: str = "fault", hypotheses: tuple[Hypothesis, ...] = (WEIGHTS, LOCKED)) -> Diagnosis:
    return Diagnosis(verdict, ONSET, START, END, hypotheses, (NEXT,), (CouldNot("host metrics", "not watched"),))  # type: ignore[arg-type]


def test_three_lines_say_what_is_wrong_with_the_traffic_since_when_and_what_to_do() -> None:
    plan = Plan("uneven-weights", "pool web", (Step("level the weights", "runtime", "set server web/app1 weight 1", "…"),))
    assert text(diagnosis(), plan, repair="poise fix haproxy.cfg").split("\n")[:4] == [
        "LOAD BALANCER: the weights of pool web send its servers other shares of the traffic than are wanted "
        "(share of app1: 98 %, expected 25 %)",
        "  Since 07:00:10 UTC, 30 s before the last look; 97 % sure (very likely)",
        "  Do now: poise fix haproxy.cfg  (shows its one step; with --apply it runs and proves them)",
        "",
    ]


def test_it_says_why_and_why_not_the_database() -> None:
    lines = text(diagnosis()).split("\n")
    assert "  for      share of app1: 98 %, expected 25 % (very strong)" in lines
    assert "     2 %  database, database locked: sessions that wait for a lock: 0, expected 5" in lines


def test_it_fits_a_screen_and_ends_with_what_to_do() -> None:
    plan = Plan(
        "uneven-weights", "pool web", (Step("level the weights", "runtime", "set server web/app1 weight 1", "…"),), risk="none known"
    )
    lines = text(diagnosis(), plan).split("\n")
    assert lines[2:5] == ["  Do now: one step:", "    1. level the weights", "       set server web/app1 weight 1"]
    assert len(lines) <= 24


def test_advice_where_poise_can_do_nothing() -> None:
    assert "Do now: end the transaction" in text(diagnosis(), Plan("database-locked", "database main", (), advice="end the transaction"))


def test_advice_begins_with_its_command() -> None:
    told = text(diagnosis(), Plan("database-locked", "database main", (), advice="database team: end it. Begin with: psql -c 'SELECT 1'"))
    assert "  Do now: psql -c 'SELECT 1'\n          database team: end it.\n" in told


def test_a_command_with_words_to_fill_in_gives_way_to_one_with_real_names() -> None:
    plan = Plan("uneven-weights", "pool web", (), advice="application team: look. Begin with: curl http://SERVER/healthz")
    assert f"  Do now: {NEXT.command}\n          application team: look.\n" in text(diagnosis(), plan)


def test_who_is_to_blame_may_be_surer_than_what_it_is() -> None:
    slow = replace(LOCKED, fault="database-slow", probability=0.26)
    told = text(diagnosis("fault", (replace(LOCKED, probability=0.71, rank=1), slow, WEIGHTS)))
    assert "; 97 % sure (very likely) that it is the database, 71 % that it is this\n" in told


def test_of_several_load_balancers_the_one_to_blame_is_named() -> None:
    assert "the weights of pool web of lb2 send" in text(diagnosis("fault", (replace(WEIGHTS, load_balancer="lb2"), LOCKED)))


def test_no_fault_and_no_answer_are_said_plainly() -> None:
    well = Hypothesis("none", "none", "client", (), 3.0, 0.96, 1)
    assert text(diagnosis("none", (well,))).startswith("NO FAULT: the service is well")
    told = text(diagnosis("undetermined"))
    assert told.startswith("CANNOT TELL YET: most likely the load balancer: the weights of pool web")
    # "94 % sure" below "cannot tell" is a contradiction.
    assert "by what was seen, which is too little to be sure" in told and " % sure" not in told
    assert "Look now: echo 'show servers state' | socat - /run/haproxy.sock  (compare the weights)" in text(diagnosis("undetermined"))
    assert text(diagnosis("undetermined", ())).startswith("CANNOT TELL: nothing was measured")


def test_what_could_not_be_measured_is_said() -> None:
    assert "could not host metrics: not watched" in text(diagnosis())


def test_hostile_names_cannot_reach_the_terminal() -> None:
    hostile = Hypothesis("uneven-weights", "load-balancer", "pool \x1b[2J\nweb", (), 1.0, 0.9, 1)
    assert "\x1b" not in text(diagnosis("fault", (hostile,)))


def test_json_keeps_the_contract() -> None:
    made = to_json(diagnosis())
    jsonschema.validate(made, json.loads(schema("diagnose")), format_checker=jsonschema.FormatChecker())
    assert made["onset"] == "2026-11-22T07:00:10Z"
    assert made["window"] == {"from": "2026-11-22T07:00:00Z", "to": "2026-11-22T07:00:40Z"}
    assert made["hypotheses"][0]["evidence"][0] == {
        "observable": "share of app1",
        "expected": 0.25,
        "observed": 0.98,
        "bits": 12.3,
        "source": "show stat",
    }


def reasons(*others: tuple[str, tuple[Evidence, ...]]) -> str:
    found = [Hypothesis(fault, "database", "database main", against, -6.0, 0.02, 2) for fault, against in others]
    return text(diagnosis("fault", (WEIGHTS, *found))).split("Why not the others")[1]


def test_a_layer_is_ruled_out_by_its_own_figures_first() -> None:
    shared = Evidence("share of app1", 0.25, 0.98, -9.0, "show stat")
    clients = Evidence("p99 of clients, ms", 500, 17.5, -4.0, "client p99_ms")
    statement = Evidence("statement mean on the side of database main, ms", 0.2, 0.2, -2.5, "statement_ms")
    waits = Evidence("sessions of database main that wait for a lock", 0, 0.0, -1.5, "lock_waits")
    told = reasons(("database-slow", (shared, clients, statement)), ("database-locked", (shared, clients, waits)))
    assert "     2 %  database, database slow: statement mean on the side of database main: 0.2 ms, as expected\n" in told
    assert "p99" not in told
    assert "share of app1" not in told


def test_where_a_layer_has_no_figures_of_its_own_another_speaks_that_the_leader_does_not_explain() -> None:
    shared = Evidence("share of app1", 0.25, 0.98, -9.0, "show stat")
    told = reasons(("database-slow", (shared, Evidence("p99 of clients, ms", 500, 17.5, -4.0, "client p99_ms"))))
    assert "database slow: p99 of clients: 17.5 ms, expected 500 ms" in told


def test_ratios_are_per_cent_and_equal_figures_are_as_expected() -> None:
    def line(observable: str, expected: float | str | None, observed: float | str | None) -> str:
        return evidence(Evidence(observable, expected, observed, -3.1, "…"))

    assert line("share of app2's slots in use", 1.0, 1) == "share of app2's slots in use: 100 %, as expected (strong)"
    assert line("success ratio of clients", 1.0, 0.9977) == "success ratio of clients: 99.8 %, expected 100 % (strong)"
    assert line("5xx ratio of web/app1 against its peers", 0.0, 0.0042) == (
        "5xx ratio of web/app1 against its peers: 0.42 %, expected 0 % (strong)"
    )
    assert line("accept queue", "below 5", 0.25) == "accept queue: 0.25, expected below 5 (strong)"
    assert line("lock waits", None, 3) == "lock waits: 3 (strong)"


def test_nothing_seen_is_not_called_well() -> None:
    nothing = Hypothesis("none", "none", "stack", (), 1.0, 0.6, 1)
    quiet = Hypothesis("none", "none", "stack", (Evidence("lock waits", 0, 0, 0.1, "lock_waits"),), 1.0, 0.6, 1)
    assert text(diagnosis("undetermined", (nothing,))).startswith("CANNOT TELL: nothing was measured")
    assert text(diagnosis("undetermined", (quiet,))).startswith("CANNOT TELL YET: no fault shows, and too little was seen")


def test_units_stand_behind_their_figures() -> None:
    def said(observable: str, expected: float | str, observed: float | str) -> str:
        return figures(Evidence(observable, expected, observed, 3.0, "…"))

    assert said("p99 of clients, ms", 1156.0, 3303.4) == "p99 of clients: 3303 ms, expected 1156 ms"
    assert said("p99 of clients, ms", 250.0, 30_120.0) == "p99 of clients: 30.1 s, expected 250 ms"
    assert said("timeout server of web, ms, against an ordinary answer of 570 ms", "above 1139", 4400.0) == (
        "timeout server of web, against an ordinary answer of 570 ms: 4400 ms, expected above 1139 ms"
    )
    assert (
        said("servers of web that checks removed", 0, "2: app1, app2") == "servers of web that checks removed: 2 (app1, app2), expected 0"
    )
    assert said("longest silence of lb1, s", 0, 5.0) == "longest silence of lb1: 5 s, expected 0 s"


def test_a_change_is_told_without_what_was_expected_and_not_at_length() -> None:
    told = evidence(
        Evidence("change to lb1 before the onset", "none", "haproxy.cfg was edited; " + "weights moved, " * 40, 2.0, "change log")
    )
    assert "expected" not in told
    assert len(told) < 190 and told.endswith("… (moderate)")


def test_steps_of_one_kind_are_told_by_the_first_of_them() -> None:
    steps = tuple(Step(f"raise app{i}", "runtime", f"set server web/app{i} weight 9", "…") for i in range(1, 51))
    plan = Plan("uneven-weights", "pool web", (*steps, Step("reload", "reload", "systemctl reload haproxy", "…")))
    lines = text(diagnosis(), plan).split("\n")
    assert "    …  47 more like these, to set server web/app50 weight 9" in lines
    assert "    51. reload" in lines and len(lines) < 30


def test_what_is_over_says_when_and_what_keeps_it_away() -> None:
    over = replace(diagnosis(), ended=ONSET.replace(second=30))
    plan = Plan("uneven-weights", "pool web", (Step("level the weights", "runtime", "set server web/app1 weight 1", "…"),))
    told = text(over, plan, repair="poise fix haproxy.cfg").split("\n")
    assert told[0].startswith("OVER, nothing is wrong now. From 07:00:10 to 07:00:30 UTC it was the load balancer: the weights of pool web")
    assert told[1] == "  It lasted 20 s; well since, for 10 s; 97 % sure (very likely)"
    assert told[2].startswith("  Nothing to repair now. So that it does not come back: ")
    assert not any("poise fix" in line or "weight 1" in line for line in told)
    assert to_json(over)["ended"] == "2026-11-22T07:00:30Z"


def test_what_load_balancers_do_differently_is_told() -> None:
    told = text(replace(diagnosis(), differences=("pool web: app1 runs with weight 1 on lb1 and 200 on lb2",)))
    assert "  The load balancers differ\n    pool web: app1 runs with weight 1 on lb1 and 200 on lb2\n" in told


def test_nothing_measured_has_no_times_and_no_commands() -> None:
    empty = Hypothesis("none", "none", "stack", (), 0.0, 1.0, 1)
    told = text(diagnosis("undetermined", (empty,)))
    assert told == "CANNOT TELL: nothing was measured; what stood in the way is below\ncould not host metrics: not watched\n"
