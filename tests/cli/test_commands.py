"""The program as users and scripts meet it: a process with arguments, streams and an exit code."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path

import jsonschema
import pytest

from poise.app.diff import diff
from poise.app.needs import parse_needs
from poise.cli import main as cli_main
from poise.cli.root import COMMANDS
from poise.report.schema import NAMES, schema
from poise.store.store_error import StoreError

POISE = [sys.executable, "-c", "from poise.cli.main import main; main()"]
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
    server app3 10.0.0.3:8080 weight 1
    server app4 10.0.0.4:8080 weight 1
"""
UNEVEN = GOOD.replace("weight 1", "weight 256", 1)
BROKEN = GOOD + "    sever app5 10.0.0.5:8080\n"


def poise(*words: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*POISE, *words], cwd=cwd, capture_output=True, text=True, env={**os.environ, **environment}, timeout=60, check=False
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("good.cfg", GOOD), ("uneven.cfg", UNEVEN), ("broken.cfg", BROKEN)):
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("audit good.cfg", 0),
        ("audit uneven.cfg", 1),
        ("audit --fail-on error uneven.cfg", 1),
        ("audit --ignore uneven-weights uneven.cfg", 0),
        ("audit --select zero-weight uneven.cfg", 0),
        ("audit broken.cfg", 2),
        ("audit absent.cfg", 2),
        ("audit uneven.cfg broken.cfg", 2),
        ("predict good.cfg", 0),
        ("predict absent.cfg", 2),
        ("diff good.cfg uneven.cfg", 0),
        ("diff good.cfg absent.cfg", 2),
        ("needs good.cfg", 0),
        ("needs absent.cfg", 2),
        ("docs uneven.cfg", 0),
        ("explain", 0),
        ("explain uneven-weights", 0),
        ("explain uneven-wieghts", 2),
        ("schema audit", 0),
        ("completion bash", 0),
        ("--version", 0),
        ("--help", 0),
        ("audit", 64),
        ("audit --no-such-option good.cfg", 64),
        ("audit --select no-such-rule good.cfg", 64),
        ("audit --target apache=2.4 good.cfg", 64),
        ("audit --target haproxy=new good.cfg", 64),
        ("audit --target haproxy=2.6 --target haproxy=2.8 good.cfg", 64),
        ("audit --target haproxy=2.6 --target nginx=1.22 --target envoy=1.40 good.cfg", 0),
        ("audit --baseline a --write-baseline b good.cfg", 64),
        ("audit --fail-on never uneven.cfg", 0),
        ("audit --fail-on never absent.cfg", 2),
        ("audit --select distribution uneven.cfg", 1),
        ("audit --select health,zero-weight uneven.cfg", 0),
        ("audit --ignore distribution uneven.cfg", 0),
        ("audit --ignore distribution --select uneven-weights uneven.cfg", 1),
        ("no-such-command", 64),
        ("schema no-such-schema", 64),
        ("docs", 64),
    ],
)
def test_exit_codes(words: str, code: int, folder: Path) -> None:
    done = poise(*words.split(), cwd=folder)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    if code == 64:
        assert done.stdout == ""
        assert "Error" in done.stderr


def test_a_need_that_is_not_met_is_exit_1(folder: Path) -> None:
    (folder / "poise.toml").write_text('[pool.web]\nsplit = "even"\n')
    assert poise("predict", "good.cfg", cwd=folder).returncode == 0
    assert poise("predict", "uneven.cfg", cwd=folder).returncode == 1
    assert poise("diff", "good.cfg", "uneven.cfg", cwd=folder).returncode == 1
    assert poise("diff", "uneven.cfg", "good.cfg", cwd=folder).returncode == 0


def test_a_broken_needs_file_is_exit_2(folder: Path) -> None:
    (folder / "poise.toml").write_text("[pool.web]\nmax_shore = 0.3\n")
    done = poise("audit", "good.cfg", cwd=folder)
    assert done.returncode == 2
    assert "max_shore" in done.stdout


