"""The needs of a pool before and after a change: what is declared of a server by its name holds at its address."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from poise.balance.changes.sides import Pair
from poise.model.needs import PoolNeeds

Declared = TypeVar("Declared", int, float)


def followed_needs(needs: PoolNeeds, pairs: tuple[Pair, ...]) -> tuple[PoolNeeds, PoolNeeds]:
    """The needs by the old names and by the new ones. A machine that is renamed is neither slower nor smaller for it."""
    times, places = needs.service_time_ms_by_server, needs.concurrency_by_server
    if not times and not places:
        return needs, needs
    kept = {a.name: b.name for a, b in pairs if a and b and a.address == b.address}
    added = {b.name for a, b in pairs if b and b.name not in kept.values()}
    gone = {a.name for a, b in pairs if a and a.name not in kept}
    slow, small = _sides(times or {}, kept, added, gone), _sides(places or {}, kept, added, gone)
    before, after = (replace(needs, service_time_ms_by_server=slow[side], concurrency_by_server=small[side]) for side in (0, 1))
    return before, after


def _sides(
    declared: Mapping[str, Declared], kept: Mapping[str, str], added: set[str], gone: set[str]
) -> tuple[dict[str, Declared], dict[str, Declared]]:
    """What is declared under the new name counts; else, where nobody has the old name now, what is declared under that."""
    now = {*kept.values(), *added}
    after = {name: value for name, value in declared.items() if name in now}
    after |= {new: declared[old] for old, new in kept.items() if new not in declared and old in declared and old not in now}
    before = {name: value for name, value in declared.items() if name in gone}
    before |= {old: after[new] for old, new in kept.items() if new in after}
    return before, after
