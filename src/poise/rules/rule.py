"""What a rule is: a pure function with metadata, and the page that its module's docstring becomes."""

from collections.abc import Callable, Iterable
from typing import Any

from poise.model import unit_page
from poise.model.brief import brief
from poise.model.chain import Chain
from poise.model.change import Change
from poise.model.finding import Confidence, Finding, Severity
from poise.model.light import dataclass
from poise.model.location import Location
from poise.model.needs import Needs
from poise.model.topology import Listener, Pool, Server, Topology

Subject = type[Topology] | type[Listener] | type[Pool] | type[Server] | type[Change] | type[Chain]

SECTIONS = unit_page.SECTIONS


@dataclass(frozen=True, slots=True)
class Rule:
    """One defect that can be seen in a configuration.

    `check(subject, topology, needs)` yields findings; `subject` is the type that the engine visits it with. `fault` names the fault that
    the rule prevents, None when it prevents none that poise can tell from measurements; `because` then says what it prevents instead.
    `also` names further faults that the same defect lets happen, or makes worse.
    `severity` is that of an ordinary finding. `page` is the module's docstring: a one-line summary, then the sections of SECTIONS in
    Markdown. `products` are those whose topologies it is asked about: what means harm in one product may be nothing in another. A rule
    about a Change or a Chain is asked where the products of both of its topologies are among them; its findings are about `topology`, which
    is the later one, or the front one.
    """

    name: str
    fault: str | None
    severity: Severity
    confidence: Confidence
    subject: Subject
    check: Callable[[Any, Topology, Needs], Iterable[Finding]]
    page: str | None
    products: tuple[str, ...] = ("haproxy",)
    because: str | None = None
    also: tuple[str, ...] = ()

    def found(
        self,
        topology: Topology,
        location: Location,
        message: str,
        why: str,
        remedy: str,
        *,
        pool: str | None = None,
        server: str | None = None,
        severity: Severity | None = None,
    ) -> Finding:
        """A finding of this rule at `location`."""
        return Finding(
            rule=self.name,
            fault=self.fault,
            severity=severity or self.severity,
            confidence=self.confidence,
            message=brief(message),
            why=brief(why),
            remedy=brief(remedy),
            location=location,
            product=topology.product,
            pool=pool,
            server=server,
        )

    @property
    def faults(self) -> tuple[str, ...]:
        """All faults that it warns of, the one that it prevents first."""
        return (*((self.fault,) if self.fault else ()), *self.also)

    @property
    def theme(self) -> str:
        """The folder that the rule stands in: distribution, health, timeouts …"""
        return self.check.__module__.rpartition(".")[0].rpartition(".")[2]

    @property
    def summary(self) -> str:
        """The first line of the page."""
        return unit_page.summary(self.page)

    def section(self, title: str) -> str:
        """The text of one section of the page, without its heading; empty if it is not there."""
        return unit_page.section(self.page, title)

    def examples(self, title: str, language: str = "haproxy") -> tuple[str, ...]:
        """The fenced blocks of that language in one section, in order."""
        return unit_page.examples(self.section(title), language)
