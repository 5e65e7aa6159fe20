"""Names in poise.toml that nothing bears: a slip is told as one, another configuration's names in a remark, and no rule divides by them."""

import re
from datetime import date
from pathlib import Path

import pytest
from tests.work import steps

from poise.app.audit import AuditOptions, audit
from poise.app.predict import predict
from poise.app.similar_names import Similar, Slips
from poise.app.unmatched import matched
from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import parse
from poise.model.audit import Audit
from poise.model.needs import Needs, PoolNeeds
from poise.reading.read import Sources
from poise.report import findings_json, forecast_text

CONFIG = """\
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    option httpchk GET /healthz
    default-server check
frontend in
    bind :8080
    use_backend api if { path_beg /api }
    default_backend web
backend web
    balance roundrobin
    server app1 10.0.0.1:8080
    server app2 10.0.0.2:8080
backend api
    balance roundrobin
    server api1 10.0.1.1:8080
    server api2 10.0.1.2:8080
"""


def audited(folder: Path, needs: str, config: str = CONFIG) -> Audit:
    (folder / "haproxy.cfg").write_text(config)
    (folder / "poise.toml").write_text(needs)
    return audit(Sources((str(folder / "haproxy.cfg"),)), AuditOptions(), date(2026, 1, 1))


def test_a_slip_in_a_pools_name_is_something_that_could_not_be_done(tmp_path: Path) -> None:
    made = audited(tmp_path, "# needs\n[pool.wbe]\nsurvive = 1\n")
    assert [(c.what, c.line) for c in made.could_not] == [(str(tmp_path / "poise.toml"), 2)]
    assert "names no pool that was read" in made.could_not[0].reason
    assert "Did you mean `web`?" in made.could_not[0].reason
    forecast = predict(Sources((str(tmp_path / "haproxy.cfg"),)))
    assert forecast.could_not == made.could_not


def test_pools_of_another_configuration_are_one_remark(tmp_path: Path) -> None:
    made = audited(tmp_path, "[pool.web]\nsurvive = 1\n[pool.checkout]\nsurvive = 1\n[pool.web2]\nsurvive = 1\n")
    assert made.could_not == ()
    assert [(r.line, "`checkout`, `web2`" in r.text) for r in made.remarks] == [(3, True)]
    assert findings_json.to_json(made)["remarks"][0]["line"] == 3
    forecast = predict(Sources((str(tmp_path / "haproxy.cfg"),)))
    assert forecast.remarks == made.remarks
    assert "note: " in forecast_text.text(forecast)


def test_a_split_with_an_unknown_server_does_not_count(tmp_path: Path) -> None:
    made = audited(tmp_path, "[pool.web]\nsplit = {app1 = 1, appp2 = 1}\n")
    assert [f.rule for f in made.findings] == []
    assert [c.reason for c in made.could_not] == [
        "`pool.web.split` names `appp2`, which no server of the pool is called, so the split does not count: did you mean `app2`?"
    ]
    forecast = predict(Sources((str(tmp_path / "haproxy.cfg"),)))
    assert [check for pool in forecast.pools for check in pool.needs] == []


def test_a_server_that_gets_nothing_is_not_told_in_billions(tmp_path: Path) -> None:
    three = CONFIG + "    server api3 10.0.1.3:8080\n"
    made = audited(tmp_path, "[pool.api]\nsplit = {api1 = 1, api2 = 1, api3 = 0}\n", three)
    assert [f.rule for f in made.findings] == ["uneven-weights"]
    assert "poise.toml gives it nothing" in made.findings[0].message
    assert "e+0" not in made.findings[0].why


UNEVEN = CONFIG.replace("10.0.0.1:8080", "10.0.0.1:8080 weight 9")
ACCEPTED = '[accept.uneven-weights]\nby = "me"\nbecause = "so"\nuntil = 2027-01-31\n'


def test_an_acceptance_for_a_pool_that_was_not_read_is_a_remark(tmp_path: Path) -> None:
    made = audited(tmp_path, ACCEPTED + 'pool = "checkout"\n')
    assert (made.could_not, made.findings) == ((), ())
    assert [r.text for r in made.remarks] == ["[accept.uneven-weights] is about the pool `checkout`, which is not in what was read"]


def test_a_slip_in_the_pool_of_an_acceptance_is_one_as_in_the_needs(tmp_path: Path) -> None:
    made = audited(tmp_path, ACCEPTED + 'pool = "wbe"\n')
    said = "is about the pool `wbe`, which is not in what was read, so it accepts nothing. Did you mean `web`?"
    assert [(c.line, c.reason) for c in made.could_not] == [(1, f"[accept.uneven-weights] {said}")]
    # Where that pool has an acceptance of its own, this one may be another configuration's.
    double = ACCEPTED.replace("[", "[[").replace("]", "]]")
    made = audited(tmp_path, f'{double}pool = "wbe"\n{double}pool = "web"\n')
    assert (made.could_not, len(made.remarks)) == ((), 1)


@pytest.mark.parametrize(
    ("needs", "line"),
    [
        ("[pool.web]\nsurvive = 1\nsplit = {app1 = 1, appp2 = 1}\n", 3),
        ("[pool.api]\nsplit = 'even'\n[pool.web.split]\napp1 = 1\n'appp2' = 1\n", 5),
        ("[pool.web]\nsplit.app1 = 1\nsplit.appp2 = 1\n", 3),
    ],
)
def test_a_wrong_name_in_a_split_is_told_at_its_own_line(needs: str, line: int, tmp_path: Path) -> None:
    assert [c.line for c in audited(tmp_path, needs).could_not] == [line]


