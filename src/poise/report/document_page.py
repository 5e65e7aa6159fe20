"""Pages that need nothing else: no script, nothing from elsewhere; whatever their templates print is cleaned and escaped."""

import base64
import hashlib
from functools import cache
from typing import TYPE_CHECKING, Any

from poise.report.svg import clean

if TYPE_CHECKING:
    from jinja2 import Environment


def document_page(body: str, title: str, style: str) -> str:
    """A page of this body. `body` is HTML of ours in which texts of others are escaped, `style` a constant of ours, `title` any text."""
    from markupsafe import Markup  # noqa: PLC0415 - 60 ms with the templates, only for those who write a page

    template = environment().get_template("document_page.html.j2")
    return template.render(policy=policy(style), style=Markup(style), title=title, body=Markup(body))  # noqa: S704 - see above


@cache
def environment() -> "Environment":
    """The templates. Plain strings are cleaned, then escaped; our own markup passes."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - 60 ms, only for those who write a page

    def finalized(value: Any) -> Any:
        return clean(value) if type(value) is str else value

    return Environment(
        loader=PackageLoader("poise.report"), autoescape=True, undefined=StrictUndefined, finalize=finalized, trim_blocks=True
    )


def policy(style: str) -> str:
    """The page's content security policy: the one style by its hash, an empty icon, and nothing else from anywhere."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
