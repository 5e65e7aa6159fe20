"""Which load balancers the files and folders of a command line are the configurations of."""

from collections.abc import Sequence

from poise.model.light import dataclass
from poise.reading.files import Text, is_folder
from poise.reading.gather import Found, add_file
from poise.reading.read import Sources, read
from poise.reading.read_haproxy import named_together


@dataclass(frozen=True, slots=True)
class OneLoadBalancer:
    """The paths of one load balancer's configuration, in order, as they were given. `product` is None where nothing could be read."""

    paths: tuple[str, ...]
    product: str | None = None


def load_balancers(paths: Sequence[str]) -> tuple[OneLoadBalancer, ...]:
    """The load balancers whose configurations these are, in the order given.

    HAProxy's files are one process's where one of them has a global section and no proxy is declared twice, as for `haproxy -f a -f b`;
    else each is one of its own. nginx and Envoy have one main file each. What cannot be read, or is no configuration, is kept as one: it
    may become readable.
    """
    if len(paths) == 1 and not is_folder(paths[0]):
        return (OneLoadBalancer((paths[0],)),)
    found: list[OneLoadBalancer] = []
    together: list[Text] = []
    others: list[str] = []
    for path in paths:
        if is_folder(path):
            found += _of_folder(path)
            continue
        text = Found()
        add_file(path, text)
        product = "haproxy" if text.groups else next(iter(text.others), None)
        if product == "haproxy":
            together += text.groups[0]
        elif product is None:
            found.append(OneLoadBalancer((path,)))
        else:
            others.append(path)
    if together:
        found += [OneLoadBalancer(tuple(text.name for text in group), "haproxy") for group in named_together(together)]
    if others:
        found += [OneLoadBalancer((each.file,), each.product) for each in read(Sources(paths=others)).topologies]
    place = {path: number for number, path in enumerate(paths)}
    return tuple(sorted(found, key=lambda each: place.get(each.paths[0], len(paths))))


def _of_folder(path: str) -> list[OneLoadBalancer]:
    """A folder that holds one configuration is that one, with the files that come to it; else each of those in it."""
    topologies = read(Sources(paths=(path,))).topologies
    if len(topologies) < 2:
        return [OneLoadBalancer((path,), topologies[0].product if topologies else None)]
    return [OneLoadBalancer(each.files if each.product == "haproxy" else (each.file,), each.product) for each in topologies]
