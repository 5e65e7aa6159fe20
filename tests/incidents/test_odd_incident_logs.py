"""Logs of other writers, and figures that nobody can reckon with: they are told, never a traceback."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from poise.cli.incident import command

NOON = "2026-01-01T12:00:00+00:00"


def line(kind: str, at: str = NOON, **payload: object) -> str:
    return json.dumps({"kind": kind, "at": at, "recorded_at": NOON, "source": "by hand", "seq": 1, "payload": payload})


def written(tmp_path: Path, *lines: str) -> str:
    file = tmp_path / "incident.jsonl"
    file.write_text("\n".join(['{"version": 1, "incident": "x"}', line("opened", title="slow", severity="error"), *lines]) + "\n")
    return str(file)


@pytest.mark.parametrize("at", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00"])
@pytest.mark.parametrize("what", ["postmortem", "page", "share"])
def test_an_instant_at_the_edge_of_the_calendar_is_refused(tmp_path: Path, at: str, what: str) -> None:
    done = CliRunner().invoke(command, [what, "--log", written(tmp_path, line("time", at, name="detected", basis="stated"))])
    assert (done.exit_code, f"{at} is no instant of 1970 to 9000" in done.stderr) == (2, True)


ODD = {
    "evidence": line("hypothesis_opened", hypothesis="h", statement="s", layer="database", evidence=[{"observable": "o", "observed": {}}]),
    "bits": line("hypothesis_opened", hypothesis="h", statement="s", layer="database", evidence=[{"observable": "o", "bits": 10**400}]),
    "impact": line("impact", share_of_requests=float("nan")),
    "large": line("impact", share_of_requests=10**400),
    "due": line("task", id="t", text="t", state="open", due="9999-12-31T23:59:59-12:00"),
}


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("what", ["postmortem", "page"])
def test_a_figure_that_is_none_is_kept_unread(tmp_path: Path, odd: str, what: str) -> None:
    at = line("time", NOON, name="detected", basis="stated")
    done = CliRunner().invoke(command, [what, "--log", written(tmp_path, at, ODD[odd])])
    assert done.exit_code == 0, done.exception
    assert "Kept unread" in done.stdout


@pytest.mark.parametrize(
    "arguments", [("impact", "--cost", "nan"), ("evidence", "1", "o", "--for", "--bits", "inf"), ("time", "detected", "0001-01-01T00:00Z")]
)
def test_what_nobody_can_reckon_with_is_wrong_usage(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    store = ["--store", str(tmp_path / "i.db")]
    assert CliRunner().invoke(command, ["open", "slow", *store]).exit_code == 0
    assert CliRunner().invoke(command, ["hypothesis", "last", "locks", "--layer", "database", *store]).exit_code == 0
    what, *others = arguments
    done = CliRunner().invoke(command, [what, "last", *others, *store])
    assert isinstance(done.exception, SystemExit)
    assert (done.exit_code, done.stdout) == (2, "")


def test_an_observed_infinity_stays_a_word(tmp_path: Path) -> None:
    store = ["--store", str(tmp_path / "i.db")]
    CliRunner().invoke(command, ["open", "slow", *store])
    CliRunner().invoke(command, ["hypothesis", "last", "locks", "--layer", "database", *store])
    done = CliRunner().invoke(command, ["evidence", "last", "1", "waits", "--for", "--observed", "inf", *store])
    assert done.exit_code == 0, done.exception
    assert "waits: inf" in CliRunner().invoke(command, ["show", "last", *store]).stdout
