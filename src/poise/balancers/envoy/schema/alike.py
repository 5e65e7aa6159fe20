"""Items that are written alike are refused alike: where one of them passed, only the words of the next can be wrong. Pure."""

from collections.abc import Callable, Iterator

from poise.balancers.envoy.document import Array, Node, Object, Scalar
from poise.balancers.envoy.schema.extensions import POINTS
from poise.balancers.envoy.schema.meaning import MEANING
from poise.balancers.envoy.schema.table import Field, message
from poise.balancers.envoy.syntax.alike import Alike, Shape, read_word
from poise.model.light import dataclass

# Words that are known to be good, of one place: weights and ports repeat, addresses do not.
MOST_KNOWN = 500


class _MoreThanWordsError(Exception):
    """Something else than each word for itself decides; never leaves this module."""


@dataclass(slots=True)
class Place:
    """Where a word of the shape stands: its number, the field that it is for, and `good` ones, as they are written.

    `which` is what the field's limits for it begin with.
    """

    number: int
    field: Field
    which: str
    good: set[str]


class Passed:
    """Shapes of which an item passed. `takes` says whether a value is good there, `special` are messages not gone through by fields."""

    def __init__(self, takes: Callable[[Scalar, Field, str], bool], special: frozenset[str]) -> None:
        self._takes, self._special = takes, special
        # By shape and message; None where more than each word for itself decides.
        self._places: dict[tuple[Shape, str], tuple[Place, ...] | None] = {}

    def add(self, item: Alike, name: str) -> None:
        """This item passed as a message of that name. One with a null says nothing of others: it leaves out a field that they have."""
        shape = item.shape
        if (shape, name) not in self._places and not any(read_word(word).kind == "null" for word in item.words):
            try:
                self._places[shape, name] = tuple(_of_message(shape.like, name, shape, self._special))
            except _MoreThanWordsError:
                self._places[shape, name] = None

    def holds(self, item: Alike, name: str) -> bool:
        """Whether this one passes too, for all that is known."""
        places = self._places.get((item.shape, name))
        return places is not None and all(item.words[each.number] in each.good or self._good(item, each) for each in places)

    def _good(self, item: Alike, place: Place) -> bool:
        word = item.words[place.number]
        node = read_word(word)
        if node.kind == "null" or not self._takes(node, place.field, place.which):
            return False
        if len(place.good) < MOST_KNOWN:
            place.good.add(word)
        return True


def _of_message(node: Node, name: str, shape: Shape, special: frozenset[str]) -> Iterator[Place]:
    found = message(name)
    if found is None or not isinstance(node, Object) or name in MEANING or name in POINTS or name in special:
        raise _MoreThanWordsError
    for member in node.members:
        field = found.fields.get(member.key)
        if field is None or field.key is not None or "unique" in field.rules:
            raise _MoreThanWordsError
        if field.repeated and isinstance(member.value, Array):
            for each in member.value.items:
                yield from _of_value(each, field, "items.", shape, special)
        else:
            yield from _of_value(member.value, field, "items." if field.repeated else "", shape, special)


def _of_value(node: Node, field: Field, which: str, shape: Shape, special: frozenset[str]) -> Iterator[Place]:
    if isinstance(node, Scalar) and node.kind != "null":
        yield Place(shape.number[node.start], field, which, set())
    elif field.kind == "m":
        yield from _of_message(node, field.type, shape, special)
    else:
        raise _MoreThanWordsError
