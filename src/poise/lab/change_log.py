"""The lab's change log: one JSON object a line, as a deployment tool would write it."""

import json
from datetime import datetime
from pathlib import Path


def append_change(path: Path, at: datetime, component: str, text: str) -> None:
    """Adds one change that happened at `at` (aware UTC)."""
    stamp = at.isoformat(timespec="seconds").replace("+00:00", "Z")
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"at": stamp, "kind": "change", "component": component, "text": text}, ensure_ascii=False) + "\n")
