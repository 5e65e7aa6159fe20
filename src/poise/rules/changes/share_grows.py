"""A change sends one server much more than its fair share, which it did not get before.

## What it finds
With `--against OLD`, or in `poise diff`: a pool in which a server's share, measured against an even (or the declared) split, grows by half
or more. Two or more servers that are taken out at once count too where half of the pool's requests went to them, or what remains gets half
as much again; one that is taken out does not.

## Why it hurts
The servers were sized for what they get today. The change of 10 November that this program is built for looked like this: every server UP,
the file valid, one server with 98.8 % of the requests.

## Bad
Before, and after:

```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    server app1 10.0.0.1:8080 check weight 1
    server app2 10.0.0.2:8080 check weight 1
```

```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    server app1 10.0.0.1:8080 check weight 10
    server app2 10.0.0.2:8080 check weight 1
```

```nginx
upstream web { server 10.0.0.1:80; server 10.0.0.2:80; server 10.0.0.3:80; }
```

```nginx
upstream web { server 10.0.0.1:80; server 10.0.0.2:80 backup; server 10.0.0.3:80 backup; }
```

```envoy
static_resources:
  clusters:
  - name: web
    load_assignment:
      cluster_name: web
      endpoints: [{lb_endpoints: [
        {load_balancing_weight: 1, endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}},
        {load_balancing_weight: 1, endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 80}}}}]}]
```

```envoy
static_resources:
  clusters:
  - name: web
    load_assignment:
      cluster_name: web
      endpoints: [{lb_endpoints: [
        {load_balancing_weight: 9, endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}},
        {load_balancing_weight: 1, endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 80}}}}]}]
```

## Good
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    server app1 10.0.0.1:8080 check weight 10
    server app2 10.0.0.2:8080 check weight 1
```

```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    server app1 10.0.0.1:8080 check weight 1
    server app2 10.0.0.2:8080 check weight 1
```

```nginx
upstream web { server 10.0.0.1:80; server 10.0.0.2:80; server 10.0.0.3:80; }
```

```nginx
upstream web { server 10.0.0.1:80; server 10.0.0.2:80; server 10.0.0.3:80; server 10.0.0.4:80; }
```

```envoy
static_resources:
  clusters:
  - name: web
    load_assignment:
      cluster_name: web
      endpoints: [{lb_endpoints: [
        {load_balancing_weight: 9, endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}},
        {load_balancing_weight: 1, endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 80}}}}]}]
```

```envoy
static_resources:
  clusters:
  - name: web
    load_assignment:
      cluster_name: web
      endpoints: [{lb_endpoints: [
        {load_balancing_weight: 1, endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}},
        {load_balancing_weight: 1, endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 80}}}}]}]
```

## How sure
High: shares are computed by the product's own algorithm. Servers are followed by address; where all addresses are new nothing is compared.

## See also
[HAProxy: weight](https://docs.haproxy.org/2.8/configuration.html#5.2-weight) · `uneven-weights` · `most-servers-backup`
"""

from collections.abc import Iterable, Mapping, Sequence

from poise.balance.splits import split_of
from poise.model.change import Change
from poise.model.finding import Finding, Severity
from poise.model.location import Location
from poise.model.needs import Needs
from poise.model.topology import Pool, Server, Topology
from poise.rules.addresses import same
from poise.rules.outlook import under_load
from poise.rules.rule import Rule
from poise.rules.words import listing, percent

# A server that is taken out of five raises the others by a quarter, out of four by a third: ordinary work. Out of three by half.
GROWS = 1.5


