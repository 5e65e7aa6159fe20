"""An install from the folder of wheels, where the network is of no use."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Whatever asks for the network meets nobody.
NOWHERE = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9", "PIP_CONFIG_FILE": "/dev/null"}


@pytest.mark.long
@pytest.mark.timeout(600)
def test_poise_is_installed_from_wheels_alone(tmp_path: Path) -> None:
    wheels = tmp_path / "wheelhouse"
    subprocess.run([ROOT / "scripts" / "wheelhouse", wheels], check=True, timeout=400)
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=wheels, check=True, timeout=60)
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True, timeout=120)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))} | NOWHERE
    install = [tmp_path / "venv/bin/pip", "install", "--quiet", "--no-index", "--find-links", wheels, "poise"]
    subprocess.run(install, check=True, timeout=300, env=environment, cwd=tmp_path)
    config = tmp_path / "nginx.conf"
    config.write_text("events {}\nhttp { upstream web { server 10.0.0.1:80; server 10.0.0.2:80; } }\n")
    poise = [tmp_path / "venv/bin/poise", "predict", config]
    said = subprocess.run(poise, check=False, timeout=60, env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert "50" in said.stdout, said.stderr
    store = ["-c", "from pathlib import Path; from poise.store.incident_log import IncidentLog; IncidentLog(Path('new.db')).close()"]
    subprocess.run([tmp_path / "venv/bin/python", *store], check=True, timeout=60, env=environment, cwd=tmp_path)
