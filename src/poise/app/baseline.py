"""Reads and writes the baseline file of `poise audit`: the findings that were there when it was introduced."""

import errno
import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from poise.model.audit import Baselined
from poise.model.could_not import CouldNot
from poise.model.finding import Finding
from poise.reading.files import read_text
from poise.rules.baseline import entries

_WRITE_ANEW = "Write it anew: poise audit --write-baseline FILE PATH…"


def read_baseline(path: str) -> tuple[tuple[Baselined, ...], tuple[CouldNot, ...]]:
    """The entries of a baseline file, and what is wrong with it."""
    read = read_text(path)
    if isinstance(read, CouldNot):
        return (), (CouldNot(path, f"the baseline: {read.reason}"),)
    try:
        made = json.loads(read.text)
    except (ValueError, RecursionError):
        return (), (CouldNot(path, f"the baseline is not JSON. {_WRITE_ANEW}"),)
    if not isinstance(made, dict) or made.get("version") != 1 or not isinstance(made.get("findings"), list):
        return (), (CouldNot(path, f"it is not a baseline of version 1. {_WRITE_ANEW}"),)
    found = [_entry(each) for each in made["findings"]]
    if None in found:
        at = found.index(None) + 1
        return (), (CouldNot(path, f"finding {at} of the baseline lacks a key, or holds one of the wrong kind. {_WRITE_ANEW}"),)
    return tuple(each for each in found if each is not None), ()


def _entry(value: Any) -> Baselined | None:
    if not isinstance(value, dict):
        return None
    texts = [value.get(key) for key in ("rule", "file", "text")]
    named = [value.get(key) for key in ("pool", "server")]
    if not all(isinstance(each, str) for each in texts) or not all(each is None or isinstance(each, str) for each in named):
        return None
    return Baselined(value["rule"], value["file"], value.get("pool"), value.get("server"), value["text"], str(value.get("message", "")))


def names_of(files: Iterable[str], path: str) -> Mapping[str, str]:
    """By file, the name that a baseline at `path` knows it by: relative to its folder, so that it holds from any other folder too."""
    folder = os.path.dirname(os.path.abspath(path))  # noqa: PTH100, PTH120
    return {file: os.path.relpath(os.path.abspath(file), folder) if file[:1] != "<" else file for file in files}  # noqa: PTH100


def write_baseline(path: str, findings: Sequence[Finding], texts: Mapping[str, str]) -> CouldNot | None:
    """Write the findings into a baseline file, whole or not at all; None, or why it could not be written."""
    names = names_of({finding.location.file for finding in findings}, path)
    kept = [
        {"rule": e.rule, "file": e.file, "pool": e.pool, "server": e.server, "text": e.text, "message": e.message}
        for e in entries(findings, texts, names)
    ]
    made = {"version": 1, "findings": kept}
    text = json.dumps(made, indent=1, ensure_ascii=True) + "\n"
    # Where a link stands, the file behind it is replaced, not the link.
    path = os.path.realpath(path)
    folder = os.path.dirname(path)  # noqa: PTH120
    temporary = None
    try:
        if os.path.exists(path) and not os.path.isfile(path):  # noqa: PTH110, PTH113
            return CouldNot(path, "the baseline cannot be written there: it is no file")
        if os.path.exists(path) and os.path.getsize(path) and read_baseline(path)[1]:  # noqa: PTH110, PTH202
            return CouldNot(path, "the baseline was not written: a file that is no baseline stands there. Give another name, or remove it")
        number, temporary = tempfile.mkstemp(prefix=".poise-", dir=folder)
        with os.fdopen(number, "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(temporary, 0o644)  # noqa: PTH101 - a baseline belongs into the repository, for all to read
        os.replace(temporary, path)  # noqa: PTH105
    except OSError as problem:
        if temporary is not None:
            with suppress(OSError):
                os.unlink(temporary)  # noqa: PTH108
        return CouldNot(path, f"the baseline could not be written: {problem.strerror}. {_helps(problem, folder)}")
    return None


def _helps(problem: OSError, folder: str) -> str:
    if not os.path.isdir(folder):  # noqa: PTH112
        return f"Make the folder first (mkdir -p {folder}), or name a file in another one"
    if problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"Make room on the disk of {folder}, or name a file on another one; a baseline that was there is as it was"
    return f"See that you may write to {folder}, or name a file in a folder where you may"
