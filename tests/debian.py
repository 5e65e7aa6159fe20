"""What only Debian's packages bring. `make test APT=1` installs them, so there a test that misses one fails; elsewhere it is skipped."""

import os
from pathlib import Path

import pytest

CHROMIUM = Path("/usr/bin/chromium")
# Debian builds stream as a module of its own.
STREAM_MODULE = Path("/usr/lib/nginx/modules/ngx_stream_module.so")


def needs_package(name: str, here: bool) -> None:
    """Go no further where that package is not `here`."""
    if not here:
        missing = f"Debian's package {name} is not installed"
        if os.environ.get("APT") == "1":
            pytest.fail(missing)
        pytest.skip(missing)


def only_forbidden(said: str) -> bool:
    """Whether `nginx -t` had nothing against the text, and only may not open Debian's log or a low port: who tests need not be root."""
    emergencies = [line for line in said.splitlines() if "[emerg]" in line]
    return "syntax is ok" in said and bool(emergencies) and all("(13: Permission denied)" in line for line in emergencies)
