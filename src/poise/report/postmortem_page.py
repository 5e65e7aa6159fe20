"""A postmortem as a page that needs nothing else: its Markdown rendered, each footnote a link to the event and back."""

import re

from poise.report.document_page import document_page
from poise.report.incident_page import rendered
from poise.report.incident_page_style import PAGE_STYLE

_NOTE = re.compile(r"<p>\[\^(\w{1,19})\]: (.*?)</p>")
_MARK = re.compile(r"\[\^(\w{1,19})\]")
STYLE = PAGE_STYLE + "sup a{padding:0 1px}.notes{font-size:14px}.notes li:target{background:var(--wash)}"


def postmortem_page(markdown: str, title: str) -> str:
    """The page. Text of others was made safe by the writer; raw HTML, images and links in it are not rendered."""
    return document_page(with_notes(rendered(markdown)), title, STYLE)


def with_notes(body: str) -> str:
    """HTML whose footnotes are links: marks lead to a list at the end, each of its points back to the first mark."""
    notes: list[tuple[str, str]] = _NOTE.findall(body)
    known = {name for name, _ in notes}
    seen: set[str] = set()

    def link(found: re.Match[str]) -> str:
        name = found[1]
        if name not in known:
            return found[0]
        first = "" if name in seen else f' id="ref-{name}"'
        seen.add(name)
        return f'<sup><a href="#event-{name}"{first}>{name}</a></sup>'

    text = _MARK.sub(link, _NOTE.sub("", body).rstrip("\n"))
    if not notes:
        return text
    points = "".join(
        f'<li id="event-{name}">{said} <a href="#ref-{name}" aria-label="back to where {name} is used first">↩</a></li>'
        for name, said in notes
        if name in seen
    )
    return (
        f'{text}\n<section class="notes" aria-labelledby="notes"><h2 id="notes">Where the figures come from</h2><ul>{points}</ul></section>'
    )
