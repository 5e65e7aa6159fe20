"""`poise predict`: read and forecast."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from poise.app.acceptances import needs_path as where_needs_are
from poise.app.files import read_text
from poise.app.judged_by import JudgedBy
from poise.app.needs import read_needs
from poise.app.read import Sources, read
from poise.app.unmatched import matched
from poise.balance import forecast as balance_forecast
from poise.model.could_not import CouldNot
from poise.model.forecast import Forecast
from poise.model.remark import Remark
from poise.model.topology import Topology


def predict(
    sources: Sources,
    needs_path: str | None = None,
    requests: int = 1500,
    keys: Sequence[str] | CouldNot | None = None,
) -> Forecast:
    """The forecast of every pool in these files or folders, held against the needs (`poise.toml` beside the first where none is given)."""
    if isinstance(keys, CouldNot):
        # Shares over other keys than those that were meant are no answer.
        return Forecast((), (keys,))
    reading = read(sources, by=JudgedBy())
    needs, needs_unread = read_needs(needs_path, beside=sources.first)
    needs, unmatched, remarks = matched(needs, reading.topologies, where_needs_are(needs_path, sources.first))
    made = balance_forecast.forecast(reading.topologies, needs, requests, keys)
    could_not = dict.fromkeys((*reading.could_not, *needs_unread, *unmatched, *made.could_not))
    return replace(made, could_not=tuple(could_not), remarks=(*reading.remarks, *remarks, *_slots(reading.topologies)))


def keys_in(path: str) -> Sequence[str] | CouldNot:
    """One key a line; bytes that are not UTF-8 stay what they are, for the hash is over bytes."""
    read = read_text(path)
    if isinstance(read, CouldNot):
        return CouldNot(read.what, f"the keys: {read.reason}")
    return [key for line in read.text.split("\n") if (key := line.removesuffix("\r"))]


def _slots(topologies: Sequence[Topology]) -> Iterator[Remark]:
    """How many servers a `server-template` has is for DNS to say, and the forecast takes all of its slots."""
    for pool in (pool for topology in topologies for pool in topology.pools):
        slots = [server for server in pool.servers if server.template and server.resolvers]
        if slots:
            text = (
                f"{pool.name} is forecast as if DNS filled all {len(slots)} slots of its `server-template`: a slot without an address gets "
                "nothing, and its share goes to the others"
            )
            yield Remark(slots[0].location.file, text, slots[0].location.line)
