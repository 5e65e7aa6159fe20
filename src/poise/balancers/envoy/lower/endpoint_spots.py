"""Where an endpoint's address and weight stand, worked out when somebody asks. Pure."""

from functools import lru_cache

from poise.balancers.envoy.document import Text
from poise.model.location import Location

_Span = tuple[int, int]


class EndpointSpots:
    """`start` is where the endpoint begins; the spans are characters of that text, None for what is not written. See `Spots`."""

    __slots__ = ("_spans", "_start", "_text")

    def __init__(self, text: Text, start: int, address: _Span | None, weight: _Span | None) -> None:
        self._text, self._start = text, start
        self._spans = _held(_from(start, address), _from(start, weight))

    @property
    def address(self) -> Location | None:
        """See Spots."""
        return self._at(self._spans[0])

    @property
    def weight(self) -> Location | None:
        """See Spots."""
        return self._at(self._spans[1])

    @property
    def maxconn(self) -> None:
        """Endpoints have no limit of their own."""
        return None

    def _at(self, span: _Span | None) -> Location | None:
        return None if span is None else self._text.location(self._start + span[0], self._start + span[1])


def _from(start: int, span: _Span | None) -> _Span | None:
    return None if span is None else (span[0] - start, span[1] - start)


@lru_cache(1024)
def _held(address: _Span | None, weight: _Span | None) -> tuple[_Span | None, _Span | None]:
    """Endpoints that are written alike differ in where they begin: of their spans there is one."""
    return address, weight
