"""Which table keeps a pool's clients on their server. Pure."""

from poise.model.topology import Listener, Pool, Topology


def table_of(pool: Pool, topology: Topology) -> Pool | Listener | None:
    """The section that holds it: the pool itself, or the one that its `stick` line names; None if it is in another file."""
    words = (pool.persistence or "").split()
    name = next((words[i + 1] for i in range(len(words) - 1) if words[i] == "table"), pool.name)
    if name == pool.name:
        return pool if "stick-table" in pool.options else None
    found = topology.pool(name) or next((listener for listener in topology.listeners if listener.name == name), None)
    return found if found is not None and "stick-table" in found.options else None
