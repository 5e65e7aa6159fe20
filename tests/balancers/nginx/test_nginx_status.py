"""stub_status: its page, where it is asked; and a log that says nothing for long."""

import pytest
from lowered_nginx import read, whole

from poise.balancers.nginx.quiet import Quiet
from poise.balancers.nginx.stub_status import StatusAddress, connection_limit, connections, read_page, status_address
from poise.model.could_not import CouldNot

# As nginx 1.22 wrote it.
PAGE = b"Active connections: 291 \nserver accepts handled requests\n 16630948 16630940 31070465 \nReading: 6 Writing: 179 Waiting: 106 \n"


def test_the_page() -> None:
    assert read_page(PAGE) == {
        "sessions": 291,
        "accepts_total": 16630948,
        "handled_total": 16630940,
        "dropped_total": 8,
        "requests_total": 31070465,
        "reading": 6,
        "writing": 179,
        "waiting": 106,
    }
    for other in (b"", b"<html>", b"Active connections: x", PAGE[:40]):
        assert read_page(other) is None


@pytest.mark.parametrize(
    ("listen", "location", "where"),
    [
        ("listen 8080;", "= /status", StatusAddress("127.0.0.1:8080", "/status", "s")),
        ("listen [::]:81;", "/a", StatusAddress("[::1]:81", "/a", "s")),
        ("listen 10.0.0.1:81;", "/a", StatusAddress("10.0.0.1:81", "/a", "s")),
        ("listen unix:/run/n.sock;", "/a", StatusAddress("/run/n.sock", "/a", "s")),
        ("listen 443 ssl; listen 81;", "/a", StatusAddress("127.0.0.1:81", "/a", "s")),
    ],
)
def test_where_it_is_asked(listen: str, location: str, where: StatusAddress) -> None:
    topology = whole(f"server {{ {listen} server_name s; location {location} {{ stub_status; }} }}")
    assert status_address(topology) == where


def test_pages_that_are_not_asked() -> None:
    assert status_address(whole("server { listen 80; }")) is None
    found = status_address(whole("server { listen 443 ssl; location /s { stub_status; } }"))
    assert isinstance(found, CouldNot) and "without TLS" in found.reason and found.line == 3
    assert status_address(whole(""), "http://127.0.0.1:8080/s") == StatusAddress("127.0.0.1:8080", "/s")
    for url in ("ftp://x/", "http://[", "x", "http://h:99999/"):
        assert isinstance(status_address(whole(""), url), CouldNot)


def test_the_limit_of_connections() -> None:
    assert connection_limit(whole("")) == {"connection_limit": 512}
    assert connection_limit(read("worker_processes 2; events { worker_connections 200; } http {}")) == {"connection_limit": 400}
    assert connection_limit(read("worker_processes auto; events {} http {}")) == {}
    assert connection_limit(read("worker_processes auto; events {} http {}"), 4) == {"connection_limit": 2048}


def test_connections_in_use() -> None:
    page = read_page(PAGE)
    assert page is not None
    # 291 of clients, and each of two workers listens at two addresses and hears its master.
    listening = "server { listen 80; listen 81; } server { listen 80; server_name b; }"
    assert connections(read(f"worker_processes 2; events {{}} http {{ {listening} }}"), page) == 291 + 2 * (2 + 1)
    # 178 of the requests hold a connection to a server.
    assert connections(read(f"events {{}} http {{ upstream a {{ server 10.0.0.1; }} {listening} }}"), page, 1) == 291 + 178 + 3


def test_a_log_without_new_lines() -> None:
    quiet = Quiet()
    assert quiet.look(0.0, 10, 5, 100.0, "/a") == ()
    assert quiet.look(9.0, 10, 5, 190.0, "/a") == ()
    [elsewhere] = quiet.look(10.0, 10, 5, 200.0, "/a")
    assert "nginx served 98 requests in 10 s that are not in it" in elsewhere.reason and "reopen" in elsewhere.reason
    assert quiet.look(11.0, 11, 5, 300.0, "/a") == ()
    # Only poise's own looks.
    assert quiet.look(59.0, 11, 5, 301.0, "/a") == ()
    [idle] = quiet.look(60.0, 11, 5, 302.0, "/a")
    assert "no request that was passed to a server was logged for 60 s" in idle.reason
    assert quiet.look(61.0, 12, 6, 303.0, "/a") == ()
