"""The lab's change log: one JSON object a line, as a deployment tool would write it."""

import json
from datetime import datetime
from pathlib import Path

from poise.model.instants import rfc3339


def append_change(path: Path, at: datetime, component: str, text: str) -> None:
    """Adds one change that happened at `at` (aware UTC)."""
    stamp = rfc3339(at, "seconds")
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"at": stamp, "kind": "change", "component": component, "text": text}, ensure_ascii=False) + "\n")
