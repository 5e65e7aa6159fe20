"""Bad weather on the network paths of a lab, by the truest means that it has."""

from typing import TYPE_CHECKING, Literal

from poise.lab.firewall import drop

if TYPE_CHECKING:
    from poise.lab.stack import Lab

PathMode = Literal["relay", "accept-queue", "firewall", "tun"]


async def worsen(lab: "Lab", delay_ms: float = 0.0, loss_ratio: float = 0.0) -> PathMode:
    """From now on the plan's path has that extra round-trip time and that loss; nothing of both restores it. Says by what means."""
    namespace, group = lab.namespace, lab.plan.path
    if namespace is not None and namespace.tun is not None:
        await lab.control("paths").call("weather", group=group, delay_ms=delay_ms, loss_ratio=loss_ratio)
        return "tun"
    if namespace is not None and namespace.iptables is not None and not delay_ms:
        addresses = lab.addresses
        ends = {
            "lb-servers": [end.path[1] for end in addresses.servers],
            "servers-database": [addresses.database.path[1]],
            "clients-lb": [addresses.dialled[1]],
        }
        await drop(namespace.iptables, ends[group], loss_ratio)
        await lab.control("paths").call("weather", group=group)
        return "firewall"
    await lab.control("paths").call("weather", group=group, delay_ms=delay_ms, loss_ratio=loss_ratio)
    return "accept-queue" if loss_ratio else "relay"