def test_an_acceptance_silences_until_its_day(folder: Path) -> None:
    accepted = '[accept.uneven-weights]\npool = "web"\nby = "D. Müller"\nbecause = "big machine"\nuntil = {}\n'
    (folder / "poise.toml").write_text(accepted.format(f"{datetime.now(UTC).year + 1}-12-31"))
    done = poise("audit", "--target", "haproxy=2.8", "uneven.cfg", cwd=folder)
    assert (done.returncode, done.stdout) == (0, "no findings in 1 file (haproxy 2.8); 1 accepted\n")
    (folder / "poise.toml").write_text(accepted.format("2020-01-01"))
    done = poise("audit", "uneven.cfg", cwd=folder)
    assert done.returncode == 1
    assert "accepted by D. Müller until 2020-01-01: expired" in done.stdout


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("audit --format json uneven.cfg broken.cfg absent.cfg", "audit"),
        ("predict --format json uneven.cfg", "predict"),
        ("diff --format json good.cfg uneven.cfg", "diff"),
    ],
)
def test_json_stands_alone_on_stdout_and_keeps_its_schema(words: str, name: str, folder: Path) -> None:
    made = json.loads(poise(*words.split(), cwd=folder).stdout)
    jsonschema.validate(made, json.loads(schema(name)), format_checker=jsonschema.FormatChecker())


def test_diff_tells_moved_traffic_and_gained_findings(folder: Path) -> None:
    made = json.loads(poise("diff", "--format", "json", "good.cfg", "uneven.cfg", cwd=folder).stdout)
    # ½ (|256/259 − 1/4| + 3 |1/259 − 1/4|)
    assert made["pools"][0]["share_moved"] == pytest.approx(256 / 259 - 1 / 4)
    assert "uneven-weights" in {f["rule"] for f in made["findings_gained"]}
    assert made["findings_lost"] == []


