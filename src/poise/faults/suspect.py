"""Which server to suspect: the one that its own signs single out most."""

from collections.abc import Sequence

from poise.faults.sign import Observation

# A sign that a server lacks counts as somewhat below "cannot be told": its peers' were measured.
LACKING = 0.3


def suspect(observation: Observation, names: Sequence[str]) -> str | None:
    """The server with the largest sum of degrees of these signs, None where none was measured. One hypothesis a fault and not one a
    server: servers alike would share one probability among them."""
    servers = dict.fromkeys(component for name in names for component in observation.having(name))

    def singled_out(server: str) -> float:
        signs = (observation.sign(name, server) for name in names)
        return sum(LACKING if sign is None else sign.degree for sign in signs)

    return max(servers, key=singled_out, default=None)
