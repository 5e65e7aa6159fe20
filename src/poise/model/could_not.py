"""What could not be read, reached or judged, as a value that reaches the report."""

from poise.model.light import dataclass


@dataclass(frozen=True, slots=True)
class CouldNot:
    """Something poise could not do. `what` names the file, address or check; `reason` says why and what would help."""

    what: str
    reason: str
    line: int | None = None
