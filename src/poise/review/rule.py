"""What a rule of review is: a pure function over a document's facts, and the page that its module's docstring becomes."""

from collections.abc import Callable, Iterable

from poise.model import unit_page
from poise.model.finding import Severity
from poise.model.light import dataclass
from poise.model.postmortem import Quote, ReviewFinding
from poise.review.facts import Facts


@dataclass(frozen=True, slots=True)
class ReviewRule:
    """One thing that contradicts or lacks in postmortems. `severity` is that of an ordinary finding: error for a contradiction, warning for
    an omission that matters, info for what is worth knowing. `page` is the module's docstring."""

    name: str
    severity: Severity
    check: Callable[[Facts], Iterable[ReviewFinding]]
    page: str | None

    def found(self, message: str, remedy: str, *quotes: Quote, severity: Severity | None = None) -> ReviewFinding:
        """A finding of this rule at the first of the quotes; without any, at the document's first line."""
        return ReviewFinding(self.name, severity or self.severity, message, remedy, quotes, quotes[0].line if quotes else 1)

    @property
    def summary(self) -> str:
        """The first line of the page."""
        return unit_page.summary(self.page)

    def examples(self, title: str) -> tuple[str, ...]:
        """The documents of one section of the page."""
        return unit_page.examples(unit_page.section(self.page, title), "markdown")
