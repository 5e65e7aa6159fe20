"""What could not be read is told as such, and no finding is made of its absence."""

from poise.balance.forecast import forecast
from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import parse
from poise.model.needs import Needs
from poise.rules.engine import check

HEAD = """defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    option httpchk GET /healthz
    balance roundrobin
frontend shop
    bind 127.0.0.1:8080
    default_backend web
backend web
"""


def rules(text: str, **environment: str) -> set[str]:
    topology = lower([parse(text, "haproxy.cfg", environment)])
    return {finding.rule for finding in check([topology], Needs()) if finding.severity != "info"}


def test_servers_of_two_variables_are_not_one_address() -> None:
    text = f"{HEAD}    server a ${{ONE}}:80 check\n    server b ${{TWO}}:80 check\n"
    assert rules(text) == set()
    assert rules(text, ONE="10.0.0.1", TWO="10.0.0.1") == {"duplicate-address"}
    assert rules(text.replace("TWO", "ONE")) == {"duplicate-address"}


def test_a_number_that_a_variable_holds_is_not_misread() -> None:
    text = f'{HEAD}    server a 10.0.0.1:80 weight "${{MUCH}}" check\n    server b 10.0.0.2:80 maxconn "${{MOST}}" check\n'
    assert rules(text) == set()
    assert "zero-weight" in rules(text, MUCH="0", MOST="")


def test_a_timeout_that_a_variable_holds_is_not_missing() -> None:
    text = HEAD.replace("client 30s", '"client" "${PATIENCE}"') + "    server a 10.0.0.1:80 check\n    server b 10.0.0.2:80 check\n"
    assert rules(text) == set()
    assert rules(text.replace('    timeout "client" "${PATIENCE}"\n', "")) == {"missing-timeouts"}


def test_a_control_socket_that_a_variable_names_is_not_a_port() -> None:
    text = (
        f"global\n    stats socket ${{SOCKET}} level admin mode 660\n{HEAD}    server a 10.0.0.1:80 check\n    server b 10.0.0.2:80 check\n"
    )
    assert rules(text) == set()
    assert rules(text.replace("${SOCKET}", "ipv4@*:9999")) == {"control-socket-open"}


def test_timeouts_by_their_old_names_are_timeouts() -> None:
    old = HEAD.replace("timeout connect", "contimeout").replace("timeout client", "clitimeout").replace("timeout server", "srvtimeout")
    assert rules(f"{old}    server a 10.0.0.1:80 check\n    server b 10.0.0.2:80 check\n") == set()


def test_a_pool_whose_server_line_was_refused_is_not_told_to_have_none() -> None:
    assert rules(f"{HEAD}    server-template web app.example:80 check\n") == set()
    assert rules(HEAD) == {"pool-without-servers"}


def test_two_conditions_parted_by_or_in_capitals_are_two() -> None:
    routed = HEAD.replace(
        "default_backend web", "acl a path /a\n    acl b path /b\n    use_backend web if a OR TRUE\n    use_backend web if b"
    )
    assert "unreachable-rule" in rules(f"{routed}    server a 10.0.0.1:80 check\n    server b 10.0.0.2:80 check\n")


def test_a_word_that_haproxy_does_not_know_costs_nothing_behind_it() -> None:
    lines = [f"    server s{n} 10.3.0.{n}:80 check {'foobar 3 ' if n < 3 else ''}weight 40\n" for n in (1, 2, 3)]
    topology = lower([parse(HEAD + "".join(lines), "haproxy.cfg")])
    assert [server.weight for server in topology.pools[0].servers] == [40, 40, 40]
    assert [entry.line for entry in topology.could_not] == [12, 13]
    assert rules(HEAD + "".join(lines)) == set()
    newer = "".join(lines).replace("foobar 3", "init-state fully-up")
    (pool,) = lower([parse(HEAD + newer, "haproxy.cfg")], "2.6").pools
    assert [server.weight for server in pool.servers] == [40, 40, 40]


def test_defaults_of_servers_and_binds_are_read_on_too() -> None:
    text = f"{HEAD}    default-server inter 1s foobar 3 check weight 300 maxconn 20\n    server a 10.0.0.1:80\n"
    topology = lower([parse(text.replace("bind 127.0.0.1:8080", "bind 127.0.0.1:8080 foobar 3 accept-proxy"), "haproxy.cfg")])
    (server,) = topology.pools[0].servers
    assert (server.check is not None, server.maxconn, server.weight) == (True, 20, 1)
    assert "accept-proxy" in topology.listeners[0].binds[0].options
    assert [entry.line for entry in topology.could_not] == [9, 12]


UNREAD = {
    "a name that is refused": "server s@1 10.3.0.1:80 check weight 40",
    "a quote that is never closed": 'server s1 10.3.0.1:80 check weight "40',
    "more than 64 words": f"server s1 10.3.0.1:80 check {'inter 2s ' * 31}weight 40",
    "a weight that is refused": "server s1 10.3.0.1:80 check weight 400",
    "a weight that a variable says": 'server s1 10.3.0.1:80 check weight "${WEIGHT}"',
}


def test_the_shares_of_a_pool_with_a_server_that_was_not_read_are_not_known() -> None:
    for line in UNREAD.values():
        others = "    server s2 10.3.0.2:80 check\n    server s3 10.3.0.3:80 check weight 40\n"
        text = f"{HEAD}    {line}\n{others}"
        assert rules(text) == set(), line
        topology = lower([parse(text, "haproxy.cfg", {})])
        made = forecast([topology], Needs())
        assert (made.pools, [entry.line for entry in made.could_not if "is not known" in entry.reason]) == ((), [11]), line
        alone = f"{HEAD[: HEAD.index('frontend')]}listen web\n    bind :80\n    {line}\n"
        assert rules(alone) <= {"server-without-check", "tcp-check-for-http"}, line
