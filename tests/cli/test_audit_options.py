"""What users of linters ask for: baselines, comments, acceptance, versions, order, streams; through the program itself."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from poise.report.schema import schema

POISE = [sys.executable, "-c", "from poise.cli.main import main; main()"]
BASE = """\
defaults
    mode http
    balance roundrobin
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    option httpchk GET /healthz
    default-server check
"""
WEB = """\
listen web
    bind :8080
    server app1 10.0.0.1:8080 weight 1
    server app2 10.0.0.2:8080 weight 1
    server app3 10.0.0.3:8080 weight 1
    server app4 10.0.0.4:8080 weight 1
"""
GOOD = BASE + WEB
UNEVEN = GOOD.replace("weight 1", "weight 256", 1)
NGINX = """\
upstream shop {
    zone shop 64k;
    server 10.0.1.1:80 weight=100;
    server 10.0.1.2:80;
}
server {
    listen 80;
    server_name shop.example;
    location / { proxy_pass http://shop; }
}
"""


def poise(*words: str, cwd: Path, given: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, **environment}
    return subprocess.run([*POISE, *words], cwd=cwd, capture_output=True, text=True, input=given, env=env, timeout=60, check=False)


def audited(*words: str, cwd: Path, given: str | None = None) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(poise("audit", "--format", "json", *words, cwd=cwd, given=given).stdout)
    jsonschema.validate(made, json.loads(schema("audit")), format_checker=jsonschema.FormatChecker())
    return made


def rules(*words: str, cwd: Path, given: str | None = None) -> list[str]:
    return [f["rule"] for f in audited(*words, cwd=cwd, given=given)["findings"]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("good.cfg", GOOD), ("uneven.cfg", UNEVEN)):
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_baseline_is_written_held_and_its_repaired_findings_told(folder: Path) -> None:
    written = poise("audit", "--write-baseline", "poise.baseline.json", "uneven.cfg", cwd=folder)
    assert written.returncode == 0, written.stderr
    assert "1 in the baseline" in written.stdout
    held = poise("audit", "--baseline", "poise.baseline.json", "uneven.cfg", cwd=folder)
    assert (held.returncode, held.stdout[:11]) == (0, "no findings")
    # Moved, from another folder, by another name of the same file: still the same finding.
    (folder / "uneven.cfg").write_text("# a new line\n" + UNEVEN)
    (folder / "elsewhere").mkdir()
    words = ("audit", "--baseline", "../poise.baseline.json", str(folder / "uneven.cfg"))
    assert poise(*words, cwd=folder / "elsewhere").returncode == 0
    (folder / "uneven.cfg").write_text(UNEVEN.replace("server app2 10.0.0.2:8080 weight 1", "server app2 10.0.0.1:8080 weight 1"))
    made = audited("--baseline", "poise.baseline.json", "uneven.cfg", cwd=folder)
    assert "uneven-weights" not in {f["rule"] for f in made["findings"]}
    assert [f["rule"] for f in made["findings"]] != []
    (folder / "uneven.cfg").write_text(GOOD)
    done = poise("audit", "--baseline", "poise.baseline.json", "uneven.cfg", cwd=folder)
    assert done.returncode == 0
    assert done.stdout.startswith("fixed uneven.cfg: uneven-weights ")
    assert "1 of the baseline fixed" in done.stdout


@pytest.mark.parametrize(
    "text", ["", "nonsense", "[]", '{"version":2,"findings":[]}', '{"version":1,"findings":[{"rule":1}]}', "[" * 100_000, '{"version":1}']
)
def test_a_wrong_baseline_is_exit_2(text: str, folder: Path) -> None:
    (folder / "b.json").write_text(text)
    done = poise("audit", "--baseline", "b.json", "good.cfg", cwd=folder)
    assert done.returncode == 2
    assert "baseline" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_baseline_that_cannot_be_written_is_exit_2(folder: Path) -> None:
    for path in ("nowhere/b.json", ".", "/dev/full"):
        done = poise("audit", "--write-baseline", path, "uneven.cfg", cwd=folder)
        assert done.returncode == 2, path
        assert "baseline" in done.stdout
        # What no file holds still counts.
        assert "error uneven-weights" in done.stdout, path
        assert "in the baseline" not in done.stdout, path
    assert sorted(file.name for file in folder.iterdir()) == ["good.cfg", "uneven.cfg"]


def test_a_baseline_takes_the_place_of_a_baseline_only(folder: Path) -> None:
    done = poise("audit", "uneven.cfg", "--write-baseline", "good.cfg", cwd=folder)
    assert done.returncode == 2
    assert "a file that is no baseline stands there" in done.stdout
    assert (folder / "good.cfg").read_text() == GOOD
    for _ in range(2):
        assert poise("audit", "uneven.cfg", "--write-baseline", "b.json", cwd=folder).returncode == 0


@pytest.mark.parametrize(
    ("where", "silent"),
    [("listen web", True), ("    server app1", True), ("    bind", False), ("defaults", False), ("    server app2", False)],
)
def test_a_comment_at_the_head_of_an_object_speaks_for_what_is_in_it(where: str, silent: bool, folder: Path) -> None:
    text = re.sub(rf"^({re.escape(where)}[^\n]*)$", r"\1 # poise: ignore[uneven-weights] app1 is big", UNEVEN, count=1, flags=re.M)
    (folder / "a.cfg").write_text(text)
    assert ("uneven-weights" not in rules("a.cfg", cwd=folder)) == silent
    above = re.sub(
        rf"^({re.escape(where)}[^\n]*)$", r"# poise: ignore[uneven-weights] app1 is big\n# more\n\1", UNEVEN, count=1, flags=re.M
    )
    (folder / "a.cfg").write_text(above)
    assert ("uneven-weights" not in rules("a.cfg", cwd=folder)) == silent


def test_comments_count_in_nginx_too_and_on_standard_input(folder: Path) -> None:
    assert "uneven-weights" in rules("-", cwd=folder, given=NGINX)
    for line in ("upstream shop {", "    server 10.0.1.1:80 weight=100;"):
        found = audited("-", cwd=folder, given=NGINX.replace(line, f"{line} # poise: ignore[uneven-weights] it is big"))
        assert not {"uneven-weights", "ignore-comment"} & {f["rule"] for f in found["findings"]}
    wrong = audited("-", cwd=folder, given=NGINX.replace("    listen", "    # poise: ignore[uneven-weights]\n    listen"))
    (complaint,) = [f for f in wrong["findings"] if f["rule"] == "ignore-comment"]
    assert (complaint["product"], complaint["file"]) == ("nginx", "<stdin>")


def test_a_comment_for_a_rule_that_did_not_run_is_not_idle(folder: Path) -> None:
    (folder / "a.cfg").write_text(GOOD.replace("listen web", "listen web # poise: ignore[uneven-weights] meant"))
    assert rules("a.cfg", cwd=folder) == ["ignore-comment"]
    assert rules("--ignore", "uneven-weights", "a.cfg", cwd=folder) == []
    assert rules("--ignore", "ignore-comment", "a.cfg", cwd=folder) == []
    assert rules("--select", "health", "a.cfg", cwd=folder) == []


@pytest.mark.parametrize(
    ("selected", "more", "said"),
    [
        ("hash-changed", (), ["needs `--against OLD`"]),
        ("changes", (), ["needs `--against OLD`"]),
        ("changes", ("--against", "uneven.cfg"), []),
        ("upstream-without-zone", (), ["is about other products"]),
        ("ignore-comment", (), []),
        ("health", (), []),
    ],
)
def test_where_no_rule_is_asked_that_is_said(selected: str, more: tuple[str, ...], said: list[str], folder: Path) -> None:
    found = audited("--select", selected, *more, "uneven.cfg", cwd=folder)
    assert found["findings"] == []
    assert [words in remark["text"] for remark, words in zip(found["remarks"], said, strict=True)] == [True] * len(said)


def test_an_acceptance_may_name_the_server_and_the_file(folder: Path) -> None:
    accepted = '[accept.uneven-weights]\npool = "web"\n{}by = "D. Müller"\nbecause = "big machine"\nuntil = 9999-12-31\n'
    for key, silent in (
        ('server = "app1"\n', True),
        ('server = "app2"\n', False),
        ('file = "uneven.cfg"\n', True),
        ('file = "x.cfg"\n', False),
    ):
        (folder / "poise.toml").write_text(accepted.format(key))
        assert ("uneven-weights" not in rules("uneven.cfg", cwd=folder)) == silent, key


def test_an_acceptance_that_nothing_needs_is_told(folder: Path) -> None:
    (folder / "poise.toml").write_text(
        '[pool.web]\n\n[accept.uneven-weights]\npool = "web"\nby = "D. Müller"\nbecause = "big machine"\nuntil = 2020-01-31\n'
    )
    (idle,) = audited("good.cfg", cwd=folder)["findings"]
    assert (idle["rule"], idle["severity"], idle["file"], idle["line"]) == ("ignore-comment", "info", "poise.toml", 3)
    assert idle["message"].endswith("accepts nothing, and ended on 2020-01-31")
    (folder / "poise.toml").write_text((folder / "poise.toml").read_text().replace('pool = "web"', 'pool = "elsewhere"'))
    assert rules("good.cfg", cwd=folder) == []


def test_the_version_that_is_judged_by_is_said(folder: Path) -> None:
    binaries = folder / "bin"
    binaries.mkdir()
    (binaries / "haproxy").write_text("#!/bin/sh\necho 'HAProxy version 3.0.5-1 2026/01/01'\n")
    (binaries / "haproxy").chmod(0o755)
    path = f"{binaries}:{os.environ['PATH']}"
    said = poise("audit", "good.cfg", cwd=folder, PATH=path)
    assert said.stdout == "no findings in 1 file (haproxy 3.0.5, installed)\n"
    made = json.loads(poise("audit", "--format", "json", "good.cfg", cwd=folder, PATH=path).stdout)
    wanted = {"file": "good.cfg", "product": "haproxy", "target": "3.0.5", "target_from": "installed", "files": ["good.cfg"]}
    assert made["read"] == [wanted]
    made = audited("--target", "haproxy=2.6", "--target", "envoy=1.40", "good.cfg", cwd=folder)
    assert made["read"] == [{"file": "good.cfg", "product": "haproxy", "target": "2.6", "target_from": "given", "files": ["good.cfg"]}]


def test_f_is_the_order_of_haproxy(folder: Path) -> None:
    (folder / "base.cfg").write_text(BASE)
    (folder / "web.cfg").write_text(WEB)
    assert rules("-f", "base.cfg", "-f", "web.cfg", cwd=folder) == []
    assert rules("--together", "base.cfg", "web.cfg", cwd=folder) == []
    apart = rules("base.cfg", "web.cfg", cwd=folder)
    assert "missing-timeouts" in apart
    made = json.loads(poise("predict", "--format", "json", "-f", "base.cfg", "-f", "web.cfg", cwd=folder).stdout)
    assert len(made["pools"]) == 1


def test_against_judges_the_change_as_well(folder: Path) -> None:
    hashed = GOOD.replace("balance roundrobin", "balance uri")
    (folder / "four.cfg").write_text(hashed)
    (folder / "three.cfg").write_text(hashed.replace("    server app4 10.0.0.4:8080 weight 1\n", ""))
    plain = rules("three.cfg", cwd=folder)
    assert "hash-reshuffled" not in plain
    assert set(rules("--against", "four.cfg", "three.cfg", cwd=folder)) == {*plain, "hash-reshuffled"}
    assert poise("audit", "--against", "absent.cfg", "good.cfg", cwd=folder).returncode == 2


def test_a_mixed_folder_is_one_report_in_a_fixed_order(folder: Path) -> None:
    (folder / "edge").mkdir()
    (folder / "edge" / "nginx.conf").write_text(f"events {{}}\nhttp {{\n{NGINX}}}\n")
    first = audited(".", cwd=folder)
    assert {r["product"] for r in first["read"]} == {"haproxy", "nginx"}
    places = [(f["file"], f["line"]) for f in first["findings"]]
    assert places == sorted(places)
    assert first["could_not"] == []
    assert all(audited(".", cwd=folder) == first for _ in range(2))


def test_2_outranks_1(folder: Path) -> None:
    (folder / "broken.cfg").write_text(GOOD + "    sever app5 10.0.0.5:80\n")
    for words in (("uneven.cfg", "broken.cfg"), (".",), ("--fail-on", "never", "uneven.cfg", "absent.cfg")):
        assert poise("audit", *words, cwd=folder).returncode == 2


@pytest.mark.parametrize("form", ["text", "json", "sarif", "markdown", "github", "gitlab"])
def test_hostile_names_reach_no_terminal_in_any_form(form: str, folder: Path) -> None:
    name = "evil\x1b[2J\x07\n::error::x|`<b>\udcff.cfg"
    with (folder / name).open("w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(UNEVEN.replace("bind :8080", "bind :8080 \x9b2J"))
    done = poise("audit", "--format", form, ".", cwd=folder, PYTHONIOENCODING="utf-8")
    assert re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028]", done.stdout + done.stderr) == []
    assert "Traceback" not in done.stderr
    assert done.returncode in (1, 2)
    if form == "github":
        assert all(line.startswith(("::error file=", "::warning file=", "::notice file=")) for line in done.stdout.splitlines())


@pytest.mark.parametrize("waiting", [False, True])
def test_an_interrupted_audit_is_130_and_leaves_no_process(folder: Path, waiting: bool) -> None:
    binaries = folder / "bin"
    binaries.mkdir()
    (binaries / "haproxy").write_text(f"#!/bin/sh\necho $$ > {folder}/started\nexec sleep 60\n")
    (binaries / "haproxy").chmod(0o755)
    env = {**os.environ, "PATH": f"{binaries}:{os.environ['PATH']}"}
    with subprocess.Popen([*POISE, "audit", "good.cfg"], cwd=folder, stderr=subprocess.PIPE, stdout=subprocess.PIPE, env=env) as process:
        until = time.monotonic() + 30
        while not (folder / "started").exists() or not (folder / "started").read_text().strip():
            assert time.monotonic() < until
            time.sleep(0.01)
        # Early the file is still being read; later nothing is left but to sleep until the binary answers.
        while waiting and Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] != "S":
            assert time.monotonic() < until
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in said
    with pytest.raises(ProcessLookupError):
        os.kill(int((folder / "started").read_text()), 0)


@pytest.mark.parametrize("form", ["text", "json", "sarif", "markdown", "github", "gitlab"])
def test_a_full_disk_is_said_in_any_form(form: str, folder: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        command = [*POISE, "audit", "--format", form, "uneven.cfg"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, cwd=folder, timeout=60, check=False)
    assert done.returncode == 2
    assert b"No space left on device" in done.stderr and b"Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["audit", "predict", "needs", "docs"])
def test_whatever_a_path_is_there_is_an_answer(command: str, folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    (folder / "junk").write_bytes(os.urandom(5000) + b"\0")
    (folder / "empty").write_bytes(b"")
    (folder / "hidden").mkdir()
    for path in ("pipe", "junk", "empty", "hidden", "/dev/zero", "absent", "good.cfg/x", ""):
        done = poise(command, path, cwd=folder)
        assert done.returncode == 2, (path, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr


def test_a_closed_standard_input_is_said(folder: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" <&-', "sh", *POISE, "audit", "-"], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr


def test_the_caret_stands_below_the_word(folder: Path) -> None:
    lines = poise("audit", "uneven.cfg", cwd=folder).stdout.splitlines()
    shown = next(line for line in lines if "weight 256" in line)
    caret = lines[lines.index(shown) + 1]
    assert shown[caret.index("^") : caret.rindex("^") + 1] == "256"


def test_an_unrelated_old_configuration_is_told(folder: Path) -> None:
    (folder / "other.cfg").write_text(GOOD.replace("listen web", "listen mail"))
    said = poise("audit", "--against", "other.cfg", "good.cfg", cwd=folder)
    assert said.returncode == 2
    assert "could not other.cfg: it has no pool in common with what was read" in said.stdout
    assert poise("audit", "--against", "good.cfg", "good.cfg", cwd=folder).returncode == 0
