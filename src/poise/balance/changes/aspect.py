"""One thing about a pool that a change may touch."""

from collections.abc import Callable
from dataclasses import replace

from poise.balance.changes.identity import by_identity
from poise.balance.changes.sides import Sides
from poise.model.light import dataclass
from poise.model.topology import Pool


@dataclass(frozen=True, slots=True)
class Aspect:
    """`words` say how it changed, nothing where it did not; `taken` is the first pool with this one thing as the second has it.

    `binds`: it decides which server a key gets also where it moves no share.
    """

    words: Callable[[Sides], list[str]]
    taken: Callable[[Pool, Pool], Pool]
    binds: bool = True


def servers_take(*fields: str) -> Callable[[Pool, Pool], Pool]:
    """Each server that both have gets these fields of the other's."""

    def taken(pool: Pool, other: Pool) -> Pool:
        theirs = by_identity(other.servers)
        own = by_identity(pool.servers)
        servers = tuple(
            replace(server, **{name: getattr(theirs[at], name) for name in fields}) if at in theirs else server
            for at, server in own.items()
        )
        return replace(pool, servers=servers)

    return taken


def pool_takes(*fields: str) -> Callable[[Pool, Pool], Pool]:
    """The pool gets these fields of the other."""

    def taken(pool: Pool, other: Pool) -> Pool:
        return replace(pool, **{name: getattr(other, name) for name in fields})

    return taken