def test_an_acceptance_that_ends_in_many_years_is_a_remark(tmp_path: Path) -> None:
    made = audited(tmp_path, ACCEPTED.replace("2027-01-31", "9999-12-31") + 'pool = "web"\n')
    assert [(r.line, r.text.partition(",")[0]) for r in made.remarks] == [(1, "[accept.uneven-weights] ends on 9999-12-31")]


@pytest.mark.parametrize("key", ["by", "because"])
def test_an_acceptance_that_leaves_open_who_or_why_accepts_nothing(key: str, tmp_path: Path) -> None:
    wrong = re.sub(rf"^{key} = .*$", f'{key} = " "', ACCEPTED, flags=re.MULTILINE)
    made = audited(tmp_path, wrong + 'pool = "web"\n', UNEVEN)
    assert [(c.line, c.reason.partition(",")[0]) for c in made.could_not] == [
        ({"by": 2, "because": 3}[key], f"`accept.uneven-weights.{key}` is empty")
    ]
    assert ["uneven-weights" in {f.rule for f in made.findings}, made.accepted] == [True, ()]


def test_the_needs_beside_a_file_at_hand_are_named_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audited(tmp_path, ACCEPTED.replace("uneven-weights", "uneven-wieghts"))
    monkeypatch.chdir(tmp_path)
    for path in (".", "haproxy.cfg", "./haproxy.cfg"):
        made = audit(Sources((path,)), AuditOptions(), date(2026, 11, 22))
        assert [c.what for c in made.could_not] == ["poise.toml"]
    assert "did you mean `uneven-weights`?" in made.could_not[0].reason


def test_an_acceptance_for_a_server_that_the_pool_lacks_says_so(tmp_path: Path) -> None:
    made = audited(tmp_path, ACCEPTED + 'pool = "web"\nserver = "app9"\n')
    assert [f.message for f in made.findings] == [
        "the acceptance of uneven-weights for the server app9, which web does not have, accepts nothing"
    ]


@pytest.mark.parametrize(
    ("one", "other"), [("Web", "web"), ("wbe", "web"), ("webb", "web"), ("shop_api", "shop-api"), ("shp-api", "shop-api")]
)
def test_slips(one: str, other: str) -> None:
    assert Slips(["checkout", one]).of(other) == one
    assert Slips(["checkout", other]).of(one) == other


@pytest.mark.parametrize(("one", "other"), [("web1", "web2"), ("web", "web2"), ("app-a", "app-b"), ("a", "ab"), ("shop", "checkout")])
def test_siblings_are_no_slips(one: str, other: str) -> None:
    assert Slips([one]).of(other) is None
    assert Slips([other]).of(one) is None


def test_the_line_is_that_of_the_name_in_quotes(tmp_path: Path) -> None:
    made = audited(tmp_path, "[pool.api]\nsurvive = 1\n[pool.'wbe']\nsurvive = 1\n")
    assert [c.line for c in made.could_not] == [3]


def test_a_thousand_unknown_names_are_told_from_a_thousand_pools_in_one_look_each(tmp_path: Path) -> None:
    def work(names: int) -> int:
        pools = "".join(f"backend shop-{number:05}\n    server a 10.0.0.1:80\n" for number in range(names))
        (topology,) = [lower([parse(pools, "haproxy.cfg")])]
        needs = Needs({f"shops-{number + 5000:05}": PoolNeeds(survive=1) for number in range(names)})
        return steps(lambda: matched(needs, [topology], str(tmp_path / "poise.toml")))

    assert work(200) < 3 * work(100)


def test_what_is_alike_is_looked_for_within_a_budget() -> None:
    similar, names = Similar(), [f"{number:090}" for number in range(2000)]
    assert similar.to(f"x{names[7]}"[:90], names, digits=True) is not None
    assert similar.to(f"x{names[8]}"[:90], names, digits=True) is None


def test_an_acceptance_of_no_rule_is_told_with_its_place(tmp_path: Path) -> None:
    made = audited(tmp_path, "\n" + ACCEPTED.replace("uneven-weights", "uneven-wieghts"))
    assert [(c.what, c.line) for c in made.could_not] == [(str(tmp_path / "poise.toml"), 2)]
    assert made.could_not[0].reason.startswith("[accept.uneven-wieghts] names no rule")


@pytest.mark.parametrize("key", ["service_time_ms_by_server", "concurrency_by_server"])
def test_a_table_of_servers_that_no_pool_has_does_not_count(key: str, tmp_path: Path) -> None:
    (tmp_path / "haproxy.cfg").write_text(CONFIG)
    for needs, line in (
        (f"[pool.web]\nsplit = 'even'\n{key} = {{app1 = 9, appp2 = 3}}\n", 3),
        (f"[pool.web.{key}]\napp1 = 9\nappp2 = 3\n", 3),
    ):
        (tmp_path / "poise.toml").write_text(needs)
        made = predict(Sources((str(tmp_path / "haproxy.cfg"),)))
        said = f"`pool.web.{key}` names `appp2`, which no server of the pool is called, so it does not count: did you mean `app2`?"
        assert [(each.reason, each.line) for each in made.could_not] == [(said, line)]


def test_each_slip_of_a_server_is_told_at_its_line(tmp_path: Path) -> None:
    needs = (
        '[pool.web]\nsplit = {app1 = 1, zz = 1}\nservice_time_ms = 9\nconcurrency_by_server = {"zz" = 9}\n[pool.api]\nsplit = {zz = 1}\n'
    )
    made = audited(tmp_path, needs)
    assert [each.line for each in made.could_not] == [2, 4, 6]
