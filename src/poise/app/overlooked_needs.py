"""A poise.toml that stands beside a configuration and is not the one that holds: whoever wrote it believes that its needs are checked."""

import os
from collections.abc import Iterable

from poise.app.acceptances import Declared, needs_path
from poise.app.nearest_needs import FILE_NAME, told
from poise.model.remark import Remark
from poise.model.topology import Topology

MOST_NAMED = 6


def overlooked(given: str | Declared | None, beside: str | None, topologies: Iterable[Topology]) -> tuple[Remark, ...]:
    """Which one holds where it is not beside, and one remark about all that do not. Who named one with `--needs` knows which holds."""
    if given is not None:
        return ()
    held = needs_path(None, beside)
    folders = dict.fromkeys(os.path.dirname(topology.file) for topology in topologies)  # noqa: PTH120 - of 10,000 files, quickly
    candidates = [os.path.join(folder, FILE_NAME) for folder in folders]  # noqa: PTH118
    others = [path for path in candidates if os.path.normpath(path) != os.path.normpath(held) and _another(path, held)]
    if not others:
        return told(beside)
    named = ", ".join(others[1:MOST_NAMED]) + (f" and {len(others) - MOST_NAMED} more" if len(others) > MOST_NAMED else "")
    also = f", nor is {named}" if named else ""
    what = f"the {FILE_NAME} nearest to what is named first holds"
    said = f"it is not heeded{also}: {what}, which is {held}" if os.path.lexists(held) else f"it is not heeded{also}: only {what}"
    return (
        *told(beside),
        Remark(others[0], f"{said}. Name that folder by itself, or this file with --needs"),
    )


def _another(path: str, held: str) -> bool:
    if not os.path.lexists(path):
        return False
    try:
        return not os.path.samefile(path, held)  # noqa: PTH121
    except OSError:
        return True
