"""Events of several incidents that belong together, as the incidents of one document do, are kept together or not at all."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from poise.incidents.log_event import entry
from poise.store.incident_log import IncidentLog
from poise.store.store_error import StoreError

NOON = datetime(2023, 11, 10, 12, 0, tzinfo=UTC)
ONE, OTHER = (replace(entry("note", NOON, NOON, "test", text), id="said") for text in ("one", "other"))


def test_several_logs_are_kept_all_or_none(tmp_path: Path) -> None:
    with IncidentLog(tmp_path / "i.db") as log:
        assert log.append_each({"b": (ONE,), "a": (OTHER,)}) == {"b": (1,), "a": (2,)}
        with pytest.raises(StoreError, match="'said' stands for another event"):
            log.append_each({"c": (ONE,), "a": (ONE,)})
        assert [log.events(name) for name in ("a", "b", "c")] == [(OTHER,), (ONE,), ()]
