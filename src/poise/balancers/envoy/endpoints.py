"""Where endpoints that are written alike have what nearly every one has: an address with a port, and a weight. Pure."""

from functools import lru_cache

from poise.balancers.envoy.document import Node, Object, Scalar
from poise.balancers.envoy.names import snake
from poise.balancers.envoy.syntax.alike import Shape
from poise.model.light import dataclass

# What the others are does not matter to a server's address, weight, health and checks.
_OF_ENDPOINT, _OF_HOST = frozenset(("endpoint", "load_balancing_weight", "metadata")), frozenset(("address", "hostname"))
_OF_SOCKET = frozenset(("address", "port_value", "protocol"))


@dataclass(frozen=True, slots=True)
class Spots:
    """The numbers of the words, and the address within the shape's first item. `weight` None: the shape has none."""

    address: Object
    host: int
    port: int
    weight: int | None


@lru_cache(maxsize=256)
def spots(shape: Shape) -> Spots | None:
    """These of endpoints of that shape; None where they say anything else, or it otherwise."""
    endpoint = _fields(shape.like, _OF_ENDPOINT)
    host = _fields(endpoint.get("endpoint"), _OF_HOST)
    address = host.get("address")
    socket = _fields(_fields(address, frozenset(("socket_address",))).get("socket_address"), _OF_SOCKET)
    weight = endpoint.get("load_balancing_weight")
    words = [socket.get("address"), socket.get("port_value"), *([] if weight is None else [weight])]
    numbers = [shape.number[word.start] for word in words if isinstance(word, Scalar)]
    if len(numbers) < len(words) or not isinstance(address, Object):
        return None
    return Spots(address, numbers[0], numbers[1], None if weight is None else numbers[2])


def _fields(node: Node | None, known: frozenset[str]) -> dict[str, Node]:
    """The values of a message that says each of these once at most, and nothing else; none otherwise."""
    if not isinstance(node, Object):
        return {}
    found = {snake(member.key): member.value for member in node.members}
    return found if len(found) == len(node.members) and found.keys() <= known else {}
