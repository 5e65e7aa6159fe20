"""When to try a receiver again that did not answer. Pure."""

from datetime import timedelta

from poise.alerting.identity import digest

FIRST = timedelta(seconds=1)
LONGEST = timedelta(minutes=5)


def backoff(receiver: str, failures: int) -> timedelta:
    """Twice as long each time, up to LONGEST, less up to a half: many poises must not all knock at the same second. That part is derived
    from the receiver's name and the count, so the same failures always lead to the same times.

    A receiver that was down for an hour hears at most five minutes after it is back.
    """
    whole = min(LONGEST, FIRST * 2 ** min(failures - 1, 20)) if failures > 0 else timedelta(0)
    return whole * (0.5 + int(digest(receiver, str(failures))[:8], 16) / 2**33)
