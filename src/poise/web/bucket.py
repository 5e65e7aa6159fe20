"""How many requests are answered: so many at once, and so many a second after that."""

from collections.abc import Callable


class Bucket:
    """A token bucket of `most` tokens that `per_second` refill. `clock` counts seconds and never goes back."""

    def __init__(self, most: float, per_second: float, clock: Callable[[], float]) -> None:
        self._most, self._rate, self._clock = most, per_second, clock
        self._tokens, self._at = most, clock()

    @property
    def empty(self) -> bool:
        """Whether no request may pass now."""
        return self._filled() < 1

    def take(self) -> float:
        """0 where a request may pass, else the seconds until one may."""
        if self._filled() < 1:
            return (1 - self._tokens) / self._rate
        self._tokens -= 1
        return 0.0

    def _filled(self) -> float:
        now = self._clock()
        self._tokens = min(self._most, self._tokens + (now - self._at) * self._rate)
        self._at = now
        return self._tokens
