"""The documentation as one page that needs nothing else: no script, nothing from elsewhere."""

from poise.report.document_page import document_page
from poise.report.incident_page import rendered
from poise.report.incident_page_style import PAGE_STYLE

OWN_STYLE = """
blockquote{margin:0 0 12px;padding:2px 14px;border-left:3px solid var(--rule);color:var(--soft)}
"""


def html(markdown: str, title: str, more: str = "") -> str:
    """The page; `more` is style of its own. Markup of others was escaped when the Markdown was made, and raw HTML is shown as text."""
    # `@<!-- -->name` calls nobody in a forge's Markdown; a page of ours calls nobody anyway.
    # The policy lets no style stand at a cell.
    body = rendered(markdown.replace("@<!-- -->", "@")).replace('style="text-align:right"', 'class="num"')
    return document_page(body, title, PAGE_STYLE + OWN_STYLE + more)
