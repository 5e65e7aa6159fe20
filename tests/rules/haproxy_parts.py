"""Parts of HAProxy configurations that several shapes are made of."""

from haproxy_twins import CHECKED, DEFAULTS

from poise.model.needs import PoolNeeds

FRONT = "frontend http\n    bind :80\n    default_backend web\n"


def ways(*lines: str) -> str:
    """A frontend with these lines above its default."""
    return FRONT.replace("    default", "".join(f"    {line}\n" for line in lines) + "    default")


def pool(*lines: str, name: str = "web", servers: int = 2, words: str = "check", net: int = 0) -> str:
    """A checked backend with these lines and as many servers."""
    body = [CHECKED, *lines, *(f"server {name}{i} 10.0.{net}.{i}:80 {words}" for i in range(1, servers + 1))]
    return f"backend {name}\n" + "".join(f"    {line}\n" for line in body)


TCP = DEFAULTS.replace("mode http", "mode tcp")
STICKY = PoolNeeds(sticky=True)
FIVE = "10.0.0.5:80"
