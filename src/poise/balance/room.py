"""How much room a server has at the declared peak, judged alike by the forecast and by the audit. Pure."""

# At 1 it has no rest left, and whatever comes a little sooner than usual is never made up for: the queue grows without bound (any M/G/c
# queue whose load reaches its servers has no steady state).
FULL = 1.0
LITTLE = 0.8
ROUNDING = 1e-9

LITTLE_LEFT = "less than a fifth of its capacity is left: queues grow with every burst"


def keeps_up(utilisation: float) -> bool:
    """Whether a server so busy (1: all the time) works off what comes."""
    return utilisation < FULL - ROUNDING


def little_left(utilisation: float) -> bool:
    """Whether so little is left of its capacity that it is worth a warning."""
    return utilisation > LITTLE + ROUNDING
