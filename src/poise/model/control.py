"""Where a running load balancer is asked about itself, or changed."""

from poise.model.light import dataclass
from poise.model.location import Location


@dataclass(frozen=True, slots=True)
class StatusPage:
    """A page on a listener that tells of the running load balancer (`kind`: stub_status, api, status …), or changes it.

    `restricted` says that the file itself limits who may open it (addresses, password, certificate).
    """

    kind: str
    path: str
    location: Location
    can_change: bool = False
    restricted: bool = False


@dataclass(frozen=True, slots=True)
class ControlSocket:
    """A socket that answers questions about the running load balancer or changes it. `level` is user, operator or admin.

    `protocol` is cli (HAProxy's) or http (Envoy's admin interface).
    """

    address: str
    level: str
    location: Location
    mode: str | None = None
    expose_listeners: bool = False
    protocol: str = "cli"
