"""What is said of a load balancer that does not answer: what is broken in its files, where, and what to do."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from poise.app.first_look import from_files
from poise.app.watching import Problems
from poise.daemon.configuration import Configuration
from poise.daemon.watched import Watched
from poise.model.could_not import CouldNot
from poise.model.needs import Needs

# haproxy 2.6 -c: "parsing [broken.cfg:7] : 'server web/a' : unknown keyword 'cehck'" (line 8 of the second).
HAPROXY = "frontend http\n  mode http\n  bind :80\n  default_backend web\nbackend web\n  mode http\n  server a 127.0.0.1:1 cehck\n"
# nginx 1.22 -t: "unknown directive "proxy_pas"".
NGINX = "events {}\nhttp {\n  upstream web { server 127.0.0.1:1; }\n  server {\n    listen 8080;\n    proxy_pas http://web;\n  }\n}\n"


@pytest.mark.parametrize(
    ("name", "text", "line", "word"), [("broken.cfg", HAPROXY, 7, "`cehck`"), ("broken.conf", NGINX, 6, "`proxy_pas`")]
)
def test_a_file_that_is_refused_is_never_told_as_one_in_order(tmp_path: Path, name: str, text: str, line: int, word: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    topology = Configuration([str(path)], Needs()).topology
    assert topology is not None
    first, *lines = from_files(Watched("lb1", (str(path),)), topology)
    assert first == "from the file alone:"
    assert any(f"not understood {path}:{line}: {word}" in each and "orrect" in each for each in lines)


def test_where_nothing_is_an_error_the_warnings_are_named(tmp_path: Path) -> None:
    path = tmp_path / "lb.cfg"
    timeouts = "defaults\n  timeout client 5s\n  timeout connect 1s\n  timeout server 5s\n"
    path.write_text(timeouts + HAPROXY.replace("cehck", "check") + "  server b 127.0.0.1:2 check\n")
    topology = Configuration([str(path)], Needs()).topology
    assert topology is not None
    _, *lines = from_files(Watched("lb1", (str(path),)), topology)
    found = [each for each in lines if each.startswith(("  warning ", "  info "))]
    assert found and all(f"({path}:" in each for each in found)
    assert f"  `poise audit {path}` says of each why it hurts and what to do" in lines


def test_problems_of_one_file_are_told_with_their_lines() -> None:
    at = datetime(2026, 11, 27, tzinfo=UTC)
    problems = Problems()
    assert problems.news((CouldNot("a.cfg", "is odd", 3),), at) == ["could not: a.cfg:3: is odd"]
    assert problems.news((CouldNot("a.cfg", "is odd", 3), CouldNot("a.cfg", "too", 9)), at) == ["could not: a.cfg:9: too"]
