"""The stack and the files of one load balancer as they stand, for who keeps them: with secrets masked, in a form that a recording has."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from poise.daemon.copies import files_of, names_of, texts_of
from poise.daemon.recorder import stack_json
from poise.model.sample import Stack
from poise.model.topology import Topology
from poise.model.without_secrets import masked_copy, variables_needed, without_userinfo

# A configuration beyond that is no page of a history.
MOST_BYTES = 8 * 1024 * 1024


def setting(stack: Stack, configs: Sequence[str], topology: Topology | None, needs: Path | None) -> dict[str, Any]:
    """`components`, `edges`, `configs` (texts by name, in order) and `needs`, as JSON. What cannot be read is left out."""
    found: dict[str, Any] = {**stack_json(stack), "configs": {}, "needs": None}
    files = files_of([Path(name) for name in configs], topology)
    files, texts = texts_of(files, {path: text for path in files if (text := _text(path)) is not None}, topology)
    if sum(map(len, texts.values())) <= MOST_BYTES:
        needed, names = variables_needed(texts.values()), names_of(files)
        found["configs"] = {names[path]: masked_copy(text, needed) for path, text in texts.items() if path in names}
    if needs is not None and (text := _text(needs)) is not None:
        found["needs"] = without_userinfo(text)
    return found


def _text(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except OSError:
        return None
