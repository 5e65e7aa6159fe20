"""What one look changes on a page that stands: numbers of all servers, levels and sentences, made once for everybody who looks. Pure.

The page holds an element for each pool and server in the order of the board. Where pools, servers, alerts or changes are others than
those the page was made of, `shape` differs and the page fetches that part anew.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from poise.report.dashboard.as_dict import as_dict
from poise.report.dashboard.foremost import FEW_ROWS
from poise.report.dashboard.scale import scales
from poise.report.dashboard.views import Board, PoolView, ServerView
from poise.report.printable import one_line

STATES = ("up", "down", "maintenance", "drain", "backup", "unknown")
LEVELS = ("bad", "warning", "unknown", "good")
LONGEST = 600


def compact(board: Board) -> dict[str, Any]:
    """`pools` by their key: level, sentence, requests a second, queue, where the bars end, and a row for each server (`row`)."""
    full = scales(board.pools)
    return {
        "seen": as_dict(board.seen),
        "level": board.level,
        "headline": shown(board.headline),
        "shape": shape(board),
        "firing": sum(a.phase == "firing" for a in board.alerts),
        "pools": {
            pool_key(pool): {
                "level": LEVELS.index(pool.level),
                "verdict": shown(pool.verdict),
                "explanation": shown(pool.explanation),
                "rate": _rounded(pool.requests_per_second, 1),
                "queue": pool.queue,
                "scale": full[pool.pool],
                "servers": [row(server) for server in pool.servers],
            }
            for pool in board.pools
        },
        "layers": [[layer.level, shown(layer.words)] for layer in board.layers],
    }


def row(s: ServerView) -> list[Any]:
    """Level, state, share, expected, low, high (0–1), requests a second, in flight, queue, p50, p99, mean response (ms), errors (0–1),
    running weight, why. Trailing zeros of precision cost a slow link more than they tell: shares to a tenth of a per cent."""
    return [
        LEVELS.index(s.level),
        STATES.index(s.state),
        *(_rounded(value, 3) for value in (s.share, s.expected, s.low, s.high)),
        _rounded(s.requests_per_second, 1),
        s.in_flight,
        s.queue,
        *(_rounded(value, 0 if value is not None and value >= 10 else 2) for value in (s.p50_ms, s.p99_ms, s.response_ms)),
        _rounded(s.errors_ratio, 3),
        s.weight_running,
        shown(s.why),
    ]


def shape(board: Board) -> str:
    """The same as long as the elements of the page are."""
    parts: Sequence[object] = (
        [(p.load_balancer, p.pool, p.level in ("bad", "warning"), [(s.server, s.weight_file) for s in p.servers]) for p in board.pools],
        # Of a large pool those stand on the page that want to be looked at: where they are others, so is the page.
        [[s.server for s in p.servers if s.level == "bad"] for p in board.pools if len(p.servers) > FEW_ROWS],
        [(a.key, a.phase, a.handled) for a in board.alerts],
        [(c.at, c.load_balancer, c.text, c.moved) for c in board.changes],
        [layer.layer for layer in board.layers],
        board.could_not,
    )
    return digest(repr(parts))


def pool_key(pool: PoolView) -> str:
    """What names a pool's element on the page: names may hold anything, this is for an attribute."""
    return f"p{digest(f'{len(pool.load_balancer)}:{pool.load_balancer}:{pool.pool}')}"


def digest(text: str) -> str:
    """Twelve hexadecimal digits."""
    return sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:12]


def shown(text: str) -> str:
    """Text of others on one line, not longer than a person reads."""
    line = one_line(text[: 4 * LONGEST])
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def _rounded(value: float | None, digits: int) -> float | int | None:
    if value is None:
        return None
    found = round(value, digits)
    return int(found) if found == int(found) else found
