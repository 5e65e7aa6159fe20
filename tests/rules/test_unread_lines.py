"""What could not be read is told as such, and no finding is made of its absence."""

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
