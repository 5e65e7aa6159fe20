import subprocess
import tomllib

from poise.lab.addresses import Addresses
from poise.lab.binaries import Haproxy, find_haproxy
from poise.lab.config import haproxy_text, needs_text
from poise.lab.plan import LabPlan
from poise.lab.settings import BalancerSettings

PLAN = LabPlan(servers=3, weights=(1, 256, 1))
ADDRESSES = Addresses.of(PLAN, 20_000)


def test_haproxy_accepts_the_file(tmp_path):
    found = find_haproxy()
    assert isinstance(found, Haproxy)
    file = tmp_path / "haproxy.cfg"
    file.write_text(haproxy_text(PLAN, ADDRESSES, tmp_path, BalancerSettings()))
    checked = subprocess.run([found.path, "-c", "-f", file], env=dict(found.environment), capture_output=True, text=True, check=False)
    assert (checked.returncode, "warning" in (checked.stdout + checked.stderr).lower()) == (0, False), checked.stderr


def test_weights_and_maxconn_stand_on_the_server_lines(tmp_path):
    text = haproxy_text(PLAN, ADDRESSES, tmp_path, BalancerSettings({"app2": 256, "app1": 1}, maxconn=1))
    servers = [line.strip() for line in text.splitlines() if line.strip().startswith("server ")]
    assert servers == [
        "server app1 127.0.0.1:20021 weight 1 maxconn 1",
        "server app2 127.0.0.1:20022 weight 256 maxconn 1",
        "server app3 127.0.0.1:20023 weight 100 maxconn 1",
    ]


def test_poise_toml_has_needs_and_where_to_look():
    needs = tomllib.loads(needs_text(PLAN, ADDRESSES, "postgresql://poise@127.0.0.1:20041/app"))
    assert needs["pool"]["web"]["split"] == "even"
    assert needs["pool"]["web"]["survive"] == 1
    assert needs["pool"]["web"]["concurrency_per_server"] == 4
    assert needs["watch"]["client"] == "http://127.0.0.1:20000/"
    assert needs["watch"]["server"]["web/app1"] == {
        "metrics": "http://127.0.0.1:20001/metrics",
        "direct": "127.0.0.1:20001",
        "application": "app1",
    }
    assert needs["watch"]["database"]["main"] == {
        "dsn": "postgresql://poise@127.0.0.1:20041/app",
        "path": "127.0.0.1:20042",
        "direct": "127.0.0.1:20041",
        "used_by": ["app1", "app2", "app3"],
    }
