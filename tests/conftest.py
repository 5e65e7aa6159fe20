"""What all tests share."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder with a short name: real servers put Unix sockets into it, and sun_path holds 108 bytes wherever TMPDIR lies."""
    folder = Path(tempfile.mkdtemp(prefix="p"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
