"""No planted secret survives, and what is no secret does."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise.model.without_secrets import masked_copy, variables_needed, without_secrets, without_userinfo

ADDRESSES = (
    ("postgresql://poise:{}@db:5432/app", True),
    ("postgresql://db:5432/app?user=u&password={}", False),
    ("postgresql://db/app?sslmode=require&sslpassword={}&x=1", False),
    ("host=db password={} user=u", False),
    ("http://u:{}@127.0.0.1:20000/metrics", True),
    ("http://127.0.0.1/metrics?token={}", False),
    ('dsn = "postgresql://u:{}@h/db"', True),
    ("GET https://u:{}@h/: connection refused", True),
)
LINES = (
    "stats auth admin:{}",
    "    stats auth admin:{}  # the old one",
    "# stats auth admin:{}",
    "+ stats auth admin:{}",
    "user admin insecure-password {}",
    "user admin password {} groups ops",
    "user admin groups ops password {}",
    "- password {}",
    "setenv DATABASE_URL {}",
    "presetenv X {}",
    "http-request set-header Authorization {}",
    'http-request set-header Authorization "Basic {}"',
    "http-request add-header X-Api-Key {} if { path /x }",
    "http-check send meth GET uri / hdr Authorization {}",
    "option httpchk GET / HTTP/1.1\\r\\nAuthorization:\\ Basic\\ {}",
    "acl known req.hdr(authorization) -m str {}",
    "cluster-secret {}",
    "dynamic-cookie-key {}",
    "tcp-check send AUTH\\ {}\\r\\n",
    "http-request set-var(txn.token) str({})",
    'http-request deny unless { var(txn.t),jwt_verify(HS256,"{}") 1 }',
)
PLAIN = st.text(string.ascii_letters + string.digits + "!$%*+,-.:;=_~^", min_size=8, max_size=30)
# In a URL also what ends its parts for a careful reader.
IN_URL = st.text(string.ascii_letters + string.digits + "!$%*+,-.:;=_~^@/?#&\"'<>|", min_size=8, max_size=30)


def planted(place: str, secret: str) -> str:
    return place.replace("{}", secret)


@pytest.mark.parametrize(("place", "url"), ADDRESSES)
def test_no_password_of_an_address_survives(place: str, url: bool) -> None:
    @given(st.one_of(IN_URL if url and '"' not in place else PLAIN, PLAIN))
    def check(secret: str) -> None:
        secret = "s3cr" + secret
        for mask in (without_userinfo, without_secrets, masked_copy):
            assert "s3cr" not in mask(planted(place, secret))
            # Part of the place itself may be drawn as the secret, such as "postgres".
            assert secret[4:] in place or secret[4:] not in mask(planted(place, secret))

    check()


@pytest.mark.parametrize("place", LINES)
def test_no_secret_word_of_a_configuration_survives(place: str) -> None:
    @given(PLAIN)
    def check(secret: str) -> None:
        text = planted(place, "s3cr" + secret)
        assert "s3cr" not in without_secrets(text) and (secret in place or secret not in without_secrets(text))
        copy = masked_copy(text)
        assert "s3cr" not in copy and (secret in place or secret not in copy) and len(copy) == len(text)

    check()


@given(st.text())
def test_any_text_keeps_its_lines_and_its_length(text: str) -> None:
    text = text.encode("utf-8", "backslashreplace").decode()
    assert len(masked_copy(text).encode()) == len(text.encode())
    assert masked_copy(text).count("\n") == text.count("\n")


@pytest.mark.parametrize(
    ("given_text", "told"),
    [
        ("postgresql://u:s3cr/et@h/db", "postgresql://u:***@h/db"),
        ("postgresql://u:p@ss@h/db", "postgresql://u:***@h/db"),
        ("postgresql://h/db?password=x&user=u", "postgresql://h/db?password=***&user=u"),
        ("https://ghp_token@h/", "https://***@h/"),
        ("postgresql://poise@h/db", "postgresql://poise@h/db"),
        ("http://127.0.0.1:20000/ is slow for bob@example.org", "http://127.0.0.1:20000/ is slow for bob@example.org"),
        ("http://[::1]:20000/x", "http://[::1]:20000/x"),
        ("the password is not accepted", "the password is not accepted"),
        ("password authentication failed for user x", "password authentication failed for user x"),
        ("dsn = 'postgresql://u:a b\"c@h/db' # ours", "dsn = 'postgresql://u:***@h/db' # ours"),
    ],
)
def test_what_is_told_of_an_address(given_text: str, told: str) -> None:
    assert without_userinfo(given_text) == told


@pytest.mark.parametrize(
    "line",
    [
        "server app1 127.0.0.1:21001 weight 3 check",
        "stats uri /stats",
        "balance roundrobin",
        "cookie SRV insert indirect nocache",
        "http-request set-header X-Forwarded-Proto https",
        "bind :443 ssl crt /etc/haproxy/site.pem",
        "acl api path_beg /token",
        "option httpchk GET /healthz",
        "stats socket /run/haproxy/admin.sock mode 660 level admin",
        "hash-key addr-port",
    ],
)
def test_what_is_no_secret_stays(line: str) -> None:
    assert without_secrets(line) == line == masked_copy(line)


def test_a_variable_that_a_server_is_written_with_stays_in_a_copy() -> None:
    text = "global\n setenv HOST 10.0.0.1\n setenv DB_PASSWORD x\n setenv OTHER y\n"
    text += 'backend b\n server s "${HOST}:80"\n server t "$DB_PASSWORD"\n'
    needed = variables_needed([text])
    assert needed == {"HOST"}
    copy = masked_copy(text, needed)
    assert "setenv HOST 10.0.0.1" in copy and "setenv DB_PASSWORD *\n" in copy and "setenv OTHER *\n" in copy
    assert "setenv HOST ***" in without_secrets(text)
