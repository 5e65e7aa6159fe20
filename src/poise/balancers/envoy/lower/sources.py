"""Resources that stand in other files: follows `path_config_source`, says which files were not to be had. Pure."""

from collections.abc import Callable

from poise.balancers.envoy.document import Document, Node, Text
from poise.balancers.envoy.lower.report import Report
from poise.balancers.envoy.lower.resources import Resources
from poise.balancers.envoy.schema import check
from poise.balancers.envoy.tree import get, scalar
from poise.model.could_not import CouldNot

# `(path as written, file that names it)` to what stands there, or why that is not to be had.
Find = Callable[[str, str], Document | CouldNot]


def nowhere(path: str, named_in: str) -> Document | CouldNot:
    """Finds no file: for who reads one text alone."""
    return CouldNot(path, "it was not given with the configuration")


class Sources:
    """Reads each file once. `report` hears of those that are missing and of what is wrong in those that are not."""

    def __init__(self, find: Find, report: Report) -> None:
        self.find, self.report = find, report
        self.read: dict[tuple[str, str], Resources | None] = {}
        self.files: dict[str, None] = {}

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


def is_remote(config_source: Node | None) -> bool:
    """Whether the resources come from a management server."""
    return get(config_source, "ads") is not None or get(config_source, "api_config_source") is not None
