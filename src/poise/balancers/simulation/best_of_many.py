"""The least loaded of many draws, in one draw: 4,294,967,295 of them are a number that Envoy's and HAProxy's files may hold."""

import numpy as np

from poise.balancers.simulation.arrays import Floats, Ints
from poise.balancers.simulation.draws import Stream
from poise.balancers.simulation.held import draw_among

# So many draws one by one take as long as one look at twenty servers in order.
ONE_BY_ONE = 16


def best_of_many(loads: Floats, chances: Floats, draws: int, uniform: Stream) -> Ints:
    """In each row, the least loaded of so many servers drawn with replacement by `chances`; of equal ones any by its chance.

    With the servers in the order of their loads it is the least of the draws' uniform numbers that decides: 1 − (1 − u)^(1 / draws).
    Whether a draw keeps the first or the last of equals does not matter: either is among these a draw by chance.
    """
    rows = np.arange(len(loads))
    order = loads.argsort(axis=1)
    edges = chances[order].cumsum(axis=1)
    least = -np.expm1(np.log1p(-uniform.take(len(loads))) / draws) * edges[:, -1]
    best = order[rows, (edges > least[:, None]).argmax(axis=1)]
    return draw_among(chances, loads == loads[rows, best][:, None], uniform)
