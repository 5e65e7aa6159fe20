"""What nginx configurations of public repositories look like, and what was once said of them wrongly, twice or to nobody's use."""

from pathlib import Path

import pytest
from rule_examples import read

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.rules.engine import check


def found(text: str, rule: str, tmp_path: Path) -> list[Finding]:
    file = tmp_path / "site.conf"
    file.write_text(text)
    return [each for each in check(read("nginx", file)[0], Needs()) if each.rule == rule]


def server(*lines: str) -> str:
    return "server {\n    listen 80;\n" + "".join(f"    {line}\n" for line in lines) + "}\n"


def location(path: str, target: str, *lines: str) -> str:
    return f"location {path} {{ proxy_pass {target}; {' '.join(lines)} }}"


UPGRADE = ("proxy_http_version 1.1;", "proxy_set_header Upgrade $http_upgrade;")


@pytest.mark.parametrize("order", [("upgrade", '""'), ('""', "upgrade")])
def test_an_empty_header_takes_nothing_from_another_line_of_its_name(order: tuple[str, str], tmp_path: Path) -> None:
    lines = [f"proxy_set_header Connection {value};" for value in order]
    assert not found(server(location("/", "http://127.0.0.1:3000", *UPGRADE, *lines)), "upgrade-incomplete", tmp_path)
    (only,) = found(server(location("/", "http://127.0.0.1:3000", *UPGRADE, lines[order.index('""')])), "upgrade-incomplete", tmp_path)
    assert "proxy_set_header Connection upgrade" in only.message


def test_a_name_in_many_lines_is_told_once(tmp_path: Path) -> None:
    text = server(location("/", "http://app:3000"), location("/ws", "http://app:3000/ws"), location("/api", "http://api:3000/v1"))
    assert [each.message.split()[0] for each in found(text, "name-resolved-once", tmp_path)] == ["app", "api"]


def test_a_bare_name_in_a_fragment_may_be_an_upstream_elsewhere(tmp_path: Path) -> None:
    for target, severity in (
        ("http://app", "info"),
        ("http://app/v1", "info"),
        ("http://app:80", "warning"),
        ("http://app.lan", "warning"),
    ):
        (only,) = found(server(location("/", target)), "name-resolved-once", tmp_path)
        assert (only.severity, "no upstream `app`" in only.message) == (severity, severity == "info")
    (only,) = found(f"events {{}}\nhttp {{\n{server(location('/', 'http://app'))}}}\n", "name-resolved-once", tmp_path)
    assert only.severity == "warning"


def test_equal_weights_are_multiplied_as_none_are(tmp_path: Path) -> None:
    text = "upstream web { server app1:80 weight=5; server app2:80 weight=OTHER; }\n" + server(location("/", "http://web"))
    assert not found(text.replace("OTHER", "5"), "name-weight-multiplied", tmp_path)
    assert found(text.replace("OTHER", "4"), "name-weight-multiplied", tmp_path)


@pytest.mark.parametrize(
    "sign", ["location / { proxy_pass http://web; health_check; }", "location /s { status; }", "location /c { upstream_conf; }"]
)
def test_what_plus_had_before_is_not_too_new_in_its_files(sign: str, tmp_path: Path) -> None:
    pool = "upstream web {\n    zone web 64k;\n    server app.internal resolve;\n    sticky cookie srv;\n}\n"
    assert not found(pool + server(sign), "directive-too-new", tmp_path)
    assert found(pool + server("location / { proxy_pass http://web; }"), "directive-too-new", tmp_path)


WITHIN = "location / { proxy_pass http://web; SETS include gone.conf; }"
AROUND = "include gone.conf;\nlocation / { proxy_pass http://web; SETS }"


@pytest.mark.parametrize("place", [WITHIN, AROUND])
def test_what_may_stand_in_a_file_that_is_missing_is_not_missing(place: str, tmp_path: Path) -> None:
    pool = "upstream web { server 10.0.0.1:80; server 10.0.0.2:80; keepalive 8; }\n"
    for rule, sets in (("keepalive-without-effect", ""), ("upgrade-incomplete", "proxy_set_header Upgrade $http_upgrade;")):
        text = pool + server(place.replace("SETS", sets))
        assert not found(text, rule, tmp_path)
        # A pattern that finds nothing is no file that is missing.
        assert found(text.replace("gone.conf", "gone/*.conf"), rule, tmp_path)
        (tmp_path / "here.conf").write_text("proxy_read_timeout 30s;\n")
        assert found(text.replace("gone.conf", "here.conf"), rule, tmp_path)


def test_what_is_wrong_of_one_server_is_told_at_the_first_of_its_targets(tmp_path: Path) -> None:
    targets = [f"https://api.example.com/{path}" for path in ("a", "b", "c")]
    text = server("resolver 10.0.0.53;", *(location(f"/{number}", target) for number, target in enumerate(targets)))
    for rule in ("unverified-server-tls", "wrong-tls-name", "name-resolved-once"):
        assert [each.location.line for each in found(text, rule, tmp_path)] == [4], rule
    other = text.replace("example.com/b", "example.org/b")
    for rule in ("unverified-server-tls", "wrong-tls-name", "name-resolved-once"):
        assert [each.location.line for each in found(other, rule, tmp_path)] == [4, 5], rule


def test_a_resolver_is_missed_once_for_each_host(tmp_path: Path) -> None:
    hosts = ("http://$app/a", "http://$app/b", "http://$other/b", "http://$http_x_backend/c", "http://$http_x_backend/d")
    lines = ("set $app app.internal;", "set $other other.internal;", *(location(f"/{number}", host) for number, host in enumerate(hosts)))
    text = f"events {{}}\nhttp {{\n{server(*lines)}}}\n"
    assert [each.location.line for each in found(text, "variable-without-resolver", tmp_path)] == [7, 9, 10]
