"""Why a server gets no traffic, where its role and its weight do not say it. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from poise.model.forecast import ServerShare
from poise.model.keys import Keys
from poise.model.split import Split
from poise.model.topology import Pool, Server


def with_reasons(pool: Pool, split: Split, servers: Sequence[ServerShare], keys: Keys | None) -> tuple[ServerShare, ...]:
    """The same with `why` for each that gets nothing. `keys` are what the shares are over, None where they are not over keys."""
    if all(row.share for row in servers):
        return tuple(servers)
    nobody = not any(split.shares.values())
    return tuple(
        row if row.share else replace(row, why=split.explanation if nobody else _why(pool, server, split, keys) or None)
        for row, server in zip(servers, pool.servers, strict=True)
    )


def _why(pool: Pool, server: Server, split: Split, keys: Keys | None) -> str:
    if split.shares[server.name] and keys is not None:
        return f"none of the {len(keys.distinct)} keys falls on it"
    if pool.product == "envoy":
        from poise.balancers.envoy.idle import why_idle  # noqa: PLC0415 - only Envoy's pools pay for it

        return why_idle(pool, server) or split.explanation
    if server.disabled or server.role == "disabled":
        return f"it is {'down' if pool.product == 'nginx' else 'disabled'}"
    if not server.weight:
        return "its weight is 0"
    if server.backup:
        active = any(split.shares[each.name] for each in pool.servers if not each.backup)
        return "a backup: only when no other server is up" if active else "of the backups only the first that is up serves"
    return split.explanation
