"""Nothing was logged for long: is there no traffic, or is it logged elsewhere? Pure."""

from poise.model.could_not import CouldNot
from poise.model.light import dataclass

QUIET_SECONDS = 60.0
ELSEWHERE_SECONDS = 10.0
# So many requests that nginx counts and no log shows; fewer may be connections to a port that logs nothing.
ELSEWHERE_REQUESTS = 10.0


@dataclass(slots=True)
class _Mark:
    """The last instant at which a count rose, with what the status page said then."""

    count: int = -1
    clock: float = 0.0
    served: float | None = None
    looks: int = 0


class Quiet:
    """Follows the counts from look to look."""

    def __init__(self) -> None:
        self._lines, self._attempts = _Mark(), _Mark()
        self._looks = 0

    def look(self, clock: float, lines: int, attempts: int, served: float | None, names: str) -> tuple[CouldNot, ...]:
        """What is to be said of a log without new lines. `served` is what stub_status counts; each look is one request of them."""
        self._looks += 1
        for mark, count in ((self._lines, lines), (self._attempts, attempts)):
            if count != mark.count:
                mark.count, mark.clock, mark.served, mark.looks = count, clock, served, self._looks
        silent = clock - self._lines.clock
        if served is not None and self._lines.served is not None and silent >= ELSEWHERE_SECONDS:
            unlogged = served - self._lines.served - (self._looks - self._lines.looks)
            if unlogged > ELSEWHERE_REQUESTS:
                help_ = "is it the log that nginx writes, and was nginx told to reopen it (`nginx -s reopen`) after the last rotation?"
                return (CouldNot(names, f"nginx served {unlogged:.0f} requests in {silent:.0f} s that are not in it: {help_}"),)
        idle = clock - self._attempts.clock
        if idle >= QUIET_SECONDS:
            return (CouldNot(names, f"no request that was passed to a server was logged for {idle:.0f} s: shares are not known"),)
        return ()