def test_keys_are_placed(folder: Path) -> None:
    (folder / "keys").write_text("/a\n/b\n")
    (folder / "uri.cfg").write_text(GOOD.replace("listen web\n", "listen web\n    balance uri\n"))
    made = json.loads(poise("predict", "--format", "json", "--keys", "keys", "uri.cfg", cwd=folder).stdout)
    # sdbm, by hand: 47 · 65599 + 97 is 2 modulo 4 servers, + 98 is 3.
    assert made["pools"][0]["placement"] == [{"key": "/a", "server": "app3"}, {"key": "/b", "server": "app4"}]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_help_has_an_example(name: str, folder: Path) -> None:
    done = poise(name, "--help", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert re.search(rf"Example:\s+[^\n]*\bpoise {name}\b", done.stdout)


def test_help_needs_no_command_to_be_imported(folder: Path) -> None:
    done = poise("--help", cwd=folder)
    assert all(name in done.stdout for name in COMMANDS)


# What `inspect` imports.
INSPECT = {"ast", "dis", "tokenize"}
# Each costs more than reading a small file does; the last are for other products, or for what is not in this file.
SLOW = INSPECT | {"numpy", "scipy", "rich", "sqlalchemy", "cattrs", "tomlkit", "asyncio", "jinja2", "yaml", "pathspec", "subprocess"} | {
    "shutil", "ipaddress", "difflib", "tomllib", "poise.model.without_secrets", "poise.rules.changes", "poise.balancers.nginx.directives",
    "poise.balancers.nginx.lower", "poise.balancers.envoy.schema", "poise.balancers.envoy.lower",
}  # fmt: skip

# What parses options, or prints what only an option asks for.
UNPARSED = {"click", "uuid", "platform", "json", "locale", "gettext", "threading"}


SMALL = {
    "a.conf": "upstream web { server 10.0.0.1:80; server 10.0.0.2:80; }\nserver { listen 80; location / { proxy_pass http://web; } }\n",
    "a.yaml": "static_resources: {clusters: [{name: web, connect_timeout: 1s}]}\n",
}


@pytest.mark.parametrize(("file", "needed"), [("a.conf", "poise.balancers.nginx"), ("a.yaml", "poise.balancers.envoy")])
def test_an_audit_of_nginx_or_envoy_imports_no_slow_library_either(file: str, needed: str, folder: Path) -> None:
    (folder / file).write_text(SMALL[file])
    own = {name for name in SLOW if name.startswith(needed)}
    program = (
        f"import sys\nfrom poise.cli.main import run\nrun(['audit', {file!r}])\n"
        f"slow = {(SLOW | UNPARSED | {'pathlib', 'urllib'}) - own} & set(sys.modules)\n"
        "sys.exit(f'imported {slow}' if slow else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", ["audit", "predict"])
def test_what_waits_for_the_exit_is_not_cut_off(command: str, folder: Path) -> None:
    """Where nobody waits the process ends at once, with the same words and code."""
    waiting = "import atexit, sys; atexit.register(print, 'the last word'); "
    thread = "import sys, threading; threading.Thread(target=lambda: (threading.main_thread().join(), print('the last word'))).start(); "
    said = []
    for before in ("import sys; ", waiting, thread):
        program = f"{before}sys.argv = ['poise', {command!r}, 'uneven.cfg']; from poise.cli.main import main; main()"
        done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
        said.append((done.stdout, done.stderr, done.returncode))
    (alone, errors, code), *others = said
    assert code == (1 if command == "audit" else 0) and "the last word" not in alone and alone.endswith("\n")
    assert others == [(f"{alone}the last word\n", errors, code)] * 2


@pytest.mark.parametrize(
    ("words", "slow"),
    [
        ("audit uneven.cfg", SLOW | UNPARSED),
        ("audit --format json uneven.cfg", SLOW),
        ("--help", SLOW - {"shutil", "ipaddress", *INSPECT}),
        ("schema audit", SLOW - {"shutil", "ipaddress", *INSPECT}),
    ],
)
def test_quick_commands_import_no_slow_library(words: str, slow: set[str], folder: Path) -> None:
    program = (
        "import sys\nfrom poise.cli.main import run\n"
        f"run({words.split()!r})\n"
        f"slow = {slow} & set(sys.modules)\n"
        "sys.exit(f'imported {slow}' if slow else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("audit", "--target", "haproxy=2", "good.cfg"), "'haproxy=2': the version lacks its second number; try haproxy=2.6"),
        (("audit", "--target", "haproxy=v2.8", "good.cfg"), "'haproxy=v2.8': the version is written without a v; try haproxy=2.6"),
        (("audit", "--target", "haproxy", "good.cfg"), "'haproxy': it lacks the version; try haproxy=2.6"),
        (("audit", "--target", "haproxy=new", "good.cfg"), "'haproxy=new': 'new' is no version; try haproxy=2.6"),
        (("audit", "--target", "caddy=2.6", "good.cfg"), "'caddy=2.6' names no product that poise knows; try haproxy=2.6"),
        (("audit", "--select", "", "good.cfg"), "--select: it names no rule"),
        (("audit", "--select", " , ", "good.cfg"), "--select: it names no rule"),
        (("audit", "--select", "uneven-weigths", "good.cfg"), "no rule or theme 'uneven-weigths'; did you mean `uneven-weights`?"),
        (("audit", "--ignore", "distributon", "good.cfg"), "no rule or theme 'distributon'; did you mean `distribution`?"),
        (("audit", "--ignore", "xyzzy", "good.cfg"), "`poise explain` lists the rules, themes are capacity, "),
    ],
)
def test_what_is_wrong_with_an_option_is_said(words: tuple[str, ...], says: str, folder: Path) -> None:
    done = poise(*words, cwd=folder)
    assert done.returncode == 64
    assert says in " ".join(done.stderr.split())


@pytest.mark.parametrize("paths", ["uneven.cfg", "good.cfg absent.cfg", "broken.cfg uneven.cfg", "."])
def test_an_audit_without_options_says_what_one_with_the_defaults_says(paths: str, folder: Path) -> None:
    plain, parsed = (poise("audit", *words, *paths.split(), cwd=folder) for words in ((), ("--fail-on", "warning", "--format", "text")))
    assert (plain.returncode, plain.stdout, plain.stderr) == (parsed.returncode, parsed.stdout, parsed.stderr)


