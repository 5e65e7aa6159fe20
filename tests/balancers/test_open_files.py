"""How many files a process has open, against what the process itself knows."""

import os
import resource
from datetime import UTC, datetime
from pathlib import Path

import pytest

from poise.balancers import open_files

NOW = datetime(2026, 11, 27, tzinfo=UTC)


@pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="no /proc")
def test_our_own() -> None:
    before = open_files.of_process(os.getpid())
    with Path("/dev/null").open(), Path("/dev/null").open():
        after = open_files.of_process(os.getpid())
    assert before is not None and after is not None
    assert after[0] - before[0] == 2
    assert after[1] == resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def process(proc: Path, pid: int, limit: str, used: int) -> None:
    (proc / str(pid) / "fd").mkdir(parents=True)
    for number in range(used):
        (proc / str(pid) / "fd" / str(number)).touch()
    heading = "Limit                     Soft Limit           Hard Limit           Units     \n"
    (proc / str(pid) / "limits").write_text(
        heading + f"Max open files            {limit}                 524288               files     \n"
    )


def test_the_one_nearest_to_its_limit_is_told(tmp_path: Path) -> None:
    process(tmp_path, 10, "1000000", 3)
    process(tmp_path, 11, "8", 2)
    process(tmp_path, 12, "unlimited", 5)
    found = {s.metric: s.value for s in open_files.samples("lb1", (10, 11, 12, 99), NOW, tmp_path)}
    assert found["open_files_limit"] == 8
    assert open_files.samples("lb1", (99, 12), NOW, tmp_path) == []
