"""The pools that a fault may be in: those of which its own figures were measured, else one where nobody looked for it."""

from collections.abc import Iterable

from poise.faults.sign import Observation

# A fault is no less possible for not being looked for, so it shares the probability with those that look the same without its own figures;
# a little less, for whoever measures a service measures what fails most.
UNLOOKED = -1.5


def looked(observation: Observation, *names: str, written: bool = False) -> Iterable[tuple[str, float]]:
    """Each pool of which one of these signs was measured, with a prior of 0 bits; where none was, the one pool that strays most in what
    was, with a lower prior. `written`: a configuration says it, so pools whose configuration was read are not guessed."""
    found = dict.fromkeys(pool for name in names for pool in observation.having(name))
    if found:
        return [(pool, 0.0) for pool in found]
    stack = observation.stack
    read = {pool.name for topology in observation.topologies for pool in topology.pools} if written else set()
    strays = {pool.name: 0.0 for pool in stack.of_kind("pool") if stack.downstream(pool.name) and pool.name not in read}
    for signs in observation.signs.values():
        for pool in strays.keys() & signs.keys():
            strays[pool] += signs[pool].degree
    # The first of equal ones in the stack's order.
    return [(max(strays, key=lambda pool: strays[pool]), UNLOOKED)] if strays else []
