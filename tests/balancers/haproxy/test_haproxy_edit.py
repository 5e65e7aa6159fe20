"""Edits change the bytes they name and no other, and the result means what was asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise.balancers.haproxy.edit import apply, set_pool_balance, set_server_options
from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import parse
from poise.model.plan import Edit

TEXT = """defaults
    mode http
    default-server weight 7
backend web
    balance   leastconn   # why
    server app1 127.0.0.1:9001 weight 100 check
    server app2 "127.0.0.1:9002"\tcheck  # spare
    server app3 127.0.0.1:9003 weight 1 weight 2
    server-template slot 2 127.0.0.1:9010
backend bare
    server only 127.0.0.1:9004
"""


def after(text: str, *wanted: tuple[str, str, dict[str, str]]) -> str:
    edits: list[Edit] = []
    for pool, server, options in wanted:
        edits += set_server_options(parse(text, "x.cfg"), pool, server, options)
    return apply(text, edits)


def test_a_weight_that_stands_there_is_replaced() -> None:
    assert after(TEXT, ("web", "app1", {"weight": "1"})) == TEXT.replace("weight 100", "weight 1")


def test_a_weight_that_is_missing_or_inherited_is_inserted_behind_the_address() -> None:
    assert after(TEXT, ("web", "app2", {"weight": "3"})) == TEXT.replace('"127.0.0.1:9002"', '"127.0.0.1:9002" weight 3')


def test_the_last_of_two_counts() -> None:
    assert after(TEXT, ("web", "app3", {"weight": "5"})) == TEXT.replace("weight 1 weight 2", "weight 1 weight 5")


def test_what_already_stands_as_wanted_is_left_alone() -> None:
    assert set_server_options(parse(TEXT, "x.cfg"), "web", "app1", {"weight": "100", "check": ""}) == ()


def test_balance_is_changed_or_inserted() -> None:
    changed = apply(TEXT, set_pool_balance(parse(TEXT, "x.cfg"), "web", "roundrobin"))
    assert changed == TEXT.replace("balance   leastconn   #", "balance   roundrobin   #")
    inserted = apply(TEXT, set_pool_balance(parse(TEXT, "x.cfg"), "bare", "hdr(X-User)"))
    assert inserted == TEXT.replace("backend bare\n", "backend bare\n    balance hdr(X-User)\n")
    assert set_pool_balance(parse(TEXT, "x.cfg"), "web", "leastconn") == ()


def test_the_line_ends_of_the_file_are_kept() -> None:
    text = TEXT.replace("\n", "\r\n")
    assert apply(text, set_pool_balance(parse(text, "x.cfg"), "bare", "first")).count("\n") == text.count("\r\n") + 1
    assert "balance first\r\n" in apply(text, set_pool_balance(parse(text, "x.cfg"), "bare", "first"))


@pytest.mark.parametrize(
    ("pool", "server", "options", "says"),
    [
        ("none", "app1", {"weight": "1"}, "no backend or listen section"),
        ("web", "app9", {"weight": "1"}, "no server named"),
        ("web", "slot1", {"weight": "1"}, "server-template"),
        ("web", "app1", {"wait": "1"}, "not a keyword"),
        ("web", "app1", {"weight": "1\n"}, "printable"),
        ("web", "app1", {"weight": ""}, "needs a value"),
    ],
)
def test_what_cannot_be_edited_is_refused_with_the_reason(pool: str, server: str, options: dict[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        set_server_options(parse(TEXT, "x.cfg"), pool, server, options)


def test_a_file_that_changed_meanwhile_is_refused() -> None:
    edits = set_server_options(parse(TEXT, "x.cfg"), "web", "app1", {"weight": "1"})
    with pytest.raises(ValueError, match="changed since"):
        apply(TEXT.replace("weight 100", "weight 200"), edits)


@given(st.integers(0, 256), st.sampled_from(["app1", "app2", "app3"]), st.sampled_from(["", "# \udcff é\n", "\n\n"]))
def test_any_weight_arrives_and_only_its_line_changes(weight: int, server: str, head: str) -> None:
    text = head + TEXT
    changed = after(text, ("web", server, {"weight": str(weight)}))
    pool = lower([parse(changed, "x.cfg")]).pool("web")
    assert pool is not None
    found = pool.server(server)
    assert found is not None
    assert found.weight == weight
    different = [(old, new) for old, new in zip(text.split("\n"), changed.split("\n"), strict=True) if old != new]
    assert all(f"server {server} " in old for old, _ in different)
    assert len(different) <= 1


@pytest.mark.parametrize("address", ['"/run\0/x"', "'[2001:", '"10.0.0.1:80'])
def test_a_line_that_ends_inside_a_quote_is_left_alone(address: str) -> None:
    # What is written behind the address would be part of it.
    document = parse(f"backend web\n    server app1 {address} check\n", "a.cfg")
    with pytest.raises(ValueError, match="this line is not changed"):
        set_server_options(document, "web", "app1", {"maxconn": "10"})
