"""What a load balancer's configuration does under load: how it chooses, what it lets wait, and when it gives up."""

from math import inf
from typing import Literal

from poise.model.light import dataclass

# In turn by weight · drawn by weight · by a key's hash (who finds its server full waits for it) · fewest in flight · the better of two
# draws · drawn by weight / (in flight + 1) · the first that has room.
Way = Literal["turn", "draw", "hash", "least", "two", "request", "first"]


@dataclass(frozen=True, slots=True)
class LoadLimits:
    """`waits`: where every server is full requests wait in the load balancer, for `queue_seconds` at most, else they are refused. A server
    has `server_seconds` to answer; no more than `most_held` requests are held in all. Infinity is no limit; each has its setting's name.
    """

    way: Way
    waits: bool = False
    queue_seconds: float = inf
    queue_setting: str = ""
    server_seconds: float = inf
    server_setting: str = ""
    most_held: float = inf
    full_setting: str = ""
