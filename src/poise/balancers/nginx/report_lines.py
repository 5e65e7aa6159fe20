"""What is said of lines and addresses that could not be credited. Pure."""

from collections.abc import Collection, Iterator, Mapping

from poise.balancers.nginx.log_choice import ChosenLog
from poise.balancers.nginx.tally import Tally
from poise.model.could_not import CouldNot
from poise.model.topology import Topology
from poise.model.without_secrets import without_secrets
from poise.traffic.formats.line_format import Lines

SHOWN = 5
SHOWN_CHARACTERS = 100


def rejected(name: str, logs: Collection[ChosenLog], lines: Lines, none: bool) -> CouldNot:
    """Lines that are in none of the log's formats; `none` says that no line at all was."""
    count = lines.rejected.total()
    reasons = ", ".join(f"{number} {reason}" for reason, number in lines.rejected.most_common())
    example = next((line for line in lines.examples.values() if line), b"")
    shown = without_secrets(example[:1000].decode("utf-8", "replace"))[:SHOWN_CHARACTERS]
    forms = " or ".join(f"`{log.log.format.name}`" for log in logs if log.log.format)
    advice = ". None fits: nginx runs with another format than the file (reload it), or the log is not its own" if none else ""
    return CouldNot(name, f"{count} lines do not fit log_format {forms} and are not counted ({reasons}), such as {shown!r}{advice}")


def strange(tally: Tally, topology: Topology) -> Iterator[CouldNot]:
    """Attempts at addresses that no server of the file has."""
    unknown = []
    for (pool, address), count in tally.strangers.items():
        found = topology.pool(pool) if pool is not None else None
        # Servers that are discovered stand in no file.
        if found is None or not found.discovered:
            unknown.append((address, count))
    if not unknown:
        return
    shown = ", ".join(f"{address[:80]!r} {count} times" for address, count in unknown[:SHOWN])
    more = f" and {len(unknown) - SHOWN} more" if len(unknown) > SHOWN else ""
    why = "nginx runs with an older file, or a name resolved to another address when it started"
    yield CouldNot(topology.file, f"requests went to addresses that no server of it has: {shown}{more}. {why}: reload nginx")


def unclear(tally: Tally, blurred: Mapping[str, tuple[str, ...]], logs: Collection[ChosenLog]) -> Iterator[CouldNot]:
    """Addresses that several pools have, in lines that do not tell the pool."""
    pools = tuple(
        dict.fromkeys([*(pool for group in blurred.values() for pool in group), *(p for group in tally.undecided for p in group)])
    )
    if not pools:
        return
    names = ", ".join(pools[:SHOWN]) + (" …" if len(pools) > SHOWN else "")
    forms = ", ".join(dict.fromkeys(f"`{log.log.format.name}`" for log in logs if log.log.format))
    some = next(iter(blurred), None)
    same = f" ({some})" if some else ""
    advice = f'add "$proxy_host" to log_format {forms}'
    yield CouldNot(f"pools {names}", f"they share an address{same}, and the log does not tell which of them a request was for: {advice}")
