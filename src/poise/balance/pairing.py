"""Which thing of an old configuration is which of the new one, where several bear one name. Pure."""

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TypeVar

Thing = TypeVar("Thing")
# What makes two things the same; None: by this they are none's.
Key = Callable[[Thing], Hashable | None]
# Folders above a file that tell it from others of its name: conf.d/web/a.conf from conf.d/api/a.conf.
DEEPEST = 6


def paired(old: Sequence[Thing], new: Sequence[Thing], keys: Iterator[Key[Thing]]) -> list[tuple[Thing | None, Thing | None]]:
    """Each thing of `new` in order with the one of `old` that has the same key, or None; then those of `old` that are left.

    The first key is asked of all, the next of those that are left, and so on; of several with one key the first is taken.
    """
    partner: dict[int, int] = {}
    left, open_ = list(range(len(old))), list(range(len(new)))
    for key in keys:
        if not left or not open_:
            break
        waiting: dict[Hashable, deque[int]] = defaultdict(deque)
        for number in left:
            if (value := key(old[number])) is not None:
                waiting[value].append(number)
        for number in open_:
            if (value := key(new[number])) is not None and waiting.get(value):
                partner[number] = waiting[value].popleft()
        taken = set(partner.values())
        left = [number for number in left if number not in taken]
        open_ = [number for number in open_ if number not in partner]
    pairs: list[tuple[Thing | None, Thing | None]] = [
        (old[partner[number]] if number in partner else None, each) for number, each in enumerate(new)
    ]
    return pairs + [(old[number], None) for number in left]


def tails(file: str) -> list[str]:
    """The ends of a path, longest first: two folders are compared whose files are called alike."""
    parts = file.split("/")
    return ["/".join(parts[-depth:]) for depth in range(DEEPEST, 0, -1)]