def test_inspect_is_loaded_when_something_is_taken_out_of_it(folder: Path) -> None:
    program = (
        "import sys\nfrom poise.cli.unneeded import put_off_inspect\nput_off_inspect()\n"
        "import inspect\nassert inspect.cleandoc('  a') == 'a' and 'ast' not in sys.modules\n"
        "assert inspect.cleandoc('a\\n    b\\n  c') == 'a\\n  b\\nc' and 'ast' in sys.modules\n"
        "from inspect import signature\nassert str(signature(lambda a: a)) == '(a)' and not hasattr(inspect, 'absent')\n"
        "assert sys.modules['inspect'].signature is inspect.signature is signature and sys.modules['inspect'] is not inspect\n"
        "put_off_inspect()\nassert sys.modules['inspect'] is not inspect\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("version", "how"), [("99.0", "newer"), ("3.4", "newer"), ("3.3", None), ("2.6.12", None), ("2.5", "older"), ("0.0", "older")]
)
def test_a_version_that_poise_does_not_know_is_a_remark(version: str, how: str | None, folder: Path) -> None:
    for command in ("audit", "predict"):
        made = json.loads(poise(command, "--format", "json", "--target", f"haproxy={version}", "good.cfg", cwd=folder).stdout)
        told = [r["text"] for r in made["remarks"]]
        said = f"it is judged for HAProxy {version}, which is {how} than any that poise knows (2.6 to 3.3)"
        assert [text.partition(":")[0] for text in told] == ([said] if how else [])


def test_an_empty_path_is_said(folder: Path) -> None:
    done = poise("audit", "", cwd=folder)
    assert done.returncode == 2
    assert 'could not "": that is no path' in done.stdout
    assert "nothing was read; 1 not understood" in done.stdout


def test_no_fault_is_nobodys_spelling_mistake(folder: Path) -> None:
    assert "none" not in poise("explain", "nope", cwd=folder).stderr
    assert "did you mean `uneven-weights`" in poise("explain", "uneven-weigths", cwd=folder).stderr


def test_the_door_opens_before_anything_is_imported(folder: Path) -> None:
    # Until then Ctrl-C is a traceback.
    program = "import sys, os, io, gc\nbefore = {*sys.modules}\nimport poise.cli.main\nprint(*sorted({*sys.modules} - before))\n"
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.split() == ["poise", "poise.cli", "poise.cli.main"]


def test_colour_is_for_terminals_only(folder: Path) -> None:
    assert "\x1b" not in poise("audit", "uneven.cfg", cwd=folder).stdout
    assert "\x1b[1;31merror\x1b[0m" in _on_terminal(folder)
    assert "\x1b" not in _on_terminal(folder, NO_COLOR="1")
    assert "\x1b" not in _on_terminal(folder, TERM="dumb")


def _on_terminal(folder: Path, **environment: str) -> str:
    ours, theirs = pty.openpty()
    env = {k: v for k, v in os.environ.items() if k != "NO_COLOR"} | {"TERM": "xterm"} | environment
    with subprocess.Popen([*POISE, "audit", "uneven.cfg"], cwd=folder, stdout=theirs, env=env) as process:
        os.close(theirs)
        seen = b""
        while True:
            try:
                got = os.read(ours, 4096)
            except OSError:  # EIO: the other side is closed
                break
            if not got:
                break
            seen += got
        process.wait(timeout=60)
    os.close(ours)
    return seen.decode()


def test_hostile_names_and_values_cannot_reach_the_terminal(folder: Path) -> None:
    name = "evil\x1b[2J\x07.cfg"
    (folder / name).write_text(UNEVEN.replace("app1", "a\x1b]0;owned\x07pp").replace("bind :8080", "bind :8080\x9b2J"))
    for words in (["audit", name], ["predict", name], ["docs", name], ["needs", name], ["diff", name, "good.cfg"]):
        done = poise(*words, cwd=folder, PYTHONIOENCODING="utf-8")
        assert re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f]", done.stdout + done.stderr) == [], words


