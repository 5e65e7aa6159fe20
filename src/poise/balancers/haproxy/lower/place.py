"""Where a line of a proxy section stands."""

from poise.balancers.haproxy.document import Section
from poise.balancers.haproxy.lower.versions import Vocabulary
from poise.model.light import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line stands: its section, the file, and the keywords that the target knows."""

    section: Section
    known: Vocabulary

    @property
    def file(self) -> str:
        """The file the section is in."""
        return self.section.file

    @property
    def kind(self) -> str:
        """defaults, frontend, backend or listen."""
        return self.section.kind
