"""Large texts take little room and come back as they were."""

from pathlib import Path

import pytest

from poise.daemon.kept_texts import KeptTexts


@pytest.mark.parametrize("text", ["", "listen a\n", "server a 10.0.0.1:80 weight 3\n" * 5000, "ü\udcff\ud800" * 9000])
def test_texts_come_back_as_they_were(text: str) -> None:
    kept = KeptTexts({Path("a"): text, Path("b"): "x"})
    assert kept == {Path("a"): text, Path("b"): "x"}
    assert Path("a") in kept and Path("c") not in kept and list(kept) == [Path("a"), Path("b")]
    assert kept.get(Path("c")) is None
