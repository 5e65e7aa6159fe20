"""Resources that stand in other files: follows `path_config_source`, says which files were not to be had and what stands in
none. Pure."""

from collections.abc import Callable, Sequence

from poise.balancers.envoy.document import Document, Node, Text
from poise.balancers.envoy.lower.report import Report
from poise.balancers.envoy.lower.resources import Resources
from poise.balancers.envoy.schema import check
from poise.balancers.envoy.tree import get, scalar
from poise.model.brief import brief
from poise.model.could_not import CouldNot

# `(path as written, file that names it)` to what stands there, or why that is not to be had.
Find = Callable[[str, str], Document | CouldNot]
# A configuration may have hundreds of clusters whose endpoints are handed out.
MOST_NAMES = 3


def nowhere(path: str, named_in: str) -> Document | CouldNot:
    """Finds no file: for who reads one text alone."""
    return CouldNot(path, "it was not given with the configuration")


class Sources:
    """Reads each file once. `report` hears of those that are missing and of what is wrong in those that are not."""

    def __init__(self, find: Find, report: Report) -> None:
        self.find, self.report = find, report
        self.read: dict[tuple[str, str], Resources | None] = {}
        self.files: dict[str, None] = {}
        self.handed: dict[str, list[str]] = {}
        self.first: tuple[Text, Node] | None = None

    def from_file(self, config_source: Node | None, places: Text, what: str) -> Resources | None:
        """The resources of the file that this ConfigSource names; None where it names none, or the file is not to be had.

        `what` begins the sentence in the report: "the endpoints of cluster `web`".
        """
        node = scalar(config_source, "path_config_source", "path") or scalar(config_source, "path")
        if node is None or not node.value:
            return None
        key = (node.value, places.file)
        if key in self.read:
            return self.read[key]
        found = self.find(node.value, places.file)
        if isinstance(found, CouldNot):
            reason = f"{what} stand in `{node.value}`, which could not be read ({found.reason}): give that file too"
            self.report.cannot(places, node, reason)
            self.read[key] = None
            return None
        for entry in (*found.could_not, *check(found)):
            self.report.add(entry)
        resources = Resources()
        resources.add(found)
        self.files.update(resources.files)
        self.read[key] = resources
        return resources

    def handed_out(self, config_source: Node | None, places: Text, what: str, name: str | None = None) -> None:
        """Remember `what` (of `name`) as not to be judged, if that ConfigSource asks a management server for it."""
        if config_source is not None and is_remote(config_source):
            self.first = self.first or (places, config_source)
            self.handed.setdefault(what, []).extend([f"`{name}`"] if name else [])

    def not_judged(self) -> tuple[CouldNot, ...]:
        """What management servers hand out, in one sentence at the first of them."""
        if self.first is None:
            return ()
        places, node = self.first
        parts = [f"{what} {_told(names)}".rstrip() for what, names in self.handed.items()]
        reason = f"{', '.join(parts)}: a management server hands them out, and no file holds them. "
        reason += "To have them judged, save `/config_dump?include_eds` of the running Envoy and audit that"
        return (CouldNot(places.file, brief(reason), places.line(node.start)),)


def is_remote(config_source: Node | None) -> bool:
    """Whether the resources come from a management server."""
    return any(get(config_source, key) is not None for key in ("ads", "api_config_source", "self"))


def _told(names: Sequence[str]) -> str:
    shown = ", ".join(names[:MOST_NAMES])
    return f"{shown} and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else shown
