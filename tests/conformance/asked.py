"""poise asked as users ask it: the command line, a configuration and a poise.toml, JSON on stdout."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.conformance.running import Binary, minor


def predicted(
    binary: Binary, folder: Path, file: Path, requests: int, needs: str = "", keys: Sequence[str] | None = None
) -> Mapping[str, Mapping[str, Any]]:
    """The forecast of each pool by name: `poise predict --format json`."""
    toml = folder / "poise.toml"
    toml.write_text(needs)
    target = f"{type(binary).__name__.lower()}={minor(binary)}"
    command = [sys.executable, "-m", "poise.cli", "predict", "--format", "json", "--requests", str(requests)]
    command += ["--needs", str(toml), "--target", target]
    if keys is not None:
        listed = folder / "keys.txt"
        listed.write_text("".join(f"{key}\n" for key in keys))
        command += ["--keys", str(listed)]
    answer = subprocess.run([*command, str(file)], capture_output=True, text=True, timeout=900, check=False)
    assert answer.returncode in (0, 1), answer.stderr[-2000:] + answer.stdout[-3000:]
    return {pool["pool"]: pool for pool in json.loads(answer.stdout)["pools"]}
