"""How far a share may stray by chance, so that an eye can tell a hot server from a lucky one. Pure."""

from math import sqrt

# 99 % of a normal distribution lie within so many standard deviations.
DEVIATIONS = 2.5758


def band(expected: float, requests: float, dispersion: float = 1.0, uncertainty: float = 0.0) -> tuple[float, float] | None:
    """Where 99 % of the shares 0–1 lie that a server with this `expected` share shows over so many requests; None without requests.

    The variance is that of counts, p(1 − p)/n times the `dispersion`, and that of the expected share itself (`uncertainty`, its standard
    error), as `poise.balance.evenness` judges it. Counts are whole: half a request on either side makes up for the normal curve. roundrobin
    deals more evenly than chance, so of it all but a few thousandths lie inside.
    """
    if requests <= 0:
        return None
    inside = min(1.0, max(0.0, expected))
    width = DEVIATIONS * sqrt(max(1.0, dispersion) * inside * (1 - inside) / requests + uncertainty**2) + 0.5 / requests
    return max(0.0, inside - width), min(1.0, inside + width)
