"""The pools of a window's files as names, in the order of `servers(window).pools`."""

from poise.model.sample import Window


def pool_names(window: Window) -> tuple[str, ...]:
    """Their names; the same tuple until a file changes, so that where they stand in the history's rows is known."""
    found: tuple[str, ...] | None = window.looked.get("pool names")
    if found is None:
        found = window.memo.of("pool names", window.topologies, lambda: tuple(pool.name for t in window.topologies for pool in t.pools))
        window.looked["pool names"] = found
    return found