@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8"])
def test_any_locale_will_do(locale: str, folder: Path) -> None:
    for words, code, says in (
        ("audit uneven.cfg", 1, "uneven-weights"),
        ("predict uneven.cfg", 0, "98.8"),
        ("docs uneven.cfg", 0, "10.0.0.4:8080"),
        ("explain uneven-weights", 0, "uneven-weights"),
    ):
        done = poise(*words.split(), cwd=folder, LC_ALL=locale, PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", PYTHONIOENCODING="")
        assert (done.returncode, done.stderr) == (code, ""), words
        assert says in done.stdout, words


def test_a_closed_pipe_is_no_drama(folder: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([*POISE, "schema", "audit"], stdout=writing, stderr=subprocess.PIPE, cwd=folder, timeout=60, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS has no /dev/full")
@pytest.mark.parametrize("words", ["--version", "schema audit", "audit good.cfg", "audit --format json good.cfg", "explain uneven-weights"])
def test_a_full_disk_is_said(words: str, folder: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*POISE, *words.split()], stdout=full, stderr=subprocess.PIPE, cwd=folder, timeout=60, check=False)
    assert done.returncode == 2
    assert re.search(rb"standard output: No space left on device|could not write the output: No space left", done.stderr)
    assert done.stderr.count(b"No space left") == 1
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr
    # With no room for the word either, the exit code still says it.
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*POISE, *words.split()], stdout=full, stderr=full, cwd=folder, timeout=60, check=False)
    assert done.returncode == 2


def test_interruption_is_130(folder: Path) -> None:
    os.mkfifo(folder / "keys")
    command = [*POISE, "predict", "--keys", "keys", "good.cfg"]
    # Opening for writing returns when poise has opened for reading: it is inside the command.
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE) as process, (folder / "keys").open("wb"):
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in said


