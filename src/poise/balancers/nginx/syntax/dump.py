"""Cuts the output of `nginx -T` into the files that it shows."""

import re

from poise.model.regexp import regexp

_MARKER = regexp(r"^# configuration file ([^\n]+):\r?\n", re.MULTILINE)


def is_dump(text: str) -> bool:
    """Whether the text is a dump: a marker in front of every directive."""
    # The words are found in a hundredth of the time that the expression takes, and few texts hold them.
    found = _MARKER.search(text) if "# configuration file " in text else None
    if found is None:
        return False
    lines = text[: found.start()].splitlines()
    # What `nginx -T` says on standard error stands in front when both streams went to one file.
    return all(not line.strip() or line.startswith(("#", "nginx: ")) or " [" in line for line in lines)


def cut_dump(text: str) -> tuple[str, list[tuple[str, str, str]]]:
    """What stands before the first marker, and for each file its name, marker line and text. Joined again they give the dump."""
    markers = list(_MARKER.finditer(text))
    ends = [*(marker.start() for marker in markers[1:]), len(text)]
    head = text[: markers[0].start()] if markers else text
    return head, [(m[1], m.group(), text[m.end() : end]) for m, end in zip(markers, ends, strict=True)]
