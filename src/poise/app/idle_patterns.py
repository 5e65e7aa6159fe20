"""A word on each pattern of files to leave out that left none out: it is misspelt, or what it was for is gone."""

from collections.abc import Sequence

from poise.model.needs import Needs
from poise.model.remark import Remark


def idle_patterns(idle: Sequence[str], needs: Needs, file: str, first: str | None) -> tuple[Remark, ...]:
    """About `file` where that declares the pattern, else about the `first` path that was named."""
    said = "{} `{}` leaves nothing out: no file that could be a configuration matches it"
    return tuple(
        Remark(file, said.format("exclude", each)) if each in needs.audit.exclude else Remark(first or "", said.format("--exclude", each))
        for each in idle
    )
