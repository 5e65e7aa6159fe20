"""`poise diff` of git's revisions, against real repositories."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest

from poise.app.diff_revisions import diff_revisions
from poise.app.diff_words import Revisions
from poise.app.git import GitError, commit_of
from poise.reading.read import Sources

LISTEN = "defaults\n mode http\n timeout connect 1s\n timeout client 9s\n timeout server 9s\nlisten web\n bind :80\n"
OLD = LISTEN + " server a 10.0.0.1:80 check\n server b 10.0.0.2:80 check\n"
NEW = OLD.replace("10.0.0.2:80", "10.0.0.2:80 weight 3")
MOVES = "25.0 % of web's traffic moves: b 50.0 % → 75.0 % (weight of b 1 → 3)"
WHO = {f"GIT_{role}_{what}": "t@example.com" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | WHO | {"GIT_CONFIG_GLOBAL": os.devnull}


def git(folder: Path, *words: str) -> str:
    return subprocess.run(("git", *words), cwd=folder, env=CLEAN, check=True, capture_output=True, text=True).stdout.strip()


def commit(folder: Path, files: Mapping[str, str | None]) -> str:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            (folder / name).unlink()
        else:
            (folder / name).write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "change", "--allow-empty")
    return git(folder, "rev-parse", "HEAD")


def poise(folder: Path, *words: str, environment: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        (sys.executable, "-m", "poise.cli", "diff", *words),
        cwd=folder,
        env=CLEAN | {"TMPDIR": str(folder.parent / "tmp")} | dict(environment or {}),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    (tmp_path / "tmp").mkdir()
    folder = tmp_path / "repo"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    commit(folder, {"lb/haproxy.cfg": OLD})
    commit(folder, {"lb/haproxy.cfg": NEW})
    return folder


@pytest.mark.parametrize(
    "words",
    [
        ("HEAD~1", "HEAD", "--", "lb"),
        ("HEAD~1", "HEAD", "--", "lb/haproxy.cfg"),
        ("HEAD~1..HEAD", "--", "lb"),
        ("HEAD~1...HEAD", "--", "lb"),
        ("HEAD~1..", "--", "lb/"),
        ("HEAD~1", "--", "./lb/../lb/haproxy.cfg"),
        ("HEAD~1", "lb/haproxy.cfg"),
        ("HEAD~1", "HEAD", "lb"),
        ("HEAD~1", "HEAD"),
        ("HEAD~1",),
        ("HEAD~1", "--"),
    ],
)
def test_what_users_of_git_write(repo: Path, words: tuple[str, ...]) -> None:
    made = poise(repo, *words)
    assert (made.stdout.split("\n")[0], made.stderr, made.returncode) == (MOVES, "", 0)
    assert not list((repo.parent / "tmp").iterdir())


def test_the_working_tree_is_the_new_side_and_is_left_alone(repo: Path) -> None:
    (repo / "lb/haproxy.cfg").write_text(OLD)
    assert poise(repo, "HEAD", "--", "lb").stdout.startswith("25.0 % of web's traffic moves: b 75.0 % → 50.0 %")
    assert git(repo, "status", "--porcelain") == "M lb/haproxy.cfg"


def test_from_a_folder_below_paths_count_from_there(repo: Path) -> None:
    assert poise(repo / "lb", "HEAD~1", "HEAD", "--", "haproxy.cfg").stdout.startswith(MOVES)
    assert poise(repo / "lb", "HEAD~1", "--", str(repo / "lb")).stdout.startswith(MOVES)


def test_findings_are_named_as_git_names_them(repo: Path) -> None:
    commit(repo, {"lb/haproxy.cfg": NEW + "listen broken\n bind :81\n server a 10.0.0.1:80 weight 300\n"})
    made = poise(repo, "--format", "json", "HEAD~2", "HEAD", "--", "lb").stdout
    found = json.loads(made)
    assert found["pools"][0]["file"] == "HEAD:lb/haproxy.cfg"
    assert {c["file"].partition(" ")[0] for c in found["could_not"]} == {"HEAD:lb/haproxy.cfg", "HEAD:lb/haproxy.cfg:"}
    assert {f["file"] for f in found["findings_gained"]} == {"HEAD:lb/haproxy.cfg"}
    assert str(repo.parent) not in made


def test_includes_are_read_from_the_revision(repo: Path) -> None:
    main = "events {}\nhttp {\n include parts/*.conf;\n server { listen 80; location / { proxy_pass http://web; } }\n}\n"
    part = "upstream web { zone w 64k; server 10.0.0.1:80; server 10.0.0.2:80; }\n"
    commit(repo, {"nginx/nginx.conf": main, "nginx/parts/web.conf": part})
    commit(repo, {"nginx/parts/web.conf": part.replace("2:80", "2:80 weight=3")})
    (repo / "nginx/parts/web.conf").write_text(part.replace("2:80", "2:80 weight=9"))
    said = poise(repo, "HEAD~1", "HEAD", "--", "nginx/nginx.conf").stdout
    assert said.startswith("25.0 % of web's traffic moves: 10.0.0.2:80 50.0 % → 75.0 % (weight of 10.0.0.2:80 1 → 3)")
    assert poise(repo, "HEAD", "--", "nginx/nginx.conf").stdout.startswith("15.0 % of web's traffic moves")


def test_an_include_by_its_whole_path_is_told(repo: Path) -> None:
    part = "upstream web { server 10.0.0.1:80; server 10.0.0.2:80; }\n"
    main = f"events {{}}\nhttp {{\n include {repo}/web.conf;\n server {{ listen 80; location / {{ proxy_pass http://web; }} }}\n}}\n"
    commit(repo, {"nginx.conf": main, "web.conf": part})
    made = poise(repo, "HEAD", "--", "nginx.conf")
    assert made.returncode == 2
    assert "HEAD:nginx.conf: it includes" in made.stdout
    assert "from the working tree and not from that revision" in made.stdout


def test_needs_and_exclusions_of_the_new_revision_hold(repo: Path) -> None:
    toml = '[audit]\nexclude = ["lb/old.cfg"]\n[pool.web]\nsplit = "even"\n'
    commit(repo, {"lb/haproxy.cfg": OLD, "lb/old.cfg": OLD, "lb/poise.toml": toml})
    commit(repo, {"lb/haproxy.cfg": NEW})
    made = poise(repo, "HEAD~1", "HEAD", "--", "lb")
    assert (made.stdout.split("\n")[0], made.returncode) == (f"split is no longer met: {MOVES}", 1)
    assert poise(repo, "HEAD~1", "--", "lb").stdout.split("\n")[0] == f"split is no longer met: {MOVES}"


def test_that_of_the_new_revision_above_holds_from_every_folder(repo: Path) -> None:
    commit(repo, {"lb/haproxy.cfg": OLD, "poise.toml": '[pool.web]\nsplit = "even"\n'})
    commit(repo, {"lb/haproxy.cfg": NEW})
    # What the working tree wants today is not what that revision wanted.
    (repo / "poise.toml").write_text("[pool.web]\nmax_share = 0.9\n")
    for folder, path in ((repo, "lb"), (repo / "lb", "haproxy.cfg")):
        made = poise(folder, "HEAD~1", "HEAD", "--", path)
        assert (made.stdout.split("\n")[0], made.returncode) == (f"split is no longer met: {MOVES}", 1)
        assert "note: HEAD:poise.toml: its needs and acceptances hold" in made.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("nowhere", "HEAD", "--", "lb"), "git knows no commit of that name"),
        (("HEAD", "--", "lb/none.cfg"), "HEAD:lb/none.cfg: there is no lb/none.cfg at that revision"),
        (("HEAD", "--", "../../etc"), "outside of the repository"),
        (("HEAD:lb", "--", "lb"), "poise diff HEAD -- lb"),
        (("--help-me; rm -rf /", "--", "lb"), "No such option"),
        (("$(touch hacked)", "HEAD", "--", "`touch hacked`"), "git knows no commit"),
        (("HEAD", "HEAD", "HEAD", "--", "lb"), "two revisions are compared"),
        (("HEAD~1..HEAD", "HEAD", "--", "lb"), "two revisions are compared"),
    ],
)
def test_what_cannot_be_compared_is_told_kindly(repo: Path, words: tuple[str, ...], says: str) -> None:
    made = poise(repo, *words)
    assert made.returncode in (2, 64)
    assert says in made.stdout + made.stderr
    assert "bug" not in made.stderr
    assert not (repo / "hacked").exists()


def test_outside_of_a_repository(tmp_path: Path) -> None:
    made = poise(tmp_path, "HEAD", "--", "x", environment={"GIT_CEILING_DIRECTORIES": str(tmp_path.parent), "TMPDIR": str(tmp_path)})
    assert made.returncode == 2
    assert "not a git repository" in made.stdout
    assert "or name two files: poise diff OLD NEW" in made.stdout
    assert "not installed" in poise(tmp_path, "HEAD", "--", "x", environment={"PATH": str(tmp_path), "TMPDIR": str(tmp_path)}).stdout


def test_a_file_that_is_called_like_a_revision(repo: Path) -> None:
    commit(repo, {"main": OLD, "other": NEW})
    made = poise(repo, "main", "other")
    assert made.stdout.startswith(MOVES)
    assert "main: it is a path and a revision of git" in made.stdout
    git(repo, "branch", "topic")
    assert "put `--`" in poise(repo, "main", "topic").stderr
    assert poise(repo, "main", "topic").returncode == 64
    assert "note:" not in poise(repo, "./main", "./other").stdout
    # Two paths behind `--`, as ever.
    assert poise(repo, "--", "main", "other").stdout.startswith(MOVES)


def test_missing_files_are_told_as_ever(repo: Path) -> None:
    made = poise(repo, "lb/haproxy.cfg", "absent.cfg")
    assert (made.returncode, "absent.cfg: there is no such file" in made.stdout) == (2, True)
    assert poise(repo, "lb/haproxy.cfg").returncode == 64
    assert poise(repo).returncode == 64


def test_hooks_filters_and_attributes_have_no_say(repo: Path) -> None:
    hit = repo.parent / "hit"
    git(repo, "config", "filter.f.smudge", f"touch {hit}; cat")
    git(repo, "config", "core.fsmonitor", f"touch {hit}")
    git(repo, "config", "core.pager", f"touch {hit}")
    for hook in ("post-checkout", "reference-transaction"):
        (repo / f".git/hooks/{hook}").write_text(f"#!/bin/sh\ntouch {hit}\n")
        (repo / f".git/hooks/{hook}").chmod(0o755)
    # `git archive` would leave it out, or write something else into it.
    (repo / ".git/info/attributes").write_text("*.cfg filter=f export-ignore export-subst\n")
    git(repo, "config", "--unset", "core.fsmonitor")
    hit.unlink(missing_ok=True)
    assert poise(repo, "HEAD~1", "HEAD", "--", "lb", environment={"GIT_EXTERNAL_DIFF": f"touch {hit}"}).stdout.startswith(MOVES)
    assert not hit.exists()


def test_a_hook_of_git_may_call_it(repo: Path, tmp_path: Path) -> None:
    (repo / ".git/hooks/pre-commit").write_text(f"#!/bin/sh\n{sys.executable} -m poise.cli diff HEAD -- lb > {tmp_path}/said\n")
    (repo / ".git/hooks/pre-commit").chmod(0o755)
    (repo / "lb/haproxy.cfg").write_text(OLD)
    git(repo, "commit", "-qam", "back")
    assert (tmp_path / "said").read_text().startswith("25.0 % of web's traffic moves")


def test_links_lead_nowhere_but_into_the_revision(repo: Path) -> None:
    secret = repo.parent / "secret.cfg"
    secret.write_text(OLD)
    (repo / "lb/link.cfg").symlink_to("haproxy.cfg")
    (repo / "out.cfg").symlink_to("../secret.cfg")
    (repo / "absolute.cfg").symlink_to(repo / "lb/haproxy.cfg")
    (repo / "hop").symlink_to("lb")
    (repo / "sly.cfg").symlink_to("hop/../../secret.cfg")
    commit(repo, {})
    (repo / "lb/haproxy.cfg").write_text(OLD)
    for name in ("lb/link.cfg", "absolute.cfg"):
        assert poise(repo, "HEAD", "--", name).stdout.startswith("25.0 % of web's traffic moves"), name
    for name in ("out.cfg", "sly.cfg"):
        made = poise(repo, "HEAD", "--", name)
        assert (made.returncode, "it is a link out of the repository" in made.stdout) == (2, True), made.stdout


def test_hostile_names_are_names(repo: Path) -> None:
    names = ["lb/a b.cfg", "lb/-x.cfg", "lb/$(id).cfg", "lb/ü\n\x1b[2J.cfg", "lb/*.cfg"]
    commit(repo, dict.fromkeys(names, OLD))
    commit(repo, dict.fromkeys(names, NEW))
    for name in names:
        made = poise(repo, "HEAD~1", "HEAD", "--", name)
        assert (MOVES in made.stdout, made.returncode, "\x1b" in made.stdout) == (True, 0, False), made


def test_a_crafted_tree_writes_nothing_elsewhere(repo: Path) -> None:
    blob = git(repo, "hash-object", "-w", "lb/haproxy.cfg")
    inner = subprocess.run(
        ("git", "mktree"), input=f"100644 blob {blob}\tevil.cfg\n", cwd=repo, env=CLEAN, capture_output=True, text=True, check=True
    ).stdout.strip()
    # mktree refuses no `..`: what a checkout would refuse to write is left out here.
    outer = subprocess.run(
        ("git", "mktree"),
        input=f"040000 tree {inner}\t..\n100644 blob {blob}\tgood.cfg\n",
        cwd=repo,
        env=CLEAN,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    crafted = git(repo, "commit-tree", "-m", "crafted", outer)
    assert poise(repo, crafted, crafted, "--", "good.cfg").stdout.startswith("none of web's traffic moves")
    assert not list(repo.parent.rglob("evil.cfg"))


def test_a_shallow_clone_and_a_branch_of_the_other_side(repo: Path) -> None:
    clone = repo.parent / "clone"
    git(repo.parent, "clone", "-q", "--depth", "1", f"file://{repo}", str(clone))
    assert "this clone is shallow" in poise(clone, "HEAD~1", "--", "lb").stdout
    whole = repo.parent / "whole"
    git(repo.parent, "clone", "-q", f"file://{repo}", str(whole))
    git(whole, "checkout", "-q", "-b", "topic")
    git(whole, "branch", "-D", "main")
    assert "there is origin/main" in poise(whole, "main...HEAD~1", "--", "lb").stdout


def test_a_bare_repository_compares_two_revisions(repo: Path) -> None:
    bare = repo.parent / "bare"
    git(repo.parent, "clone", "-q", "--bare", str(repo), str(bare))
    assert poise(bare, "HEAD~1", "HEAD", "--", "lb").stdout.startswith(MOVES)
    assert "no working tree" in poise(bare, "HEAD~1", "--", "lb").stdout


def _opened(process: int, path: Path) -> bool:
    for each in Path(f"/proc/{process}/fd").iterdir():
        with suppress(OSError):
            if each.readlink() == path:
                return True
    return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_was_read_is_gone_after_an_interruption(repo: Path, number: int) -> None:
    # A pipe for the needs, into which nobody writes yet, holds it up while the revisions lie on the disk.
    os.mkfifo(repo / "needs")
    writer = os.open(repo / "needs", os.O_RDWR)
    room = repo.parent / "tmp"
    process = subprocess.Popen(
        (sys.executable, "-m", "poise.cli", "diff", "--needs", "needs", "HEAD~1", "HEAD", "--", "lb"),
        cwd=repo,
        env=CLEAN | {"TMPDIR": str(room)},
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        until = time.monotonic() + 20
        while not list(room.glob("poise-diff-*/1/lb/haproxy.cfg")):
            assert time.monotonic() < until
            time.sleep(0.02)
        while not _opened(process.pid, repo / "needs"):
            assert time.monotonic() < until
            time.sleep(0.02)
        process.send_signal(number)
        process.communicate(timeout=20)
    finally:
        process.kill()
        process.wait()
        os.close(writer)
    assert process.returncode == (130 if number == signal.SIGINT else 143)
    assert not list(room.iterdir())


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("nope", "nope is no revision that git knows here, nor is there a file of that name. Try "),
        (
            "lb/haproxy.cfg lb/haproxy.cfg nope",
            "lb/haproxy.cfg is no revision that git knows here, and more than two paths cannot be compared",
        ),
        ("lb/haproxy.cfg HEAD~1", "lb/haproxy.cfg is a path and HEAD~1 a revision: write poise diff HEAD~1 -- lb/haproxy.cfg"),
        (
            "HEAD~1:lb/haproxy.cfg lb/haproxy.cfg",
            "HEAD~1:lb/haproxy.cfg is a file of a revision: write poise diff HEAD~1 -- lb/haproxy.cfg",
        ),
    ],
)
def test_words_that_name_nothing_to_compare_are_told_what_to_write(repo: Path, words: str, says: str) -> None:
    commit(repo, {"lb/haproxy.cfg": OLD})
    commit(repo, {"lb/haproxy.cfg": NEW})
    made = poise(repo, *words.split())
    assert made.returncode == 64
    assert says in made.stderr


def test_a_file_that_is_deleted_is_not_called_new_alone(repo: Path) -> None:
    commit(repo, {"lb/haproxy.cfg": OLD})
    commit(repo, {"lb/haproxy.cfg": None})
    made = poise(repo, "HEAD~1", "HEAD", "--", "lb/haproxy.cfg")
    assert made.returncode == 2
    assert (
        "there is no lb/haproxy.cfg at that revision: it is new, deleted or renamed. To compare it all the same, name the folder"
        in made.stdout
    )


@pytest.mark.parametrize("words", ["HEAD", "HEAD -- lb", "HEAD~1 HEAD", "main -- lb"])
def test_a_repository_without_a_commit_is_told_so(tmp_path: Path, words: str) -> None:
    subprocess.run(("git", "init", "-q", "-b", "main", str(tmp_path / "new")), check=True, env=CLEAN)
    (tmp_path / "new" / "lb").mkdir()
    made = poise(tmp_path / "new", *words.split())
    assert made.returncode == 2
    assert f"there is no commit yet in {tmp_path / 'new'}: commit first, or compare two files: poise diff OLD NEW" in made.stdout


def test_a_history_that_is_too_short_is_told_so(repo: Path) -> None:
    made = poise(repo, "HEAD~99", "HEAD")
    assert made.returncode == 2
    assert "the history ends before it. `git log --oneline` shows what there is" in made.stdout


def test_a_full_disk_is_told_as_one(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.chdir(repo)
    monkeypatch.setattr("poise.app.diff_revisions.snapshot", full)
    with pytest.raises(GitError, match=r"cannot be written to .* \(No space left on device\)\. Make room there, or name another folder"):
        asked = Revisions("HEAD~1", "HEAD", commit_of("HEAD~1"), commit_of("HEAD"))
        diff_revisions(asked, Sources(), Sources(), None, date(2026, 1, 1))
