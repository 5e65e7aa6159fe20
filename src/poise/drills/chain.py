"""A journal that shows when somebody changed it afterwards: each line holds the hash of the one before."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

START = "0" * 64


def link(before: str, entry: Mapping[str, Any]) -> tuple[str, str]:
    """The line to write and its hash, which the next one holds."""
    text = json.dumps({**entry, "before": before}, ensure_ascii=True, sort_keys=True)
    return text, hashlib.sha256(text.encode()).hexdigest()


def broken(lines: Iterable[str], head: str | None = None) -> int | None:
    """The number of the first line (from 1) that does not follow from the one before; 0 where the last is not `head`; None if well."""
    before = START
    for number, text in enumerate(lines, 1):
        try:
            entry = json.loads(text)
        except ValueError:
            return number
        if not isinstance(entry, dict) or entry.get("before") != before:
            return number
        before = hashlib.sha256(text.encode()).hexdigest()
    return 0 if head is not None and before != head else None


def commitment(answer: str, nonce: str) -> str:
    """What is shown at the start, so that at the end it can be proven that the answer is the one of the start."""
    return hashlib.sha256(f"{nonce} {answer}".encode()).hexdigest()