def test_our_own_bug_is_70_and_tells_where_to_report(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("seven\x1b by nought")

    monkeypatch.setattr("poise.app.audit.audit", broken)
    monkeypatch.chdir(folder)
    assert cli_main.run(["audit", "good.cfg"]) == 70
    said = capsys.readouterr().err
    assert "this is a bug in poise" in said
    assert "report it to whoever maintains the poise that you installed, with" in said
    assert "Traceback" not in said
    assert "\x1b" not in said
    assert cli_main.run(["--log-level", "debug", "audit", "good.cfg"]) == 70
    assert "Traceback" in capsys.readouterr().err


def test_windows_is_refused_with_a_word(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(SystemExit) as ended:
        cli_main.main(["audit", "haproxy.cfg"])
    assert ended.value.code == 2
    assert "WSL" in capsys.readouterr().err


def test_the_needs_file_is_valid_as_written_and_with_every_key_uncommented(folder: Path) -> None:
    text = poise("needs", "uneven.cfg", cwd=folder).stdout
    assert tomllib.loads(text) == {"pool": {"web": {}}}
    lines = [re.sub(r"^# (?=[a-z_]+ = )", "", line) for line in text.split("\n# A finding")[0].split("\n")]
    needs, mistakes = parse_needs("\n".join(lines), "poise.toml")
    assert mistakes == ()
    # The weights that are there may be the fault: they are told beside the offer, not offered.
    assert needs.of("web").split == "even"
    assert "; the configuration has {app1 = 256, app2 = 1, app3 = 1, app4 = 1}\n" in text
    assert needs.of("web").survive == 1


@pytest.mark.parametrize("name", NAMES)
def test_schema_prints_what_the_package_holds(name: str, folder: Path) -> None:
    assert poise("schema", name, cwd=folder).stdout == schema(name)


@pytest.mark.parametrize(("shell", "sign"), [("zsh", "#compdef poise\n"), ("fish", "\ncomplete --no-files --command poise ")])
def test_completion_is_for_that_shell_and_this_program(shell: str, sign: str, folder: Path) -> None:
    assert sign in poise("completion", shell, cwd=folder).stdout


def test_bash_completes_what_was_begun(folder: Path) -> None:
    (folder / "poise").write_text(f"#!/bin/sh\nexec {sys.executable} -c 'from poise.cli.main import main; main()' \"$@\"\n")
    (folder / "poise").chmod(0o755)
    script = """\
eval "$(poise completion bash)"
complete -p poise
COMP_WORDS=(poise pre) COMP_CWORD=1
_poise_completion poise
echo "${COMPREPLY[@]}"
"""
    env = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", script], cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    registered, completed = done.stdout.splitlines()
    assert "_poise_completion" in registered and completed == "predict"


def test_standard_input_is_a_configuration(folder: Path) -> None:
    done = subprocess.run([*POISE, "audit", "-"], input=UNEVEN, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "98.8 %" in done.stdout


def test_a_bug_is_reported_where_the_installed_package_says(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("postgresql://u:s3cr/et@h/db")

    described = folder / "poise-9.dist-info"
    described.mkdir()
    urls = "Project-URL: Homepage, https://poise.example/\nProject-URL: Issues, https://poise.example/issues\n"
    (described / "METADATA").write_text(f"Metadata-Version: 2.4\nName: poise\nVersion: 9\n{urls}")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr("poise.app.audit.audit", broken)
    assert cli_main.run(["audit", str(folder / "good.cfg")]) == 70
    said = capsys.readouterr().err
    assert "report it to https://poise.example/issues, with" in said and "s3cr" not in said


def test_a_store_that_cannot_be_used_is_exit_2_with_its_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    def full(*_: object) -> None:
        raise StoreError("could not append to incidents.db: the disk is full; free space")

    monkeypatch.setattr("poise.app.audit.audit", full)
    assert cli_main.run(["audit", str(folder / "good.cfg")]) == 2
    assert capsys.readouterr().err == "poise: could not append to incidents.db: the disk is full; free space\n"


def test_predict_and_diff_judge_for_the_version_that_is_named(folder: Path) -> None:
    (folder / "by.cfg").write_text(GOOD + ".if version_atleast(2.8)\n    server app5 10.0.0.5:8080\n.endif\n")
    for version, servers in (("2.6", 4), ("2.8", 5)):
        made = json.loads(poise("predict", "--format", "json", "--target", f"haproxy={version}", "by.cfg", cwd=folder).stdout)
        assert len(made["pools"][0]["servers"]) == servers
        moved = json.loads(poise("diff", "--format", "json", "--target", f"haproxy={version}", "good.cfg", "by.cfg", cwd=folder).stdout)
        assert len(moved["pools"][0]["after"]) == servers
        assert moved["pools"][0]["share_moved"] == pytest.approx(0.0 if servers == 4 else 0.2)
    assert poise("predict", "--target", "nginx=1", "good.cfg", cwd=folder).returncode == 64


def test_diff_finds_for_the_version_that_is_named(folder: Path) -> None:
    uneven = GOOD.replace(
        "    server app1 10.0.0.1:8080 weight 1\n", ".if version_atleast(2.8)\n    server app1 10.0.0.1:8080 weight 256\n.endif\n"
    )
    (folder / "by.cfg").write_text(uneven)
    gained = {
        version: {
            f.rule
            for f in diff(str(folder / "good.cfg"), str(folder / "by.cfg"), None, date(2026, 11, 22), {"haproxy": version}).findings_gained
        }
        for version in ("2.6", "2.8")
    }
    assert "uneven-weights" in gained["2.8"] - gained["2.6"]


@pytest.mark.parametrize(
    ("words", "code"), [("needs absent.cfg", 2), ("audit uneven.cfg", 1), ("audit --bogus", 64), ("explain absent", 2)]
)
def test_a_closed_standard_error_changes_no_exit_code(words: str, code: int, folder: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" 2>&-', "sh", *POISE, *words.split()], cwd=folder, stdout=subprocess.PIPE, timeout=60, check=False
    )
    assert done.returncode == code


def test_a_pipe_is_described_as_a_file_is(folder: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", '"$@" <(cat good.cfg)', "bash", *POISE, "docs"], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Could not" not in done.stdout and "10.0.0.4:8080" in done.stdout
