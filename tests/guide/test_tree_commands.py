"""What the troubleshooting tree and chapter 15 tell to type is what the real programs understand, and columns are where they say."""

import re
import socket
import subprocess
import urllib.request
from pathlib import Path

import pytest
from tests.guide.guide_examples import blocks
from tests.small_haproxy import small_haproxy, until

from poise.app.guide import guide
from poise.lab.binaries import Envoy, find_envoy
from poise.lab.ports import take_ports

pytestmark = [pytest.mark.live, pytest.mark.binary]
TREE = guide()["troubleshooting"].text
# The small HAProxy has no health check that could be switched on again.
WELL = ("", "Health check was not configured on this server, cannot enable.")


def ask(path: Path, command: str) -> str:
    link = socket.socket(socket.AF_UNIX)
    link.connect(str(path))
    with link, link.makefile("rw") as file:
        file.write(f"{command}\n")
        file.flush()
        return file.read().strip()


def test_haproxys_columns_and_names_are_where_the_tree_says_and_its_acts_are_understood(tmp_path: Path) -> None:
    columns = re.search(r"cut -d, -f([\d,]+)", TREE)
    names = re.search(r"grep -E '\^\(([\w|-]+)\)'", TREE)
    acts = re.findall(r"`((?:set server|disable health|enable health) web/app\d[^`]*)`", guide()["respond"].text)
    assert columns and names and len(acts) >= 6
    with small_haproxy(tmp_path, "admin"):
        path = tmp_path / "admin.sock"
        head = ask(path, "show stat").partition("\n")[0].removeprefix("# ").split(",")
        wanted = ["pxname", "svname", "qcur", "scur", "stot", "econ", "status", "weight", "hrsp_5xx"]
        assert [head[int(number) - 1] for number in columns[1].split(",")] == wanted
        for number, name in ((3, "qcur"), (37, "check_status"), (16, "wretr"), (17, "wredis")):
            assert head[number - 1] == name
            assert re.search(rf"columns? (?:16, )?{number}\b", TREE)
        said = {line.partition(":")[0] for line in ask(path, "show info").splitlines()}
        assert set(names[1].split("|")) <= said
        assert [(act, answer) for act in acts if (answer := ask(path, act)) not in WELL] == []


def test_envoys_admin_page_has_the_names_that_the_tree_looks_for(tmp_path: Path) -> None:
    found = find_envoy()
    assert isinstance(found, Envoy), found
    config = next(b.text for b in blocks() if b.chapter == "15-respond" and b.product == "envoy" and b.good)
    ports = take_ports(414)
    (tmp_path / "envoy.yaml").write_text(config.replace("9901", str(ports.first)))
    command = [str(found.path), "-c", str(tmp_path / "envoy.yaml"), "--concurrency", "1", "--use-dynamic-base-id", "-l", "off"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def page(path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{ports.first}{path}", timeout=20) as answer:
            return str(answer.read().decode())

    def answers() -> bool:
        try:
            return "web" in page("/clusters")
        except OSError:
            return False

    try:
        until(answers)
        clusters, stats = page("/clusters"), page("/stats")
    finally:
        process.terminate()
        process.wait(20)
        ports.release()
    asked = re.search(r"9901/clusters \\\| grep -E '([^']+)'", TREE)
    assert asked
    assert [name for name in asked[1].replace("\\", "").split("|") if name not in clusters] == []
    assert [name for name in ("overflow", "lb_healthy_panic", "upstream_rq_retry") if name not in stats or name not in TREE] == []
