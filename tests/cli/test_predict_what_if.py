"""`poise predict --what-if`, `--lose`, `--surge`, `--attempts` and `--format html`: what a user types and sees."""

import json
import re
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from poise.cli.root import root

CONFIG = """\
defaults
    mode http
    timeout connect 1s
    timeout client 9s
    timeout server 2s
backend web
    balance roundrobin
    server app1 10.0.0.1:8001 check
    server app2 10.0.0.1:8002 check
    server app3 10.0.0.2:8003 check
"""
NEEDS = """\
[pool.web]
peak_requests_per_second = 100
service_time_ms = 40
concurrency_per_server = 2
objectives = {availability = 0.999, latency_p99_ms = 400}
"""
SCHEMA = json.loads(files("poise.report").joinpath("schemas/predict.json").read_text())


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "poise.toml").write_text(NEEDS)
    (tmp_path / "haproxy.cfg").write_text(CONFIG)
    return tmp_path / "haproxy.cfg"


def predict(*words: str) -> tuple[int, str]:
    """Exit code and standard output."""
    done = CliRunner().invoke(root, ["predict", *words], standalone_mode=False)
    assert done.exception is None, done.exception
    return done.return_value, done.stdout


def test_a_row_for_each_case_and_what_the_pool_carries(config: Path) -> None:
    code, told = predict("--what-if", str(config))
    assert code == 0
    rows = [line for line in told.splitlines() if " % " in line and "requests/s" not in line]
    for case in (
        "as it is",
        "without app1 (or app2, app3)",
        "without host 10.0.0.1",
        "1.5 × the peak",
        "3 × the peak",
        "clients try 3 times",
    ):
        assert any(line.strip().startswith(case) for line in rows), case
    assert "keeps up with 150 requests/s, 1.50 × the peak: beyond, requests wait longer and longer" in told
    assert re.search(r"fails 1 % within 30 s from 1\d\d.* requests/s on, 1\.\d\d × the peak: timeout server \(2 s", told)
    assert "breaks latency_p99_ms from" in told


def test_json_holds_to_its_schema(config: Path) -> None:
    code, told = predict("--format", "json", "--what-if", str(config))
    made = json.loads(told)
    jsonschema.validate(made, SCHEMA)
    pool = made["pools"][0]
    assert code == 0
    assert pool["headroom"]["simulated"]
    assert pool["headroom"]["times_peak"] == pytest.approx(1.5, abs=0.2)
    case = next(each for each in pool["what_if"] if each["lost"] == ["app1"])
    assert case["max_utilisation"] == pytest.approx(1.0)
    assert case["kind"] == "loss"


def test_only_what_is_asked(config: Path) -> None:
    _, told = predict("--format", "json", "--lose", "app1,10.0.0.2", "--lose", "web/app2", "--surge", "1.2", str(config))
    pool = json.loads(told)["pools"][0]
    assert [each["case"] for each in pool["what_if"]] == ["as it is", "without app1, 10.0.0.2", "without web/app2", "1.2 × the peak"]
    assert pool["what_if"][1]["lost"] == ["app1", "app3"]
    assert not pool["headroom"]["simulated"]


def test_a_name_that_is_nowhere_is_no_answer(config: Path) -> None:
    code, told = predict("--lose", "app7", str(config))
    assert code == 2
    assert "--lose app7: no pool with a declared load has a server, host or zone of that name" in told


def test_without_needs_it_says_what_to_declare(config: Path) -> None:
    (config.parent / "poise.toml").unlink()
    code, told = predict("--what-if", str(config))
    assert code == 2
    assert "declare peak_requests_per_second, service_time_ms and concurrency_per_server" in told


def test_a_plain_forecast_says_when_a_server_is_full(config: Path) -> None:
    _, told = predict(str(config))
    assert "keeps up with 150 requests/s, 1.50 × the peak: beyond, app3 is busy all the time" in told


class Page(HTMLParser):
    """Tags and attributes that a page must not have."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """HTMLParser's callback."""
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]
        assert not any(name.startswith("on") for name, _ in attrs)


def test_the_page_needs_nothing_else_and_trusts_no_name(config: Path) -> None:
    name = "web<script>x</script>"
    hostile = config.with_name("nginx.conf")
    servers = "server 10.0.0.1:80; server 10.0.0.2:80;"
    hostile.write_text(
        f'events {{}}\nhttp {{ upstream "{name}" {{ {servers} }} server {{ location / {{ proxy_pass "http://{name}"; }} }} }}\n'
    )
    (config.parent / "poise.toml").write_text(NEEDS.replace("[pool.web]", f'[pool."{name}"]'))
    code, told = predict("--format", "html", str(hostile))
    page = Page()
    page.feed(told)
    # Two servers in place of four: the loss of one leaves the other busy all the time.
    assert code == 1
    assert "script" not in page.tags
    assert all(link.startswith(("#", "data:,")) for link in page.links)
    assert page.tags.count("svg") >= 3
    assert page.tags.count("table") >= page.tags.count("svg")
    assert "web&lt;script&gt;" in told


def test_ctrl_c_prints_what_is_simulated_and_ends_with_130(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from poise.balance import answers

    def stopped(*_: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr(answers, "what_if", stopped)
    result = CliRunner().invoke(root, ["predict", "--what-if", str(config)], standalone_mode=False)
    assert result.return_value == 130
    assert "app1" in result.output
    assert "interrupted" in result.output


def test_a_name_that_is_nowhere_is_told_with_those_that_are(config: Path) -> None:
    _, told = predict("--lose", "app7", str(config))
    assert "Name one of its servers (web/app1, web/app2" in told


@pytest.mark.parametrize(
    "words", [("predict", "--surge", "nan"), ("watch", "--seconds", "nan"), ("diagnose", "--seconds", "nan"), ("fix", "--seconds", "nan")]
)
def test_not_a_number_is_no_answer(words: tuple[str, ...], config: Path) -> None:
    done = CliRunner().invoke(root, [*words, str(config)])
    assert done.exit_code != 0
    assert "nan" in done.output
    assert "Give one in digits" in done.output


@pytest.mark.parametrize("lost", [",", "", " , "])
def test_a_loss_without_a_name_is_refused(lost: str, config: Path) -> None:
    done = CliRunner().invoke(root, ["predict", "--lose", lost, str(config)])
    assert done.exit_code != 0
    assert "no name is in it. Name a server" in done.output


def test_a_wrong_name_is_told_although_no_load_is_declared(config: Path) -> None:
    (config.parent / "poise.toml").write_text("")
    code, told = predict("--lose", "app1,app9", str(config))
    assert code == 2
    assert "--lose app9: no pool has a server, host or zone of that name" in told
    assert "Name one of its servers (web/app1, web/app2, web/app3)" in told
    assert "--lose app1" not in told
    assert "declare peak_requests_per_second" in told


def test_a_row_bears_the_names_that_are_known(config: Path) -> None:
    code, told = predict("--lose", "app1,app9", str(config))
    assert code == 2
    assert re.search(r"^  without app1 +100 ", told, re.M), told


def test_pools_whose_needs_are_not_met_come_first(config: Path) -> None:
    config.write_text(CONFIG + CONFIG[CONFIG.index("backend web") :].replace("web", "api").replace("10.0.0.", "10.0.1."))
    (config.parent / "poise.toml").write_text(NEEDS + NEEDS.replace("web", "api").replace("= 100", "= 1000", 1))
    code, told = predict(str(config))
    assert code == 1
    assert re.findall(r"^(\w+)  haproxy", told, re.M) == ["api", "web"]
