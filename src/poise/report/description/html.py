"""The documentation as one page that needs nothing else: no script, nothing from elsewhere."""

from poise.report.incident_page import policy, rendered
from poise.report.incident_page_style import PAGE_STYLE

OWN_STYLE = """
blockquote{margin:0 0 12px;padding:2px 14px;border-left:3px solid var(--rule);color:var(--soft)}
"""


def html(markdown: str, title: str, more: str = "") -> str:
    """The page; `more` is style of its own. Markup of others was escaped when the Markdown was made, and raw HTML is shown as text."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - 60 ms, only for those who write a page
    from markupsafe import Markup  # noqa: PLC0415

    environment = Environment(loader=PackageLoader("poise.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    style = PAGE_STYLE + OWN_STYLE + more
    # `@<!-- -->name` calls nobody in a forge's Markdown; a page of ours calls nobody anyway.
    # The policy lets no style stand at a cell.
    body = rendered(markdown.replace("@<!-- -->", "@")).replace('style="text-align:right"', 'class="num"')
    page = environment.get_template("document_page.html.j2")
    return page.render(policy=policy(style), style=Markup(style), title=title, body=Markup(body))  # noqa: S704 - rendered without HTML of others
