"""The documentation of a configuration: it says what the file, the needs and the decisions say, and changes when they do."""

from datetime import date
from pathlib import Path

import pytest

from poise.app.describe import describe, difference
from poise.model.location import Location
from poise.reading.read import Sources
from poise.report.description.comments import Comments
from poise.report.description.html import html
from poise.report.description.page import markdown

TODAY = date(2026, 11, 27)
ROOT = Path(__file__).parents[2]
EXAMPLES = ("haproxy/haproxy.cfg", "nginx/nginx.conf", "envoy/envoy.yaml")
TARGETS = {"haproxy": "2.8", "nginx": "1.30", "envoy": "1.40"}
POOL = """\
defaults
    mode http
    timeout connect 1s
    timeout client 15s
    timeout server 5s
# Pages, as clients see them.
listen web
    # Asked in the channel of the shop.
    bind :8080
    balance roundrobin
    option httpchk GET /healthz
    # server old 10.0.0.9:8080 check
    server app1 10.0.0.1:8080 check weight 90
    server app2 10.0.0.2:8080 check weight 10  # the small one
"""


def made(folder: Path, text: str = POOL, needs: str = "", name: str = "haproxy.cfg", today: date = TODAY) -> str:
    (folder / name).write_text(text)
    (folder / "poise.toml").write_text(needs)
    return markdown(describe(Sources((str(folder / name),), targets=TARGETS), None, today))


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_say_what_their_configurations_say(example: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    file = f"docs/examples/described/{example}"
    now = markdown(describe(Sources((file,), targets=TARGETS), None, TODAY))
    kept = Path(file).with_name("described.md").read_text(encoding="utf-8")
    assert list(difference(kept, now, "described.md")) == [], "run: make docs"


def test_comments_are_told_and_lines_that_were_commented_out_are_not(tmp_path: Path) -> None:
    text = made(tmp_path)
    assert "> Pages, as clients see them. Asked in the channel of the shop." in text
    assert "| app2 | 10.0.0.2:8080 | active | 10 | 10.0% |  | the small one |" in text
    assert "10.0.0.9" not in text


def test_weights_that_nobody_explains_are_told_to_be_so_and_a_declared_split_is_the_reason(tmp_path: Path) -> None:
    bare = POOL.replace("  # the small one", "")
    assert "**Why: nobody wrote it down.** The weights are 90/10" in made(tmp_path, bare)
    declared = made(tmp_path, bare, '[pool.web]\nsplit = {app1 = 9, app2 = 1}\ndescription = "The shop."\n')
    assert "**Why:** poise.toml declares app1 9, app2 1." in declared
    assert "> The shop." in declared


def test_a_loss_is_told_with_how_busy_the_others_get(tmp_path: Path) -> None:
    even = POOL.replace("weight 90", "").replace("weight 10", "")
    needs = "[pool.web]\npeak_requests_per_second = 100\nservice_time_ms = 100\nconcurrency_per_server = {}\n"
    # 100/s of 0.1 s are ten at once: two servers that work on eight each are 62.5 % busy, one alone 125 %.
    assert "| app1 or app2 | app2 or app1 | 100.0% | 125% | **overloaded** |" in made(tmp_path, even, needs.format(8))
    assert "| app1 or app2 | app2 or app1 | 100.0% | 50% | the others carry it |" in made(tmp_path, even, needs.format(20))


def test_a_decision_is_told_until_it_ends(tmp_path: Path) -> None:
    accepted = '[accept.uneven-weights]\nby = "the owner"\nbecause = "one is small"\nuntil = 2026-12-31\n'
    row = "| `uneven-weights` | web, app1 |"
    now = made(tmp_path, needs=accepted)
    assert row in now
    assert "| the owner | 2026-12-31 | one is small |" in now
    later = made(tmp_path, needs=accepted, today=date(2027, 1, 1))
    assert "| the owner |" not in later
    assert "`uneven-weights` in web, app1:" in later


def test_what_could_not_be_read_is_told(tmp_path: Path) -> None:
    text = made(tmp_path, POOL.replace("balance roundrobin", "balance nonsense"))
    assert "## Could not be read" in text
    assert "nonsense" in text


def test_it_is_the_same_twice_and_another_line_above_changes_nothing(tmp_path: Path) -> None:
    first = made(tmp_path)
    assert made(tmp_path) == first
    assert made(tmp_path, POOL.replace("# Pages", "\n\n# Pages")) == first
    assert made(tmp_path, POOL.replace("weight 90", "weight 80")) != first


def test_an_nginx_setting_of_one_route_is_told_for_that_route(tmp_path: Path) -> None:
    nginx = """\
upstream web {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080 max_fails=3;
}
server {
    listen 80;
    server_name shop.example.net;
    location / { proxy_pass http://web; proxy_read_timeout 5s; }
    location /slow/ { proxy_pass http://web; }
}
"""
    text = made(tmp_path, nginx, name="nginx.conf")
    assert "| 5s: shop.example.net /; 60 s (not written): shop.example.net /slow/ |" in text
    assert "10.0.0.1:8080: no check; one failed attempt takes it out for 10 s" in text
    assert "10.0.0.2:8080: no check; 3 failed attempts take it out for 10 s" in text


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("server a 10.0.0.1:80 # half the cores", "half the cores"),
        ('http-request set-header X "a # b"', ""),
        (r"acl x path \# y", ""),
        ("use_backend a if b#c", ""),
        ("server a 10.0.0.1:80 # poise: ignore[single-server] known", ""),
        ("server a 10.0.0.1:80 ##### ", ""),
    ],
)
def test_where_a_comment_begins(line: str, said: str) -> None:
    assert Comments.of({"f": line}).behind(Location("f", 1, 1)) == said


def test_text_of_others_is_no_markup_in_markdown_or_html(tmp_path: Path) -> None:
    hostile = POOL.replace("the small one", "<script>alert(1)</script> | @all [x](javascript:y) ![z](http://e/)")
    text = made(tmp_path, hostile)
    assert "<script>" not in text
    page = html(text, "a <b> title")
    assert "<script" not in page
    assert "<img" not in page
    assert "javascript:y)" in page
    assert 'href="javascript' not in page
    assert "<title>a &lt;b&gt; title</title>" in page
    assert " style=" not in page


@pytest.mark.parametrize("file", sorted((ROOT / "tests/balance/changes").glob("*/new.*")), ids=lambda f: f.parent.name)
def test_every_pool_of_the_configurations_of_the_tests_is_described(file: Path) -> None:
    described = describe(Sources((str(file),), targets=TARGETS), None, TODAY)
    text = markdown(described)
    for pool in described.forecast.pools:
        assert f"\n## Pool {pool.pool.replace('_', chr(92) + '_')}\n" in text
        for server in pool.servers:
            assert f"| {server.address} | {server.role} | {server.weight} | {server.share:.1%} |" in text
    assert all(f"`{finding.rule}`" in text for finding in described.audit.findings)
