"""What could not be read, reached or judged, as a value that reaches the report."""

from typing import Literal

from poise.model.light import dataclass

# `gone`: nothing is there that could answer. `hangs`: something is, and does not answer. `barred`: poise may not ask, which says nothing of
# whether it runs.
Cause = Literal["gone", "hangs", "barred"]


@dataclass(frozen=True, slots=True)
class CouldNot:
    """Something poise could not do. `what` names the file, address or check; `reason` says why and what would help; `cause` is known where
    a running load balancer was asked."""

    what: str
    reason: str
    line: int | None = None
    cause: Cause | None = None
