"""HAProxy's reader as it is fuzzed."""

from collections.abc import Iterator

from poise.balancers.haproxy import keywords, vocabulary
from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import parse, recognise, unparse
from poise.model.topology import Topology

FILE = "fuzz.cfg"
# What a configuration may see of its environment: a value, a list and an empty one.
ENVIRONMENT = {"HOST": "127.0.0.1", "LIST": "a b c", "NONE": ""}
# A configuration that leads to addresses that fuzzed files are likely to take, and whose names they are likely to share.
NEIGHBOUR = """defaults
    mode http
    timeout connect 1s
    timeout client 9s
    timeout server 9s
frontend in
    bind :8080
    default_backend web
backend web
    balance roundrobin
    server a 127.0.0.1:80 check weight 3 maxconn 10
    server b 127.0.0.1:8080 check backup
"""
CONTEXTS = ("", "    ", "listen web\n    ", "backend web\n    server a 127.0.0.1:80 ", "defaults\n    ", "global\n    ")


def read(text: str, file: str = FILE) -> Topology:
    """The topology of one text. The version it is read for follows from its length, so that each is tried."""
    target = (None, None, "2.6", "2.8", "3.0", "2.4.30")[len(text) % 6]
    document = parse(text, file, ENVIRONMENT if len(text) % 2 else None, target)
    assert unparse(document) == text, "unparse(parse(text)) is not the text"
    return lower([document], target)


def recognised(text: str) -> bool:
    """Whether the text is taken for HAProxy's."""
    return recognise(text)


def words() -> Iterator[str]:
    """Every keyword that the reader knows, and signs that mean something."""
    for module in (keywords, vocabulary):
        for table in vars(module).values():
            if isinstance(table, frozenset | dict):
                yield from (word for word in table if isinstance(word, str))
    yield from r"""
        roundrobin static-rr leastconn first source uri hdr(host) random(2) hash consistent map-based sdbm djb2 wt6 crc32 127.0.0.1:80
        [::1]:80 :8080 /run/x.sock unix@/x abns@x ipv4@ fd@3 localhost:80 10.0.0.1-9:80 *:80 0.0.0.0:443 ${HOST} "$LIST" ${LIST[*]}
        ${NONE-1} \x00 \x41 \ ' " # .if .elif .else .endif .alert && || ! ( ) , : - 5s 100ms 1d defined(HOST) streq(a,b)
        version_atleast(2.6) feature(QUIC) 0 1 -1 256 257 65535 65536 99999999999999999999 %[src]
    """.split()
    yield from ("\r\n", "\0", "\t", "\\ ")
