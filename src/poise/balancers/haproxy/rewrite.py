"""Replaces configuration files by edited ones: HAProxy's own check first, then a rename, and all of them or none."""

import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from poise.balancers.haproxy.control_types import Control, StepResult
from poise.balancers.haproxy.edit import apply as edited
from poise.model.could_not import CouldNot
from poise.model.plan import Edit, Step


def cannot_write(steps: Sequence[Step], control: Control) -> CouldNot | None:
    """Why the files of these steps cannot be replaced, None where nothing speaks against it. Changes nothing."""
    for name in dict.fromkeys(e.file for s in steps for e in s.edits):
        try:
            place = Path(name).resolve(strict=True)
            owner = place.stat().st_uid
        except OSError as error:
            return CouldNot(name, error.strerror or str(error))
        if not os.access(place, os.R_OK):
            return CouldNot(name, "this account may not read it")
        if not os.access(place.parent, os.W_OK | os.X_OK):
            return CouldNot(name, f"this account may not write in {place.parent}, where the new file must stand before it replaces the old")
        if os.geteuid() not in (0, owner):
            return CouldNot(name, "it belongs to another account, and a file that replaces it could not keep its owner")
    if any(s.edits for s in steps) and shutil.which(control.haproxy) is None:
        return CouldNot(control.haproxy, "not found: name HAProxy's binary, its check must pass before a file is replaced")
    return None


def write(step: Step, control: Control) -> StepResult:
    """Make the step's edits. Every error before the first rename leaves the files alone, one behind it puts back what was replaced."""
    by_file: dict[str, list[Edit]] = {}
    for edit in step.edits:
        by_file.setdefault(edit.file, []).append(edit)
    if not by_file:
        return StepResult(False, could_not=CouldNot(step.what, "a file step without edits: nothing to write"))
    made: dict[Path, Path] = {}
    kept: dict[Path, Path] = {}
    try:
        for name, edits in by_file.items():
            # A link stays a link: what it points at is replaced.
            place = Path(name).resolve(strict=True)
            old = place.read_bytes()
            moved = next((e for e in edits if old[e.start : e.end] != e.old.encode("utf-8", "surrogateescape")), None)
            if moved is not None:
                why = f"the file changed since it was read: {moved.old!r} no longer stands at byte {moved.start}; make a new plan"
                return StepResult(False, could_not=CouldNot(name, why, old[: moved.start].count(b"\n") + 1))
            try:
                new = edited(old.decode("utf-8", "surrogateescape"), edits).encode("utf-8", "surrogateescape")
            except ValueError as error:
                return StepResult(False, could_not=CouldNot(name, f"{error}; nothing was changed"))
            made[place] = _beside(place, new)
            kept[place] = _beside(place, old)
        checked = _check(control, made)
        return _replace(made, kept, checked.output) if checked.ok else checked
    finally:
        for left in (*made.values(), *kept.values()):
            with suppress(OSError):
                left.unlink()


def _replace(made: Mapping[Path, Path], kept: Mapping[Path, Path], output: str) -> StepResult:
    replaced: list[Path] = []
    try:
        for place, new in made.items():
            new.replace(place)
            replaced.append(place)
            _sync_folder(place.parent)
    except OSError as error:
        lost = [str(place) for place in replaced if not _put_back(place, kept[place])]
        after = f"could not be put back: {', '.join(lost)}; restore them from your backup" if lost else "every file is as it was"
        return StepResult(False, output, CouldNot(str(error.filename or next(iter(made))), f"{error.strerror or error}: {after}"))
    return StepResult(True, output)


def _put_back(place: Path, old: Path) -> bool:
    try:
        old.replace(place)
    except OSError:
        return False
    return True


def _beside(place: Path, text: bytes) -> Path:
    """The new text in a file beside the old one (rename is atomic only within a file system), with its mode and owner, on disk."""
    was = place.stat()
    handle, name = tempfile.mkstemp(prefix=f".{place.name}.", suffix=".cfg", dir=place.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text)
            os.fchmod(handle, stat.S_IMODE(was.st_mode))
            if (was.st_uid, was.st_gid) != (os.getuid(), os.getgid()):
                os.fchown(handle, was.st_uid, was.st_gid)
            file.flush()
            os.fsync(handle)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    return Path(name)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _check(control: Control, replaced: Mapping[Path, Path]) -> StepResult:
    files = [str(replaced.get(Path(f).resolve(), Path(f))) for f in control.config_files] or [str(p) for p in replaced.values()]
    arguments = [control.haproxy, "-c", *(a for f in files for a in ("-f", f))]
    try:
        done = subprocess.run(
            arguments,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=control.bound.total_seconds(),
            env={**os.environ, **control.environment},
            check=False,
        )
    except FileNotFoundError:
        return StepResult(
            False, could_not=CouldNot(control.haproxy, "not found: name HAProxy's binary, its check must pass before a file is replaced")
        )
    except subprocess.TimeoutExpired:
        return StepResult(False, could_not=CouldNot(" ".join(arguments), "the check did not end in time; the file was not replaced"))
    output = (done.stdout + done.stderr).strip()
    if done.returncode != 0:
        why = f"HAProxy's own check rejects the new text, the file stays as it was: {output[-400:]}"
        return StepResult(False, output, CouldNot(" ".join(arguments), why))
    return StepResult(True, output)
