"""Asks the real Envoy what it makes of a configuration: its verdict is what the reader is held against."""

import subprocess
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from poise.balancers.envoy.lower import lower
from poise.balancers.envoy.syntax import parse
from poise.lab.binaries import Envoy, find_envoy


def accepts(texts: Sequence[tuple[bytes, str]]) -> list[bool]:
    """For each (text, ".yaml" or ".json") whether `envoy --mode validate` takes it."""
    envoy = find_envoy()
    assert isinstance(envoy, Envoy), envoy

    def one(each: tuple[bytes, str]) -> bool:
        with tempfile.TemporaryDirectory(prefix="p") as folder:
            file = Path(folder) / f"envoy{each[1]}"
            file.write_bytes(each[0])
            command = [str(envoy.path), "--mode", "validate", "-l", "critical", "-c", str(file)]
            return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(one, texts))


def refusals(text: bytes | str, ending: str = ".yaml") -> list[tuple[int | None, str]]:
    """What the reader could not read of this text: lines and reasons."""
    text = text if isinstance(text, str) else text.decode("utf-8", "surrogateescape")
    return [(each.line, each.reason) for each in lower([parse(text, f"envoy{ending}")]).could_not]
