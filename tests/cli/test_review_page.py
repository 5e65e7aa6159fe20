"""docs/how-to/review-a-change.md: its example is executed, and its jobs call poise as it can be called."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from poise.cli.diff import command
from poise.cli.root import root

PAGE = (Path(__file__).parents[2] / "docs/how-to/review-a-change.md").read_text(encoding="utf-8")
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | {"GIT_CONFIG_GLOBAL": os.devnull}


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    subprocess.run(("git", *who, *words), cwd=folder, env=CLEAN, check=True, capture_output=True)


def test_the_example_says_what_poise_says(tmp_path: Path) -> None:
    (old,), (needs,), (shown,) = blocks("haproxy"), blocks("toml"), blocks("console")
    (slip,) = re.findall(r"editor: `(server app1 .*?)`", PAGE)
    git(tmp_path, "init", "-q")
    (tmp_path / "haproxy.cfg").write_text(old)
    (tmp_path / "poise.toml").write_text(needs)
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "as committed")
    (tmp_path / "haproxy.cfg").write_text(old.replace("server app1 10.0.0.1:8080 check weight 10", slip))
    line, _, said = shown.partition("\n")
    words = shlex.split(line.removeprefix("$ poise "))
    made = subprocess.run((sys.executable, "-m", "poise.cli", *words), cwd=tmp_path, env=CLEAN, capture_output=True, text=True, check=False)
    assert (made.stdout, made.returncode, made.stderr) == (said, 1, "")


def jobs() -> list[str]:
    lines = [line for block in blocks("yaml") for line in re.findall(r"poise diff .*", block)]
    return [*lines, *re.findall(r"^\| `(poise diff .*?)` \|", PAGE, re.MULTILINE)]


@pytest.mark.parametrize("line", jobs())
def test_every_line_is_one_that_the_command_takes(line: str) -> None:
    words = shlex.split(re.split(r"[>|]", line)[0])[2:]
    context = command.make_context("diff", words, parent=root.make_context("poise", ["diff"], resilient_parsing=True))
    assert context.params["words"]


def test_the_jobs_are_yaml_and_fetch_the_whole_history() -> None:
    gitlab, github = (yaml.safe_load(block) for block in blocks("yaml"))
    assert gitlab["poise-diff"]["variables"]["GIT_DEPTH"] == "0"
    assert github["jobs"]["poise-diff"]["steps"][0]["with"]["fetch-depth"] == 0
    assert gitlab["poise-diff"]["script"][-1].startswith("exit")
