"""Gathers the texts of configurations from what a command was given: files, folders, standard input; less what is excluded."""

import os
from collections.abc import Callable, Sequence
from dataclasses import field
from functools import partial
from typing import TYPE_CHECKING

from poise.model.could_not import CouldNot
from poise.model.light import dataclass
from poise.reading.files import STANDARD_INPUT, Given, Text, Walked, identity, is_folder, read_text, unlisted, walk
from poise.reading.products import PRODUCTS, TITLES, is_script, product_of, suspect, unrecognised

if TYPE_CHECKING:
    from poise.reading.exclusion import Exclusion

# More text than this in one folder is no set of configurations; it would not fit into memory either.
MOST_FOLDER_BYTES = 256 * 1024 * 1024


@dataclass(slots=True)
class Found:
    """The texts by product, as groups that are one HAProxy configuration, and what could not be read."""

    groups: list[list[Text]] = field(default_factory=list)
    others: dict[str, list[Text]] = field(default_factory=dict)
    could_not: list[CouldNot] = field(default_factory=list)
    seen: set[tuple[int, int] | str] = field(default_factory=set)
    exclusion: "Exclusion | None" = None
    excluded: list[str] = field(default_factory=list)
    tell: Callable[[str], None] | None = None

    def telling(self, what: str) -> None:
        """Say what is done now, to who wants to know."""
        if self.tell is not None:
            self.tell(what)


def exclusion_of(patterns: Sequence[str], here: str | None = None) -> "Exclusion | None":
    """What leaves out the files of these patterns; None where there are none. Raises WrongPatternError."""
    if not patterns:
        return None
    from poise.reading.exclusion import Exclusion  # noqa: PLC0415 - only who leaves files out waits for the library

    return Exclusion(patterns, here)


def add_file(path: str, found: Found) -> None:
    """A file that was named: whatever it is, it is answered for."""
    text = _once(path, found)
    if text is not None:
        add_given(Given(text), found)


def add_given(given: Given, found: Found) -> None:
    """A text: whatever it is, it is answered for."""
    text = given.text
    product = given.product or product_of(text.text)
    if product == "haproxy":
        found.groups.append([text])
    elif product is None:
        reason, line = unrecognised(text.text)
        found.could_not.append(CouldNot(text.name, reason, line))
    else:
        found.others.setdefault(product, []).append(text)


def _once(path: str, found: Found) -> Text | None:
    same = identity(path) if path != STANDARD_INPUT else path
    if same in found.seen:
        return None
    if found.exclusion and path != STANDARD_INPUT and found.exclusion(path):
        found.excluded.append(path)
        return None
    found.telling(f"reading {path}")
    text = read_text(path)
    if isinstance(text, CouldNot):
        found.could_not.append(text)
        return None
    found.seen.add(same)
    return text


def all_of(path: str, found: Found) -> list[Text]:
    """The files of one `-f`: the file itself, or a folder's *.cfg by name, as HAProxy takes them."""
    if not is_folder(path):
        text = _once(path, found)
        return [text] if text else []
    try:
        names = sorted(name for name in os.listdir(path) if name.endswith(".cfg") and not name.startswith("."))  # noqa: PTH208
    except OSError as problem:
        found.could_not.append(unlisted(path, problem))
        return []
    if not names:
        found.could_not.append(CouldNot(path, "the folder holds no *.cfg file, which is what HAProxy reads of a folder (-f)"))
    return [text for name in names if (text := _once(os.path.join(path, name), found))]  # noqa: PTH118


def add_folder(path: str, found: Found) -> None:
    """A folder: what is a configuration is read, what is none is passed over unless it looks like one that is broken."""
    walked = walk(path, partial(found.exclusion, folder=path) if found.exclusion else None, found.tell)
    found.excluded += walked.excluded
    own: list[Text] = []
    size = known = 0
    missed = list(walked.could_not or ())
    for name in walked.paths:
        same = identity(name)
        if same in found.seen:
            known += 1
            continue
        found.telling(f"reading {name}")
        text = read_text(name, path)
        if isinstance(text, CouldNot):
            missed.append(text)
            continue
        if is_script(text.text):
            # Perl and awk end lines and open blocks as nginx does. One that is named is read all the same.
            continue
        product = product_of(text.text)
        if product is None:
            reason, line = unrecognised(text.text)
            # What a crash leaves of a file is NULs, and HAProxy (-f FOLDER) and nginx (include *.conf) refuse the lot for it.
            if suspect(text.text) or (name.endswith((".cfg", ".conf")) and "\0" in text.text[:65536]):
                missed.append(CouldNot(text.name, reason, line))
            continue
        size += len(text.text)
        if size > MOST_FOLDER_BYTES:
            missed.append(
                CouldNot(path, f"its configurations are larger than {MOST_FOLDER_BYTES // 1024 // 1024} MiB. Name a smaller folder")
            )
            break
        found.seen.add(same)
        known += 1
        if product == "haproxy":
            own.append(text)
        else:
            found.others.setdefault(product, []).append(text)
    if own:
        from poise.reading.read_haproxy import grouped  # noqa: PLC0415 - as above

        found.groups += grouped(own)
    if not known and not missed:
        missed.append(CouldNot(path, _nothing(walked)))
    found.could_not += missed


def _nothing(walked: Walked) -> str:
    files, templates = len(walked.paths) + walked.others, walked.templates
    names = " or ".join(TITLES[product] for product in PRODUCTS)
    if templates:
        first = templates[0].rpartition("/")[2]
        return f"the folder holds templates ({first} …) and no configuration of {names}. Render them first and audit what comes out"
    if walked.excluded:
        return f"the folder holds no configuration of {names} but what is excluded ({walked.excluded[0].rpartition('/')[2]} …)"
    met = f"none of its {files} files is one" if files else "it holds no file"
    return f"the folder holds no configuration of {names}: {met}. Name the files themselves, or another folder"
