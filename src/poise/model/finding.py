"""What a rule has to say about a configuration."""

from typing import Literal

from poise.model.light import dataclass
from poise.model.location import Location

Severity = Literal["error", "warning", "info"]
Confidence = Literal["high", "medium", "low"]
SEVERITY_ORDER: tuple[Severity, ...] = ("info", "warning", "error")


@dataclass(frozen=True, slots=True)
class Finding:
    """One defect at one place: what (message), the harm in traffic terms (why), and the next act (remedy)."""

    rule: str
    fault: str | None
    severity: Severity
    confidence: Confidence
    message: str
    why: str
    remedy: str
    location: Location
    product: str
    pool: str | None = None
    server: str | None = None
