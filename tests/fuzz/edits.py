"""One-token edits: a value is replaced by its bytes alone, and after reading again exactly that value is another one."""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Token:
    """One value of a document: what it means, and which bytes of the file it stands in. `free` tokens may be replaced by any value."""

    value: str
    start: int
    end: int
    free: bool = True


@dataclass(frozen=True, slots=True)
class Edit:
    """These bytes of the file are to become `written`, which means `value`."""

    start: int
    end: int
    written: bytes
    value: str


def spliced(data: bytes, edit: Edit) -> bytes:
    """The file after the edit."""
    return data[: edit.start] + edit.written + data[edit.end :]


def wrong(before: list[Token], after: list[Token], edited: int, edit: Edit) -> str | None:
    """What else the edit of token number `edited` has changed, or what it has failed to change; None when it did what it should."""
    shift = len(edit.written) - (edit.end - edit.start)
    if len(after) != len(before):
        return f"{len(before)} values became {len(after)}"
    for number, (old, new) in enumerate(zip(before, after, strict=True)):
        if number == edited:
            wanted = (edit.value, edit.start, edit.start + len(edit.written))
        else:
            moved = shift if old.start >= edit.end else 0
            wanted = (old.value, old.start + moved, old.end + moved)
        if (new.value, new.start, new.end) != wanted:
            return f"value {number} is {(new.value, new.start, new.end)!r} and should be {wanted!r}"
    return None


def invented(dice: Random) -> str:
    """A value as somebody may want to write: short, long, with blanks, signs, letters of other languages."""
    plain = dice.choice(("x", "10", "web-2", "app1.example.com", "10.0.0.9:8080", "a" * dice.randint(1, 60), "0", "true", "5s"))
    kind = dice.randrange(6)
    if kind == 0:
        return plain + dice.choice((" b", "  ", " and more", "#", "'", '"', "\\", ";", "{}", ": ", ",", "\t"))
    if kind == 1:
        return plain + dice.choice(("é", "ü", "日本", "😀", "\udcff", "\u00a0"))
    return plain
