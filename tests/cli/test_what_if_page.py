"""docs/how-to/what-if.md: its example is executed, and every line is one that the command takes."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from poise.cli.predict import command
from poise.cli.root import root

PAGE = (Path(__file__).parents[2] / "docs/how-to/what-if.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def words_of(text: str) -> list[str]:
    """Words and no numbers: those that a simulation makes differ in the last digit from one numpy to the next."""
    return re.sub(r"[▏▎▍▌▋▊▉█▶]", "", re.sub(r"[0-9.,]+", "0", text)).split()


def test_the_example_says_what_poise_says(tmp_path: Path) -> None:
    (tmp_path / "haproxy.cfg").write_text(block("haproxy"))
    (tmp_path / "poise.toml").write_text(block("toml"))
    line, _, said = block("console").partition("\n")
    words = shlex.split(line.removeprefix("$ poise "))
    made = subprocess.run((sys.executable, "-m", "poise.cli", *words), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (made.returncode, made.stderr) == (0, "")
    assert words_of(made.stdout) == words_of(said)


@pytest.mark.parametrize("line", re.findall(r"^\| `(poise predict .*?)` \|", PAGE, re.MULTILINE))
def test_every_line_is_one_that_the_command_takes(line: str) -> None:
    context = command.make_context("predict", shlex.split(line)[2:], parent=root.make_context("poise", ["predict"], resilient_parsing=True))
    assert context.params["paths"] == ("haproxy.cfg",)
