"""What other programs start poise with: the pre-commit hook and the GitHub action, parsed and run."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from poise.rules import RULES

HERE = Path(__file__).parents[2]
GOOD = """\
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    option httpchk GET /healthz
    default-server check
listen web
    bind :8080
    server app1 10.0.0.1:8080 weight 1
    server app2 10.0.0.2:8080 weight 1
"""
UNEVEN = GOOD.replace("weight 1", "weight 256", 1)


def loaded(name: str) -> Any:
    return yaml.safe_load((HERE / name).read_text(encoding="utf-8"))


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A PATH on which `poise` is this one."""
    binaries = tmp_path / "bin"
    binaries.mkdir()
    (binaries / "poise").write_text(f"#!/bin/sh\nexec {sys.executable} -c 'from poise.cli.main import main; main()' \"$@\"\n")
    (binaries / "poise").chmod(0o755)
    return {**os.environ, "PATH": f"{binaries}:{os.environ['PATH']}", "RUNNER_TEMP": str(tmp_path)}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "haproxy.cfg").write_text(UNEVEN)
    return folder


def test_the_hook_has_what_pre_commit_asks_for() -> None:
    (hook,) = loaded(".pre-commit-hooks.yaml")
    assert {"id", "name", "entry", "language"} <= set(hook)
    assert hook["id"] == "poise-audit"
    assert hook["language"] == "python"


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("haproxy.cfg", True),
        ("deploy/haproxy/10-web.cfg", True),
        ("roles/lb/files/nginx.conf", True),
        ("nginx/conf.d/web.conf", True),
        ("etc/sites-enabled/shop", True),
        ("mesh/envoy.yaml", True),
        ("mesh/envoy-eds.JSON", True),
        ("lb/poise.toml", True),
        ("lb/poise.baseline.json", True),
        ("deploy/lb/main.cfg", True),
        ("deploy/lb/www.conf", True),
        ("lb.cfg", True),
        ("docker/default.conf", True),
        ("nginx/vhosts/shop", True),
        ("haproxy/maps/hosts.map", True),
        ("ingress/loadbalancer/prod.yml", True),
        ("README.md", False),
        ("nginx/README.md", False),
        ("haproxy/tests/test_web.py", False),
        ("tox.cfg", False),
        ("app/logging.conf", False),
        ("global/settings.yaml", False),
        ("setup.cfg", False),
        ("values.yaml", False),
        ("docs/nginx.md", False),
    ],
)
def test_the_hook_is_asked_about_configurations(path: str, wanted: bool) -> None:
    (hook,) = loaded(".pre-commit-hooks.yaml")
    assert (re.search(hook["files"], path) is not None) == wanted


def test_the_hook_runs(environment: dict[str, str], repository: Path) -> None:
    (hook,) = loaded(".pre-commit-hooks.yaml")
    command = [*hook["entry"].split(), *hook["args"]]
    done = subprocess.run(command, cwd=repository, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, "uneven-weights" in done.stdout) == (1, True)
    (repository / "haproxy.cfg").write_text(GOOD)
    assert subprocess.run(command, cwd=repository, env=environment, capture_output=True, timeout=60, check=False).returncode == 0


def steps() -> dict[str, Any]:
    return {step["name"]: step for step in loaded("action.yml")["runs"]["steps"]}


def test_the_action_is_a_composite_one_that_uses_its_inputs_and_only_those() -> None:
    action = loaded("action.yml")
    assert action["runs"]["using"] == "composite"
    text = (HERE / "action.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"inputs\.([\w-]+)", text)) == set(action["inputs"])
    assert {"paths", "fail-on", "format"} <= set(action["inputs"])
    assert all(each["description"] and "default" in each for each in action["inputs"].values())


def test_no_input_is_pasted_into_a_script() -> None:
    for step in steps().values():
        assert "${{" not in step.get("run", "")
        assert "run" not in step or step["shell"] == "bash"


def run(name: str, environment: dict[str, str], cwd: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """One step as the runner runs it: bash --noprofile --norc -eo pipefail."""
    values = {key: str(each["default"]) for key, each in loaded("action.yml")["inputs"].items()} | {
        key.replace("_", "-"): value for key, value in inputs.items()
    }
    env = {
        key: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda found: values[found[1]], value) for key, value in steps()[name]["env"].items()
    }
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", steps()[name]["run"]]
    return subprocess.run(command, cwd=cwd, env=environment | env, capture_output=True, text=True, timeout=60, check=False)


def test_the_action_fails_for_findings_with_annotations(environment: dict[str, str], repository: Path) -> None:
    done = run("poise audit", environment, repository)
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("::error file=haproxy.cfg,line=10,")
    assert run("poise audit", environment, repository, fail_on="never").returncode == 0
    assert run("poise audit", environment, repository, arguments="--ignore\nuneven-weights\n").returncode == 0
    assert run("poise audit", environment, repository, paths="absent.cfg").returncode == 2


def test_hostile_inputs_are_arguments_and_nothing_else(environment: dict[str, str], repository: Path) -> None:
    for paths in ("$(touch owned)", "`touch owned`", "; touch owned", "--format=json", "a b.cfg"):
        (repository / "a b.cfg").write_text(GOOD)
        done = run("poise audit", environment, repository, paths=paths)
        assert done.returncode == (0 if paths == "a b.cfg" else 2), (paths, done.stdout, done.stderr)
    assert not (repository / "owned").exists()


def test_the_action_writes_sarif_whatever_is_found(environment: dict[str, str], repository: Path) -> None:
    assert run("Write SARIF", environment, repository).returncode == 0
    assert '"uneven-weights"' in Path(environment["RUNNER_TEMP"], "poise.sarif").read_text()
    assert run("Write SARIF", environment, repository, paths="absent.cfg").returncode == 0
    assert run("Write SARIF", environment, repository, arguments="--no-such-option").returncode != 0


def test_the_how_to_names_only_what_exists() -> None:
    text = (HERE / "docs" / "how-to" / "check-before-push.md").read_text(encoding="utf-8")
    for block in re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        assert yaml.safe_load(block)
    from poise.cli.audit import command

    known = {option for parameter in getattr(command, "params", ()) for option in parameter.opts}
    assert set(re.findall(r"(?<![\w-])(--[a-z][a-z-]+)", text)) <= known | {"--live"}
    (pattern,) = re.findall(r"^ +files: (\S+)", text, re.MULTILINE)
    assert re.search(pattern, "deploy/lb/main.cfg")
    assert 'args: ["--target=haproxy=2.8", "deploy/lb"]' in text
    for names in re.findall(r"--(?:select|ignore) ([a-z,-]+)", text):
        assert set(names.split(",")) <= {*RULES.names, *RULES.themes}
    assert set(re.findall(r"ignore\[([a-z-]+)\]", text)) <= set(RULES.names)
    inputs = set(loaded("action.yml")["inputs"])
    block = next(b for b in re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL) if "uses: example/poise" in b)
    assert set(yaml.safe_load(block)["steps"][1]["with"]) <= inputs


def test_the_readme_shows_what_an_audit_says(environment: dict[str, str]) -> None:
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^```console\n\$ (poise audit[^\n]*)\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    done = subprocess.run(shown[0].split(), cwd=HERE, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == shown[1]
