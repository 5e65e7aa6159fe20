"""A second Ctrl-C while the store is closed."""

import logging
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.engine.default import DefaultDialect

from poise.store.alert_store import AlertStore


def test_an_interrupt_while_the_store_closes_goes_on_and_shows_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """SQLAlchemy logs it on the error level, and Python's last resort writes that to stderr where no handler is."""

    def interrupted(self: DefaultDialect, connection: object) -> None:
        raise KeyboardInterrupt

    store = AlertStore(tmp_path / "s.db", "lb.cfg", timedelta(seconds=5))
    monkeypatch.setattr(logging.getLogger(), "handlers", [])  # as in a process of its own: pytest puts some there
    monkeypatch.setattr(DefaultDialect, "do_close", interrupted)
    with pytest.raises(KeyboardInterrupt):
        store.close()
    assert capfd.readouterr().err == ""
