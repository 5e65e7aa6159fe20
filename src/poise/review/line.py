"""One line of a document, and the place of its section."""

from poise.model.light import dataclass
from poise.model.postmortem import Quote


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `text` without marks of Markdown, `cells` of a table's row, `columns` the heads of that table. `group` numbers the list,
    table or paragraph that it stands in; `section` is the place of its section in `Document.sections`."""

    number: int
    raw: str
    text: str
    kind: str
    section: int
    group: int
    level: int = 0
    cells: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()

    @property
    def quote(self) -> Quote:
        """The line as it is quoted: without the blanks around it."""
        return Quote(self.number, self.raw.strip()[:300])
