"""What all tests share."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

# A shell starts what runs in the background with Ctrl-C ignored, and children inherit that; the programs under test must get it.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What only root may do is not asked of others; CI runs as root, so it is run there."""
    if os.geteuid() != 0:
        for item in items:
            if item.get_closest_marker("root"):
                item.add_marker(pytest.mark.skip(reason="needs root"))


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder with a short name: real servers put Unix sockets into it, and sun_path holds 108 bytes wherever TMPDIR lies."""
    folder = Path(tempfile.mkdtemp(prefix="p"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
