"""How long the bars of a pool are. Pure."""

from poise.report.dashboard.views import PoolView

STEPS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0)


def scale(pool: PoolView) -> float:
    """The share 0–1 at which a bar is full: a round one above everything that is drawn, the same for all servers of the pool."""
    most = max((v for s in pool.servers for v in (s.share, s.expected, s.high) if v is not None), default=1.0)
    return next((step for step in STEPS if step >= most), 1.0)
