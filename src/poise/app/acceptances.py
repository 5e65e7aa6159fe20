"""The needs and acceptances of an audit: where poise.toml stands, and which acceptances nothing needs."""

import os
import re
from collections.abc import Collection, Sequence
from datetime import date

from poise.app.nearest_needs import nearest, told
from poise.model.could_not import CouldNot
from poise.model.finding import Finding
from poise.model.light import dataclass
from poise.model.location import Location
from poise.model.needs import Acceptance, Needs
from poise.model.remark import Remark
from poise.model.topology import Topology
from poise.reading.files import Text, read_text
from poise.rules import RULES
from poise.rules.ignore import RULE_NAME
from poise.rules.meant import meant

# An acceptance that lasts longer outlives who knows of it.
MOST_YEARS = 5


@dataclass(frozen=True, slots=True)
class Declared:
    """Needs that were handed over, what could not be read of them, and what to call them."""

    needs: Needs
    could_not: tuple[CouldNot, ...] = ()
    file: str = "the needs"


def needs_path(given: str | Declared | None, beside: str | None) -> str:
    """The poise.toml that holds for a command: the one that was named, else the nearest to the configuration (a file or folder)."""
    if isinstance(given, Declared):
        return given.file
    if given is not None:
        return given
    return nearest(beside)


def where_it_stands(given: str | Declared | None, beside: str | None) -> tuple[Remark, ...]:
    """Which poise.toml holds, where that is not plain. Who named one with `--needs` knows it."""
    return told(beside) if given is None else ()


def declared(given: str | Declared | None, beside: str | None) -> tuple[Needs, tuple[CouldNot, ...]]:
    """The declared needs. Reading a poise.toml takes a library that is slow to import: only who has one waits for it."""
    if isinstance(given, Declared):
        return given.needs, given.could_not
    if given is None and not os.path.lexists(needs_path(given, beside)):
        return Needs(), ()
    from poise.app.needs import read_needs  # noqa: PLC0415

    return read_needs(given, beside)


def unknown(accepted: Sequence[Acceptance], file: str) -> list[CouldNot]:
    """What accepts a rule that does not exist."""
    names = {*RULES.names, RULE_NAME}
    wrong = dict.fromkeys(a.rule for a in accepted if a.rule not in names)
    if not wrong:
        return []
    from poise.app.unmatched import heads  # noqa: PLC0415 - only who made that mistake waits for it

    lines = heads(file)
    return [CouldNot(file, f"[accept.{rule}] names no rule; {meant(rule)}", lines.get(("accept", rule))) for rule in wrong]


def lasting(accepted: Sequence[Acceptance], file: str, today: date) -> list[Remark]:
    """What to say of acceptances that end so late that nobody will ask again."""
    late = [each for each in accepted if each.until.year > today.year + MOST_YEARS]
    if not late:
        return []
    from poise.app.unmatched import heads  # noqa: PLC0415 - as above

    lines, said = heads(file), f"more than {MOST_YEARS} years from now: until then nobody is asked whether it is still right"
    return [Remark(file, f"[accept.{a.rule}] ends on {a.until}, {said}", lines.get(("accept", a.rule))) for a in late]


def _strange(server: str | None, name: str | None, topologies: Sequence[Topology]) -> bool:
    """Whether no pool of that name has such a server, as far as the files tell."""
    pools = [pool for topology in topologies if (pool := topology.pool(name or ""))]
    return server is not None and not any(pool.discovered or pool.server(server) for pool in pools)


def idle(unused: Sequence[Acceptance], ran: Collection[str], topologies: Sequence[Topology], file: str, today: date) -> list[Finding]:
    """A finding for each acceptance that nothing needs, where the pool that it names was read: one for another file's pool is not idle."""
    pools = {pool.name: topology.product for topology in topologies for pool in topology.pools}
    text = read_text(file) if unused else None
    lines = text.text.split("\n") if isinstance(text, Text) else []
    found = []
    for acceptance in unused:
        if acceptance.rule not in ran or acceptance.pool not in pools:
            continue
        header = re.compile(rf"\s*\[+\s*accept\s*\.\s*[\"']?{re.escape(acceptance.rule)}[\"']?\s*\]")
        line = next((number for number, each in enumerate(lines, 1) if header.match(each)), 1)
        over = f", and ended on {acceptance.until}" if today > acceptance.until else ""
        server = acceptance.server
        whom = (
            f"the server {server}, which {acceptance.pool} does not have,"
            if _strange(server, acceptance.pool, topologies)
            else acceptance.pool
        )
        message = f"the acceptance of {acceptance.rule} for {whom} accepts nothing{over}"
        why = "whoever reads the file next cannot tell an accepted risk from a forgotten one"
        remedy = f"Delete [accept.{acceptance.rule}] from {file}"
        place = Location(file, line, 1)
        found.append(Finding(RULE_NAME, None, "info", "high", message, why, remedy, place, pools[acceptance.pool], acceptance.pool))
    return found
