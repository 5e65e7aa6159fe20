"""docs/how-to/run-an-incident.md: its lines are run in order, and say what the page says."""

import re
import shlex
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from poise.cli.incident import command
from poise.web.door import HOOK_PATH

PAGE = (Path(__file__).parents[2] / "docs/how-to/run-an-incident.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_its_lines_say_what_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, shown = CliRunner(), ""
    asked = [each for block in blocks("console") for each in re.split(r"^\$ poise incident ", block, flags=re.MULTILINE) if each]
    assert len(asked) > 20
    monkeypatch.chdir(tmp_path)
    for each in asked:
        line, _, said = each.partition("\n")
        done = run.invoke(command, shlex.split(line), env={"POISE_STORE": str(tmp_path / "i.db")})
        assert done.exit_code == 0, (line, done.output)
        if said:
            assert re.sub(r"(20231110-135000-)[0-9a-f]{4}", r"\g<1>3f7a", done.stdout) == said, line
        shown += done.stdout
    assert Path("postmortem.md").read_text(encoding="utf-8").startswith("# Postmortem: Checkouts fail")
    (bar,) = blocks("text")
    assert bar in shown


def test_the_receiver_is_at_the_address_that_takes_it() -> None:
    (text,) = blocks("yaml")
    (receiver,) = yaml.safe_load(text)["receivers"]
    assert receiver["webhook_configs"][0]["url"].endswith(f":7640{HOOK_PATH}")
