"""Where nginx's rules about attempts, connections and timeouts speak and how loud: shapes that their pages do not show."""

from pathlib import Path

import pytest
from nginx_texts import EIGHT, THREE, http, stream, whole
from rule_examples import read

from poise.model.needs import Needs
from poise.rules.engine import check

# configuration, rule, severity, the line that it stands at
CASES: dict[str, tuple[str, str, str, str]] = {
    "ban by FastCGI": (
        http(THREE, "fastcgi_next_upstream error http_500;", "fastcgi_pass web;\nfastcgi_param A b;"),
        "bad-answers-ban-servers",
        "error",
        "fastcgi_next_upstream error http_500;",
    ),
    "ban from the http level": (
        http(THREE, around="proxy_next_upstream error http_500;"),
        "bad-answers-ban-servers",
        "error",
        "proxy_next_upstream error http_500;",
    ),
    "ban after several": (
        http(THREE.replace(";", " max_fails=5;"), "proxy_next_upstream error http_500;"),
        "bad-answers-ban-servers",
        "warning",
        "proxy_next_upstream error http_500;",
    ),
    "no failover by tries": (http(THREE, "proxy_next_upstream_tries 1;"), "no-failover", "warning", "proxy_next_upstream_tries 1;"),
    "no failover without error": (http(THREE, "proxy_next_upstream timeout;"), "no-failover", "warning", "proxy_next_upstream timeout;"),
    "no failover in stream": (
        stream(THREE, "listen 1;\nproxy_next_upstream off;"),
        "no-failover",
        "warning",
        "proxy_next_upstream off;",
    ),
    "missing pages asked of all": (
        http(THREE, "proxy_next_upstream http_404 error;"),
        "retry-amplification",
        "info",
        "proxy_next_upstream http_404 error;",
    ),
    "attempts without limit, written": (
        http(EIGHT, "proxy_next_upstream_tries 0;"),
        "retry-amplification",
        "warning",
        "proxy_next_upstream_tries 0;",
    ),
    "attempts of long requests": (http(EIGHT, "proxy_read_timeout 10m;"), "retry-amplification", "warning", "proxy_read_timeout 10m;"),
    "headers of a location in place of the http level's": (
        "# for nginx 1.28\n"
        + whole(
            http(
                THREE + "keepalive 8;\n",
                "proxy_set_header Host $host;\nproxy_set_header X-Real-IP $remote_addr;",
                around='proxy_http_version 1.1;\nproxy_set_header Host $http_host;\nproxy_set_header Connection "";',
            )
        ),
        "keepalive-without-effect",
        "warning",
        "proxy_set_header Host $host;",
    ),
    "headers of a server block in place of the http level's": (
        "# for nginx 1.28\n"
        + whole(
            http(
                THREE + "keepalive 8;\n",
                server="listen 80;\nproxy_set_header X-Real-IP $remote_addr;",
                around='proxy_http_version 1.1;\nproxy_set_header Connection "";',
            )
        ),
        "keepalive-without-effect",
        "warning",
        "proxy_set_header X-Real-IP $remote_addr;",
    ),
    "no header is inherited": (
        "# for nginx 1.28\n"
        + http(THREE + "keepalive 8;\n", "proxy_set_header X-A b;", server="listen 80;\nproxy_set_header Host $host;", around=""),
        "keepalive-without-effect",
        "warning",
        "keepalive 8;",
    ),
    "kept connections switched off": (
        "# for nginx 1.31\n" + http(THREE + "keepalive 0;\n"),
        "connection-per-request",
        "info",
        "keepalive 0;",
    ),
    "a handshake for each request": (
        "# for nginx 1.31\n" + http(THREE + "keepalive 0;\n", target="grpc_pass grpcs://web;"),
        "connection-per-request",
        "warning",
        "keepalive 0;",
    ),
    "kept connections never asked for": (
        "# for nginx 1.28\n" + http(THREE) + f"upstream kept {{\n{THREE}keepalive 8;\n}}\n",
        "connection-per-request",
        "info",
        "upstream web {",
    ),
    "a minute to connect, in stream": (stream(THREE, "listen 1;"), "long-connect-timeout", "info", "proxy_pass web;"),
    "a minute to connect, in one place": (
        http(THREE, "}\nlocation /b {\nproxy_pass http://web;", target="proxy_connect_timeout 2s;\nproxy_pass http://web;"),
        "long-connect-timeout",
        "info",
        "proxy_pass http://web;",
    ),
    "eight servers in turn": (http(EIGHT, "proxy_read_timeout 20s;"), "retry-amplification", "info", "proxy_pass http://web;"),
    "eight servers, a limit that does not bind": (
        http(EIGHT, "proxy_next_upstream error timeout;\nproxy_next_upstream_timeout 1h;"),
        "retry-amplification",
        "info",
        "proxy_next_upstream error timeout;",
    ),
    "no failover for one path": (
        http(THREE, "}\nlocation = /pay {\nproxy_pass http://web;\nproxy_next_upstream off;"),
        "no-failover",
        "info",
        "proxy_next_upstream off;",
    ),
    "no failover for two paths by one line": (
        http(
            THREE,
            target="}\nlocation /a {\nproxy_pass http://web;\n}\nlocation /b {\nproxy_pass http://web;",
            server="proxy_next_upstream off;",
        ),
        "no-failover",
        "warning",
        "proxy_next_upstream off;",
    ),
    "two seconds for one path": (
        http(THREE, "}\nlocation /suggest {\nproxy_pass http://web;\nproxy_read_timeout 2s;"),
        "short-read-timeout",
        "info",
        "proxy_read_timeout 2s;",
    ),
    "an hour for WebSockets and all else": (
        http(
            THREE,
            "}\nlocation /api/ {\nproxy_pass http://web;\n}\nlocation /ws/ {\nproxy_pass http://web;",
            server="proxy_read_timeout 2h;\nproxy_set_header Upgrade $http_upgrade;\nproxy_set_header Connection upgrade;",
        ),
        "long-read-timeout",
        "info",
        "proxy_read_timeout 2h;",
    ),
    "a location that loses the header": (
        http(
            THREE + "keepalive 32;\n",
            "proxy_set_header Host $host;",
            server='listen 80;\nproxy_http_version 1.1;\nproxy_set_header Connection "";',
        ),
        "keepalive-without-effect",
        "warning",
        "proxy_set_header Host $host;",
    ),
    "HTTP/1.0 in the newest version": (
        "# for nginx 1.31\n" + http(THREE + "keepalive 32;\n", "proxy_http_version 1.0;"),
        "keepalive-without-effect",
        "warning",
        "proxy_http_version 1.0;",
    ),
    "the newest version told to close": (
        "# for nginx 1.31\n" + http(THREE, 'proxy_set_header Host $host;\nproxy_set_header Connection "close";'),
        "keepalive-without-effect",
        "info",
        'proxy_set_header Connection "close";',
    ),
    "closed by a map for all but WebSockets": (
        http(
            THREE + "keepalive 32;\n",
            "proxy_http_version 1.1;\nproxy_set_header Upgrade $http_upgrade;\nproxy_set_header Connection $upgraded;",
            around="map $http_upgrade $upgraded {\ndefault upgrade;\n'' close;\n}",
        ),
        "keepalive-without-effect",
        "info",
        "proxy_set_header Connection $upgraded;",
    ),
    "kept for no time": (
        "# for nginx 1.31\n" + http(THREE + "keepalive 32;\nkeepalive_timeout 0;\n"),
        "keepalive-too-small",
        "warning",
        "keepalive_timeout 0;",
    ),
    "one attempt, for two locations by one line": (
        http(
            THREE,
            target="}\nlocation /a {\nproxy_pass http://web;\n}\nlocation /b {\nproxy_pass http://web;",
            around="proxy_next_upstream_tries 1;",
        ),
        "no-failover",
        "warning",
        "proxy_next_upstream_tries 1;",
    ),
    "uwsgi, told by its directive alone": (
        http(THREE, "uwsgi_next_upstream off;", "uwsgi_pass web;"),
        "no-failover",
        "warning",
        "uwsgi_next_upstream off;",
    ),
    "FastCGI keeps no connection": (
        http(THREE + "keepalive 32;\n", target="fastcgi_pass web;\nfastcgi_param A b;"),
        "keepalive-without-effect",
        "warning",
        "keepalive 32;",
    ),
    "a quarter of the connections": (
        whole(
            http(
                "zone web 64k;\nserver 10.0.0.1:80 max_conns=8;\nserver 10.0.0.2:80 max_conns=8;\nkeepalive 16;\n",
                'proxy_http_version 1.1;\nproxy_set_header Connection "";',
            )
        ),
        "keepalive-too-large",
        "info",
        "keepalive 16;",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_rule_severity_and_line(case: str, tmp_path: Path) -> None:
    text, rule, severity, line = CASES[case]
    file = tmp_path / "nginx.conf"
    file.write_text(text)
    found = [f for f in check(read("nginx", file)[0], Needs()) if f.rule == rule]
    assert [(f.severity, text.split("\n")[f.location.line - 1]) for f in found] == [(severity, line)]
