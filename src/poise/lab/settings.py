"""What a load balancer of the lab is told to do, in words of no product."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Algorithm = Literal["round-robin", "least-connections", "random", "source"]
UNLIMITED = 1500


@dataclass(frozen=True, slots=True)
class BalancerSettings:
    """`weights` by server name, 100 each otherwise; `maxconn` per server, room for all slots and the queue otherwise; those that are
    `disabled` get nothing.

    `checked` is about active checks: every `check_seconds` on `check_path`, at `check_port` or where the traffic goes, for at most
    `check_timeout_ms`, down after `check_fall` failures. `retries` are further attempts, the product's usual ones where None; they follow
    refused connections, and with `retry_answers` also timeouts and 5xx. `listener_maxconn` are connections of clients. Where fewer servers
    are well than `panic_percent`, Envoy sends to all. Without `bans` nginx goes on with a server whose answers fail (`max_fails=0`). Where
    servers are found by name, nginx keeps an answer for `resolve_seconds`.
    """

    weights: Mapping[str, int] = field(default_factory=dict, hash=False)
    maxconn: int | None = None
    algorithm: Algorithm = "round-robin"
    disabled: tuple[str, ...] = ()
    checked: bool = True
    check_path: str = "/healthz"
    check_port: int | None = None
    check_seconds: int = 2
    check_fall: int = 3
    check_timeout_ms: int = 2000
    server_timeout_ms: int = 3000
    retries: int | None = None
    retry_answers: bool = False
    listener_maxconn: int = UNLIMITED
    panic_percent: int = 50
    bans: bool = True
    resolve_seconds: int = 5


def span(milliseconds: int) -> str:
    """As HAProxy, nginx and Envoy alike read it, HAProxy and nginx only below a second: whole seconds where they are whole."""
    return f"{milliseconds // 1000}s" if milliseconds % 1000 == 0 else f"{milliseconds}ms"
