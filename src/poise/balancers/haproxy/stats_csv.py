"""HAProxy's answers as rows: `show stat` (CSV), `show servers state`, `show info`.

JSON and typed output are never asked for: for 10,000 servers they are 111 and 19 MB where CSV is 2.4 (facts measured on 2.6.12).
Only the columns that are named get parsed.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence


def stat_rows(text: str, columns: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield the named columns of each row, "" where HAProxy's version has no such column. Raises ValueError if this is no `show stat`."""
    head, _, body = text.lstrip("\n").partition("\n")
    if not head.startswith("# pxname"):
        raise ValueError(f"expected 'show stat' CSV, got {head[:60]!r}")
    names = {name: i for i, name in enumerate(head[2:].split(","))}
    places = [names.get(column, -1) for column in columns]
    needed = max(places)
    for line in body.split("\n"):
        if not line:
            continue
        # The description of the last check may hold commas, and is quoted then; splitting is 4 times faster than the csv module.
        fields = line.split(",") if '"' not in line else next(csv.reader([line]))
        if len(fields) > needed:
            yield tuple(fields[p] if p >= 0 else "" for p in places)


def state_rows(text: str) -> Iterator[Mapping[str, str]]:
    """Yield `show servers state` as name → text (be_name, srv_name, srv_op_state, srv_admin_state, srv_uweight, srv_iweight …)."""
    lines = [line for line in text.split("\n") if line.strip()]
    head = next((i for i, line in enumerate(lines) if line.startswith("# be_id")), None)
    if head is None:
        raise ValueError(f"expected 'show servers state', got {text[:60]!r}")
    names = lines[head][2:].split()
    for line in lines[head + 1 :]:
        if not line.startswith("#"):
            yield dict(zip(names, line.split(), strict=False))


def info(text: str) -> Mapping[str, str]:
    """`show info` as name → text."""
    return {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in text.split("\n")) if value}


def number(text: str) -> float | None:
    """A number, None where HAProxy left the field empty."""
    try:
        return float(text)
    except ValueError:
        return None


def sections(answer: str) -> Iterable[str]:
    """The answers to commands that were joined with `;`: HAProxy ends each with an empty line."""
    return (part for part in answer.split("\n\n") if part.strip())
