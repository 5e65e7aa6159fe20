"""What `poise reviews` does: reads the reviews that watches keep, and keeps who signed one off."""

from datetime import datetime, timedelta
from pathlib import Path

from poise.app.incident import store_path
from poise.app.nearby_stores import nearby_stores
from poise.model.configuration_review import KeptReview, SignOff
from poise.store.review_log import ReviewLog

BUSY = timedelta(seconds=20)


class ReviewsError(Exception):
    """It could not be done: what, and what to do."""


def newest(path: Path, most: int, load_balancer: str | None) -> tuple[KeptReview, ...]:
    """The newest first."""
    with _existing(path) as log:
        return log.newest(most, load_balancer)


def one(path: Path, which: str, load_balancer: str | None) -> KeptReview:
    """The review of that number, or the newest for "last". Raises ReviewsError."""
    with _existing(path) as log:
        return _one(log, which, load_balancer)


def sign(path: Path, which: str, load_balancer: str | None, by: str, note: str, now: datetime) -> KeptReview:
    """Keeps that this person stands for what the review found. Raises ReviewsError."""
    for said, what in ((by, "--by"), (note, "--note")):
        if not said.strip():
            raise ReviewsError(f"{what} is empty, so nothing is signed: who reads it later must know who decided, and why")
    with _existing(path) as log:
        found = _one(log, which, load_balancer)
        log.sign(found.number, SignOff(now, by.strip(), note.strip(), found.digest))
        return found


def _one(log: ReviewLog, which: str, load_balancer: str | None) -> KeptReview:
    if which == "last":
        kept = log.newest(1, load_balancer)
        found = kept[0] if kept else None
    else:
        found = log.numbered(int(which)) if which.isascii() and which.isdigit() and len(which) < 18 else None
    if found is None:
        raise ReviewsError(
            f"no review {which} is in {log.path}: `poise reviews list` shows all, `poise watch --review-every 1d` makes them"
        )
    return found


def _existing(path: Path) -> ReviewLog:
    """Reading needs a store that is there: an empty one made by a mistyped path would say that all is well."""
    if not path.exists():
        near = nearby_stores(path, store_path())
        raise ReviewsError(f"there is no store at {path}: name that of the watch with --store or POISE_STORE; {near}")
    return ReviewLog(path, BUSY)
