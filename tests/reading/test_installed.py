"""The installed version is asked of the binary, whatever that binary does."""

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import pytest

from poise.reading import installed
from poise.reading.installed import Installed


def binary(folder: Path, name: str, script: str) -> Installed:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return Installed(path=str(folder), daemons=())


@pytest.mark.parametrize(
    ("product", "script", "version"),
    [
        ("haproxy", "echo 'HAProxy version 2.8.5-1ubuntu3.2 2024/12/02 - https://haproxy.org/'", "2.8.5"),
        ("haproxy", "echo 'HA-Proxy version 2.2.9-2+deb11u6 2023/08/14 - https://haproxy.org/'", "2.2.9"),
        ("haproxy", "echo 'HAProxy version 3.1-dev7 2026/10/17'", "3.1"),
        ("nginx", "echo 'nginx version: nginx/1.22.1 (Ubuntu)' >&2", "1.22.1"),
        ("nginx", "echo 'nginx version: openresty/1.25.3.1' >&2", "1.25.3"),
        ("envoy", "printf '\\nenvoy  version: 9e5580933739775e8bce696a57a2e1bc99368f23/1.40.0/Clean/RELEASE/BoringSSL\\n\\n'", "1.40.0"),
        ("haproxy", "echo nonsense", None),
        ("haproxy", "exit 3", None),
        ("haproxy", "kill -9 $$", None),
    ],
)
def test_what_it_says(product: str, script: str, version: str | None, tmp_path: Path) -> None:
    assert binary(tmp_path, product, script).version(product) == version


# They run in the folder, so that what is left of them is found. None of them ends by itself: whoever waits for its end waits for ever.
ENDLESS = (
    "sleep infinity",
    "sleep infinity & echo hello",
    "trap '' TERM INT; while :; do sleep 1; done",
    "yes",
    "exec >&- 2>&-; sleep infinity",
)


@pytest.mark.timeout(30)
@pytest.mark.parametrize("script", ENDLESS)
def test_one_that_hangs_or_floods_harms_nobody(script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installed, "PATIENCE_SECONDS", 0.1)
    assert binary(tmp_path, "nginx", f"cd {tmp_path}\n{script}").version("nginx") is None
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
    while left_of(tmp_path):
        time.sleep(0.01)


def left_of(folder: Path) -> list[str]:
    """What still runs in that folder: killed, it may take a moment to go."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        # It may have ended, or be somebody else's.
        with suppress(OSError):
            if (process / "cwd").readlink() == folder.resolve():
                found.append(process.name)
    return found


def test_none_installed_and_no_binary_of_the_folder_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Installed(path="", daemons=()).version("haproxy") is None
    binary(tmp_path, "haproxy", "echo HAProxy version 9.9.9")
    monkeypatch.chdir(tmp_path)
    assert Installed(path=":.:", daemons=()).version("haproxy") is None


def test_something_else_of_that_name_is_no_binary(tmp_path: Path) -> None:
    (tmp_path / "haproxy").mkdir()
    assert Installed(path=str(tmp_path), daemons=()).version("haproxy") is None
    (tmp_path / "nginx").write_bytes(b"\x7fELF not really")
    (tmp_path / "nginx").chmod(0o755)
    assert Installed(path=str(tmp_path), daemons=()).version("nginx") is None


@pytest.mark.timeout(30)
def test_what_nobody_waits_for_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def wait(*_: object) -> NoReturn:
        pytest.fail("it waits for an answer")

    monkeypatch.setattr(installed.select, "select", wait)
    asked = binary(tmp_path, "haproxy", "sleep infinity")
    asked.ask("haproxy")
    asked.close()
    assert asked.version("haproxy") is None
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
