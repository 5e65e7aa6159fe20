"""`poise review`: postmortems from files, folders and standard input, read and judged."""

import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Literal

from poise.model.could_not import CouldNot
from poise.model.finding import SEVERITY_ORDER, Severity
from poise.model.postmortem import Reviewed, ReviewRun
from poise.reading.files import MOST_BYTES as MOST_READ
from poise.reading.files import is_folder, read_bytes, reported
from poise.review.language import other_language
from poise.review.review import review
from poise.review.rules import RULES

FailOn = Severity | Literal["never"]
# A postmortem is prose, of which this is a thousand pages of 2,000 letters.
MOST_BYTES = 2 * 1024 * 1024
MOST_FILES = 10_000
SUFFIXES = frozenset((".md", ".markdown", ".txt", ".text", ".rst", ".adoc"))


def reviewed(paths: Sequence[str], select: Collection[str] = (), ignore: Collection[str] = ()) -> ReviewRun:
    """Everything that could be read of these files; of folders those that are called as texts are. `select` and `ignore` name rules."""
    rules = tuple(rule for rule in RULES if (not select or rule.name in select) and rule.name not in ignore)
    documents: list[tuple[str, Reviewed]] = []
    texts: list[tuple[str, str]] = []
    could_not: list[CouldNot] = []
    for name, text in _texts(paths):
        if isinstance(text, CouldNot):
            could_not.append(text)
            continue
        reason = _no_postmortem(text)
        found = () if reason else review(text, rules)
        if not reason and not any(_tells(each) for each in found):
            reason = "no time and no section of a postmortem was found in it; is it one?"
        if reason:
            could_not.append(CouldNot(name, reason))
            continue
        texts.append((name, text))
        documents += [(name, each) for each in found]
    return ReviewRun(tuple(documents), tuple(texts), tuple(could_not))


def exit_code(run: ReviewRun, fail_on: FailOn) -> int:
    """2 where something could not be read, 1 where a finding is at or above `fail_on`, else 0."""
    if run.could_not:
        return 2
    if fail_on == "never":
        return 0
    least = SEVERITY_ORDER.index(fail_on)
    return int(any(SEVERITY_ORDER.index(f.severity) >= least for _, each in run.documents for f in each.findings))


def _tells(each: Reviewed) -> bool:
    """Whether it says anything of an incident."""
    return bool(each.timeline or each.cause.quote or each.action_items or each.declared.start or each.declared.durations)


def _no_postmortem(text: str) -> str | None:
    """Why the text is nothing that can be read here."""
    if not text.strip():
        return "it is empty"
    language = other_language(text)
    return None if language is None else f"it is written in {language}, and poise reads postmortems in English only"


def _texts(paths: Sequence[str]) -> Iterator[tuple[str, str | CouldNot]]:
    for path in paths:
        if is_folder(path):
            yield from _folder(path)
        else:
            yield reported(path), _file(path)


def _folder(path: str) -> Iterator[tuple[str, str | CouldNot]]:
    names = sorted(
        os.path.join(folder, name)  # noqa: PTH118
        for folder, inner, files in os.walk(path)
        if not _hidden(inner)
        for name in files
        if Path(name).suffix.lower() in SUFFIXES
    )
    if not names:
        yield path, CouldNot(path, f"no file in it ends in {', '.join(sorted(SUFFIXES))}")
    for name in names[:MOST_FILES]:
        yield name, _file(name)
    if len(names) > MOST_FILES:
        yield path, CouldNot(path, f"it holds more than {MOST_FILES} texts; give folders within it")


def _hidden(inner: list[str]) -> bool:
    """Leaves hidden folders such as .git out of the walk, which goes on."""
    inner[:] = [name for name in inner if not name.startswith(".")]
    return False


def _file(path: str) -> str | CouldNot:
    data = read_bytes(path)
    if isinstance(data, CouldNot):
        return CouldNot(data.what, data.reason.replace("the configuration itself", "the document itself"))
    return _decoded(reported(path), data)


def _decoded(name: str, data: bytes) -> str | CouldNot:
    """The text. What is no UTF-8 is taken for Windows' western letters, as older editors write them."""
    if len(data) > MOST_BYTES:
        large = f"{len(data) / 1024 / 1024:.1f} MB large" + (" or more" if len(data) > MOST_READ else "")
        return CouldNot(name, f"it is {large}, and a postmortem has at most {MOST_BYTES // 1024 // 1024}")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError:
            return CouldNot(name, "it begins as UTF-16 and is none; save it as UTF-8")
    if b"\0" in data:
        return CouldNot(name, "it holds NUL bytes, as no text does; save the document as Markdown or plain text")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        if sum(byte < 9 or 13 < byte < 27 for byte in data[:10_000]) > 5:
            return CouldNot(name, "it is no text; save the document as Markdown or plain text")
        return data.decode("cp1252", "replace")
