"""A page of Markdown as HTML: links lead to pages that are there, headings have names, configurations say what is said of them."""

import posixpath
import re
from collections.abc import Collection, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from poise.model.light import dataclass

if TYPE_CHECKING:
    from markdown_it.token import Token

WORD = re.compile(r"[^\W_][\w-]+")
COMMENT = re.compile(r"\A\s*<!--.*?-->\s*", re.DOTALL)
PRODUCTS = {"haproxy": "HAProxy", "nginx": "nginx", "envoy": "Envoy"}


@dataclass(frozen=True, slots=True)
class Rendered:
    """A page: its title and first sentence, its body as HTML, and the words that it can be found by (without those of its code)."""

    title: str
    summary: str
    body: str
    words: tuple[str, ...]


def rendered(markdown: str, place: str, known: Collection[str]) -> Rendered:
    """The page that lies at `place` (`guide/02-distribution.md`). `known` are the paths that exist: pages by their `.md`, and pictures.

    HTML in the text is shown as text. A link to what does not exist is no link.
    """
    from markdown_it import MarkdownIt  # noqa: PLC0415 - only who makes pages waits for it

    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.add_render_rule("fence", _fence)
    parser.add_render_rule("code_block", _code)
    tokens = parser.parse(COMMENT.sub("", markdown))
    folder = posixpath.dirname(place)
    names: dict[str, int] = {}
    said: dict[str, None] = {}
    title = summary = ""
    for at, token in enumerate(tokens):
        # The policy lets no style stand in a page: figures get a class.
        if token.type in ("th_open", "td_open") and token.attrs.pop("style", ""):
            token.attrSet("class", "num")
        if token.type == "inline":
            text = "".join(_said(child) for child in token.children or ())
            before = tokens[at - 1].type
            said.update(dict.fromkeys(word.lower() for word in WORD.findall(text)))
            if before == "heading_open":
                tokens[at - 1].attrSet("id", _name(text, names))
                title = title or text
            elif before == "paragraph_open" and not summary:
                summary = text
            elif before == "th_open" and not text:
                tokens[at - 1].tag = tokens[at + 1].tag = "td"
            _link(token.children or (), folder, known)
    html = parser.renderer.render(tokens, parser.options, {})
    html = html.replace("<table>", '<div class="scroll" tabindex="0"><table>').replace("</table>", "</table></div>")
    return Rendered(title or place, summary, html, tuple(said))


def _said(child: "Token") -> str:
    """The words of a part of a line; where the line goes on in the next one they stay apart."""
    return " " if child.type == "softbreak" else child.content if child.type in ("text", "code_inline") else ""


def target(link: str, folder: str, known: Collection[str]) -> str | None:
    """Where a link of a page in `folder` leads on the site; None where nothing is there."""
    if link.startswith(("https://", "http://", "#")):
        return link
    path, mark, fragment = link.partition("#")
    whole = posixpath.normpath(posixpath.join(folder, path))
    if whole not in known and f"{whole}/README.md" in known:
        whole += "/README.md"
    if whole not in known:
        return None
    return posixpath.relpath(page_name(whole), folder or ".") + mark + fragment


def page_name(path: str) -> str:
    """What a page is called on the site."""
    return re.sub(r"README\.html$", "index.html", re.sub(r"\.md$", ".html", path))


def _link(children: "Sequence[Token]", folder: str, known: Collection[str]) -> None:
    """Leads each link and picture to where it is; what is nowhere becomes text."""
    dropped = 0
    for at, child in enumerate(children):
        if child.type == "link_open":
            to = target(str(child.attrGet("href") or ""), folder, known)
            if to is None:
                dropped += 1
                _silence(child)
            else:
                child.attrSet("href", to)
                if to.startswith("http"):
                    child.attrSet("rel", "noreferrer")
        elif child.type == "link_close" and dropped:
            dropped -= 1
            _silence(child)
        elif child.type == "image":
            to = target(str(child.attrGet("src") or ""), folder, known)
            if to is None:
                child.type, child.tag = "text", ""
            else:
                child.attrSet("src", to)
        elif child.type == "text" and at == 0 and child.content.startswith("[ ] "):
            child.content = f"☐ {child.content[4:]}"


def _silence(token: "Token") -> None:
    token.type, token.tag, token.content = "text", "", ""


def _name(text: str, names: dict[str, int]) -> str:
    """A heading's name in the URL; the second of the same gets a number."""
    name = re.sub(r"[^\w]+", "-", text.lower()).strip("-") or "section"
    names[name] = names.get(name, 0) + 1
    return name if names[name] == 1 else f"{name}-{names[name]}"


def _code(renderer: Any, tokens: "Sequence[Token]", at: int, options: Any, env: Any) -> str:
    """A block of code, which the keyboard can scroll."""
    return f'<pre tabindex="0"><code>{escape(tokens[at].content)}</code></pre>\n'


def _fence(renderer: Any, tokens: "Sequence[Token]", at: int, options: Any, env: Any) -> str:
    """A block of code. One of the guide says of which product it is and whether it is good, and by which rules a bad one is found."""
    info, *words = tokens[at].info.split() or [""]
    code = _code(renderer, tokens, at, options, env)
    if info not in PRODUCTS or not words:
        return code
    judged, rules = words[0], [rule for word in words[1:] for rule in word.removeprefix("accepts=").split(",")]
    says = {"good": "good", "bad": "bad", "before": "before the change"}.get(judged, "")
    by = ", ".join(f'<a href="../rules/{escape(rule)}.html">{escape(rule)}</a>' for rule in rules if rule != "refused")
    found = f"; found by {by}" if by and judged == "bad" else ""
    return f'<figure class="{escape(judged)}"><figcaption>{PRODUCTS[info]}: {says}{found}</figcaption>{code}</figure>\n'
