"""An alert as the pipeline holds it while it fires. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from poise.alerting.identity import Identity
from poise.alerting.level import Level, level_of
from poise.model.alert import Alert


@dataclass(frozen=True, slots=True)
class Held:
    """A firing alert, the pool that it belongs to, and the command that looks closer at its load balancer."""

    identity: Identity
    alert: Alert
    pool: str = ""
    command: str = ""

    @property
    def level(self) -> Level:
        """How loud it is now."""
        return level_of(self.alert.verdict)

    @property
    def labels(self) -> Mapping[str, str]:
        """What matchers and groups go by."""
        return {
            "load_balancer": self.identity.load_balancer,
            "detector": self.identity.detector,
            "component": self.identity.component,
            "pool": self.pool,
            "severity": self.alert.verdict.severity,
        }
