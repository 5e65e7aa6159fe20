"""Asks git, without a shell, a pager, a hook or the network."""

import errno
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from poise.model.light import dataclass

PATIENCE_SECONDS = 120
LEAST_FREE_BYTES = 64 * 1024
# Nothing of the repository's own settings starts a program, and nothing is fetched: what a partial clone lacks is told.
_QUIET = ("--no-pager", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false")
_SETTINGS = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none", "LC_ALL": "C"}
# GIT_DIR and the like stay: who sets them means them, and a hook of git's has them set. What traces or starts programs does not.
_DROPPED = ("GIT_TRACE", "GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_SSH", "GIT_ASKPASS", "GIT_EDITOR")


class GitError(Exception):
    """git has no answer; the message says why, in git's words where it has any."""


@dataclass(frozen=True, slots=True)
class Repository:
    """The repository of the folder at hand. `top` is its working tree, None where it has none; `prefix` the folder at hand in it."""

    top: str | None
    prefix: str


def repository() -> Repository:
    """Raises GitError."""
    inside, _, rest = asked("rev-parse", "--is-inside-work-tree", "--show-prefix").partition("\n")
    if inside != "true":
        return Repository(None, "")
    return Repository(asked("rev-parse", "--show-toplevel").removesuffix("\n"), rest.removesuffix("\n").removesuffix("/"))


def commit_of(revision: str) -> str | None:
    """The commit that the revision names, None if git knows none of that name. Raises GitError where there is no repository."""
    if not revision or "\0" in revision:
        return None
    found = _run(("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"))
    if found.returncode == 0:
        return _text(found.stdout).split("\n")[-2]
    if b"fatal" in found.stderr and b"not a git repository" in found.stderr:
        raise GitError(_reason(found))
    return None


def asked(*words: str) -> str:
    """What git prints. Raises GitError."""
    found = _run(words)
    if found.returncode != 0:
        raise GitError(_reason(found))
    return _text(found.stdout)


def objects(listed: BinaryIO, out: BinaryIO) -> None:
    """All the objects whose names are listed, one a line, as `git cat-file --batch` writes them. Raises GitError, OSError."""
    found = _run(("cat-file", "--batch", "--buffer"), listed, out)
    if found.returncode != 0:
        disk = os.fstatvfs(out.fileno())
        if disk.f_bavail * disk.f_frsize < LEAST_FREE_BYTES:
            # git says "unable to stream … to stdout" then.
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        raise GitError(_reason(found))


def _run(words: Sequence[str], given: BinaryIO | None = None, out: BinaryIO | None = None) -> "subprocess.CompletedProcess[bytes]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_DROPPED)} | _SETTINGS
    try:
        return subprocess.run(
            ("git", *_QUIET, *words),
            stdin=given or subprocess.DEVNULL,
            stdout=out or subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
    except FileNotFoundError:
        here = Path.cwd()  # raises by itself where the folder at hand is gone
        raise GitError(f"git is not installed, or not on the PATH (asked in {here})") from None
    except subprocess.TimeoutExpired:
        raise GitError(f"git did not answer within {PATIENCE_SECONDS} seconds") from None


def _text(data: bytes) -> str:
    return os.fsdecode(data)


def _reason(found: "subprocess.CompletedProcess[bytes]") -> str:
    lines = [line for line in found.stderr.decode("utf-8", "replace").split("\n") if line.strip()]
    said = next((line for line in lines if line.startswith("fatal: ")), lines[0] if lines else f"it ended with code {found.returncode}")
    said = said.removeprefix("fatal: ")
    if said.startswith("not a git repository"):
        said += f" (asked in {Path.cwd()}). Run it inside of the repository, or name two files: poise diff OLD NEW"
    return said
