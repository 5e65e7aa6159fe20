"""`poise diff` of git's revisions: each is read from git itself, also what a configuration of it includes."""

import os
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from poise.app.diff import compared
from poise.app.diff_words import Revisions
from poise.app.git import GitError, Repository, asked, commit_of, repository
from poise.app.snapshot import snapshot
from poise.model.could_not import CouldNot
from poise.model.forecast import ConfigurationDiff
from poise.reading.read import Sources

Thing = TypeVar("Thing")


def diff_revisions(asked_for: Revisions, old: Sources, new: Sources, needs: str | None, today: date) -> ConfigurationDiff:
    """The change from one revision to the other, or to the working tree. `old` and `new` bring all but the paths.

    What is reported of a revision is named as git names it, `REV:path` from the top of the repository. Raises GitError.
    """
    here = repository()
    unknown = [
        _unknown(name, here)
        for name, commit in ((asked_for.old, asked_for.old_commit), (asked_for.new, asked_for.new_commit))
        if name is not None and commit is None
    ]
    if unknown or asked_for.old_commit is None:
        return ConfigurationDiff((), could_not=tuple(unknown))
    if asked_for.new is None and here.top is None:
        raise GitError("this repository has no working tree to compare with: name two revisions")
    paths = asked_for.paths or (here.top or os.curdir,)
    wanted = [_from_top(path, here) for path in paths] if asked_for.paths else [""]
    outside = [CouldNot(path, "it lies outside of the repository") for path, place in zip(paths, wanted, strict=True) if place is None]
    if outside:
        return ConfigurationDiff((), could_not=tuple(outside))
    inside = [place for place in wanted if place is not None]
    with _room() as room:
        labels, could_not = {}, []
        sides = [old, new]
        for number, (name, commit) in enumerate(((asked_for.old, asked_for.old_commit), (asked_for.new, asked_for.new_commit))):
            if name is None or commit is None:
                sides[number] = replace(new, paths=tuple(_shown(path) for path in paths))
                continue
            folder = room / str(number)
            with _written_below(room):
                # Its poise.toml is looked for up to the root, which this marks, as in the working tree.
                (folder / ".git").mkdir(parents=True)
                told = snapshot(commit, name, inside, here, folder)
            absent = {entry.what for entry in told}
            could_not += told
            places = [place for place in inside if f"{name}:{place}" not in absent]
            sides[number] = replace(sides[number], paths=tuple(str(folder / place) for place in places), here=str(folder / here.prefix))
            labels[str(folder)] = name
        made = compared(sides[0], sides[1], needs, today, here.top)
        made = replace(made, could_not=(*could_not, *made.could_not))
        return _relabelled(made, labels)


def _unknown(name: str, here: Repository) -> CouldNot:
    where = here.top or "this repository"
    if asked("rev-parse", "--is-shallow-repository").strip() == "true":
        hint = "this clone is shallow: fetch more of it first (git fetch --unshallow; fetch-depth: 0 or GIT_DEPTH: 0 in CI)"
    elif not commit_of("HEAD") and not asked("for-each-ref", "--count=1").strip():
        return CouldNot(name, f"there is no commit yet in {where}: commit first, or compare two files: poise diff OLD NEW")
    elif name.partition("~")[0].partition("^")[0] in ("HEAD", "@"):
        end = f"the history ends before it{', or the branch at hand has no commit yet' if not commit_of('HEAD') else ''}"
        hint = f"{end}. `git log --oneline` shows what there is"
    elif commit_of(f"origin/{name}"):
        hint = f"there is origin/{name}: perhaps that is meant"
    elif ":" in name:
        hint = f"write the path behind the revision: poise diff {name.partition(':')[0]} -- {name.partition(':')[2] or '.'}"
    else:
        hint = "see `git branch --all` and `git tag`; fetch it first if it is new"
    return CouldNot(name, f"git knows no commit of that name in {where}: {hint}")


def _from_top(path: str, here: Repository) -> str | None:
    """The path from the top of the repository; None where it lies outside. The last part may be a link: it is git's too."""
    if here.top is None:
        place = os.path.normpath(path)
    else:
        folder, name = os.path.split(os.path.normpath(Path.cwd() / path))
        place = os.path.relpath(Path(os.path.realpath(folder), name), os.path.realpath(here.top))
    if place == os.pardir or place.startswith((f"{os.pardir}/", "/")):
        return None
    return "" if place == os.curdir else place


def _shown(path: str) -> str:
    """A path of the working tree as it is named elsewhere."""
    short = os.path.relpath(path)
    return path if short.startswith(os.pardir) else short


@contextmanager
def _room() -> Iterator[Path]:
    """A folder that is gone afterwards, also after Ctrl-C, SIGTERM and a closed terminal."""
    watched = [signal.SIGTERM, signal.SIGHUP] if threading.current_thread() is threading.main_thread() else []
    before = {number: signal.signal(number, _leave) for number in watched if signal.getsignal(number) is signal.SIG_DFL}
    try:
        try:
            made = tempfile.TemporaryDirectory(prefix="poise-diff-")
        except OSError as problem:
            said = "there is no folder that the files of a revision can be written to"
            raise GitError(f"{said} ({problem.strerror or problem}). Name one with TMPDIR") from None
        with made as room:
            yield Path(room)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _written_below(room: Path) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        why = problem.strerror or str(problem)
        place = room.parent
        raise GitError(f"its files cannot be written to {place} ({why}). Make room there, or name another folder with TMPDIR") from None


def _leave(number: int, _: object) -> NoReturn:
    raise SystemExit(128 + number)


def _relabelled(thing: Thing, labels: dict[str, str]) -> Thing:
    """The same with git's names in place of those of the folders."""
    value: Any = thing
    if isinstance(value, str):
        for folder, name in labels.items():
            value = value.replace(f"{folder}/", f"{name}:").replace(folder, f"{name}:")
    elif isinstance(value, tuple):
        value = tuple(_relabelled(each, labels) for each in value)
    elif is_dataclass(value) and not isinstance(value, type):
        changed = {f.name: _relabelled(getattr(value, f.name), labels) for f in fields(value) if f.init}
        value = replace(value, **changed)
    made: Thing = value
    return made