def check(change: Change, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at what was changed, or at the list that several are missing from."""
    for pool in change.after.pools:
        old = change.before.pool(pool.name)
        if old is None or pool.discovered or old.discovered or _same(old, pool):
            continue
        before, after = _shares(old, change.before, needs), _shares(pool, change.after, needs)
        staying = [s for s in pool.servers if before.get(same(s.address), 0) > 0 and after.get(same(s.address), 0) > 0]
        if len(before) < 2 or not staying:
            continue
        worst = max(staying, key=lambda s: after[same(s.address)] / before[same(s.address)])
        share, was = after[same(worst.address)], before[same(worst.address)]
        fair = _fair(pool, worst.name, needs)
        gone = [address for address in before if before[address] > 0 and not after.get(address)]
        left = sum(before[address] for address in gone)
        if (
            len(gone) > 1
            and sum(s > 0 for s in after.values()) < sum(s > 0 for s in before.values())
            and (share / was >= GROWS or left >= 0.5)
        ):
            yield _shrunk(topology, pool, gone, len(before), (left, was, share))
            continue
        if share / was < GROWS or (share / fair < GROWS and share < 1):
            continue
        message = f"the change raises {worst.name}'s share of {pool.name} from {percent(was)} to {percent(share)}"
        why = f"{worst.name} must carry {share / was:.2g} times what it carries today, and nothing else says so: every server stays UP"
        remedy = f"Spread {pool.name} as before, or show that {worst.name} has the room (`poise predict` with the peak in poise.toml)"
        place = _place(old, pool, worst)
        severity: Severity = "error" if share / was >= 2 else "warning"
        yield RULE.found(topology, place, message, why, remedy, pool=pool.name, server=worst.name, severity=severity)


def _shrunk(topology: Topology, pool: Pool, gone: Sequence[str], of: int, shares: tuple[float, float, float]) -> Finding:
    left, was, share = shares
    message = (
        f"the change takes {len(gone)} of {of} servers out of {pool.name}: a server's share grows from {percent(was)} to {percent(share)}"
    )
    why = f"{listing(gone)} carry {percent(left)} of {pool.name}'s requests today; their sessions and warm caches go with them"
    remedy = "Put them back if they were lost on the way; if not, show that the rest has the room, and take them out one after the other"
    place = pool.localities[0].location if pool.localities else pool.location
    return RULE.found(topology, place, message, why, remedy, pool=pool.name, severity="error" if share / was >= 2 else "warning")


def _place(old: Pool, pool: Pool, worst: Server) -> Location:
    """Where the change was made: the weight of the server that grows or of its locality, else the first that is another now."""
    was = {s.address: _ranked(s) for s in old.servers}
    changed = [s for s in pool.servers if was.get(s.address, _ranked(s)) != _ranked(s)]
    at = worst if worst in changed or not changed else changed[0]
    zone = None if changed else next((each.weight_location for each in pool.localities if worst.name in each.servers), None)
    return zone or at.spots.weight or at.location


def _same(old: Pool, new: Pool) -> bool:
    """Whether nothing changed that shares depend on: most pools of a change are those that it does not touch."""
    one, other = ([(s.address, *_ranked(s), s.locality) for s in pool.servers] for pool in (old, new))
    return one == other and old.algorithm.name == new.algorithm.name and _zones(old) == _zones(new)


def _zones(pool: Pool) -> list[tuple[str, int, int | None]]:
    """Envoy's localities, which share the requests before their servers do."""
    return [(each.name, each.priority, each.weight) for each in pool.localities]


def _ranked(server: Server) -> tuple[int, str, int]:
    """What decides how much a server gets beside the others: Envoy fails over by priorities."""
    return server.weight, server.role, server.priority


def _shares(pool: Pool, topology: Topology, needs: Needs) -> Mapping[str, float]:
    # What a weight does to leastconn is for the load to say: weights 10/1/1 at 4 requests at once give the first 63 %, not 83.
    made = under_load(pool, topology, needs) or split_of(pool, target=topology.target)
    shares: dict[str, float] = {}
    for server in pool.servers if made else ():
        address = same(server.address)
        shares[address] = shares.get(address, 0.0) + (made.shares[server.name] if made else 0.0)
    return shares


def _fair(pool: Pool, server: str, needs: Needs) -> float:
    split = needs.of(pool.name).split
    if isinstance(split, Mapping) and sum(split.get(s.name, 0.0) for s in pool.servers) > 0:
        return max(split.get(server, 0.0) / sum(split.get(s.name, 0.0) for s in pool.servers), 1e-9)
    return 1 / max(sum(s.role == "active" for s in pool.servers), 1)


RULE = Rule("share-grows", "uneven-weights", "error", "high", Change, check, __doc__, products=("haproxy", "nginx", "envoy"))
