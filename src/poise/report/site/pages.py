"""The files of the site by name: a page for each page, a front page, a page to search on, its index, its style and its script."""

import json
import posixpath
from collections.abc import Mapping, Sequence
from importlib.resources import files
from textwrap import shorten

from poise.report.site.markup import Rendered, page_name, rendered
from poise.report.site.style import STYLE

# Folder by folder, in the order of the front page: what one page is called, and what they are together.
KINDS: Mapping[str, tuple[str, str]] = {
    "guide": ("Guide", "How to configure a load balancer well, and the troubleshooting tree"),
    "how-to": ("How-to", "How to do it with poise"),
    "rules": ("Rule", "What poise audit looks for"),
    "faults": ("Fault", "What can go wrong, and how it is told from what looks like it"),
    "drills": ("Drill", "Real faults on a real stack, to train on"),
    "review-rules": ("Rule of review", "What poise review looks for in a postmortem"),
    "commands": ("Command", "What each command does"),
    "examples": ("Example", "Configurations, and what poise makes of them"),
    "decisions": ("Decision", "Why poise is as it is"),
    "": ("Page", "How exact, how fast, how tested"),
}
NAVIGATION = ("guide/README.md", "guide/troubleshooting.md", "how-to", "rules/README.md", "faults/README.md", "commands/README.md")
MOST_LETTERS = 200
# The site loads nothing from elsewhere, and nothing stands in its pages but text.
POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'"


def site(sources: Mapping[str, str], pictures: Sequence[str] = ()) -> Mapping[str, str]:
    """All files of text by their path on the site. `sources` is Markdown by path (`guide/README.md`), `pictures` are other paths."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - 60 ms, only for those who make pages
    from markupsafe import Markup  # noqa: PLC0415

    whole = {**_indexes(sources), **sources}
    known = frozenset((*whole, *pictures, "search.html"))
    environment = Environment(loader=PackageLoader("poise.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    template = environment.get_template("site_page.html.j2")
    made: dict[str, str] = {}
    index = []
    for path, text in whole.items():
        page = rendered(text, path, known)
        made[page_name(path)] = template.render(
            policy=POLICY,
            title=page.title,
            body=Markup(page.body),  # noqa: S704 - rendered without HTML of others
            root=posixpath.relpath(".", posixpath.dirname(path) or "."),
            navigation=_navigation(whole, path),
            search=False,
        )
        if path != "README.md":
            index.append(_entry(path, page))
    made["search.html"] = template.render(
        policy=POLICY, title="Search", body="", root=".", navigation=_navigation(whole, "search.html"), search=True
    )
    made["search-index.js"] = f"window.POISE_PAGES={json.dumps(index, ensure_ascii=False, separators=(',', ':'))};\n"
    made["search.js"] = (files("poise.report.site") / "search.js").read_text(encoding="utf-8")
    made["style.css"] = STYLE
    return made


def kind(path: str) -> str:
    """The folder that a page counts to."""
    first = path.partition("/")[0] if "/" in path else ""
    return first if first in KINDS else ""


def _navigation(pages: Mapping[str, str], here: str) -> list[tuple[str, str, bool]]:
    """Name, link and whether it is here, of what every page leads to."""
    folder = posixpath.dirname(here) or "."
    found = []
    for path in NAVIGATION:
        whole = path if path.endswith(".md") else f"{path}/README.md"
        if whole in pages:
            name = (
                "Troubleshooting"
                if "troubleshooting" in whole
                else KINDS[kind(whole)][0] + ("" if kind(whole) in ("guide", "how-to") else "s")
            )
            found.append((name, posixpath.relpath(page_name(whole), folder), whole == here))
    return found


def _indexes(sources: Mapping[str, str]) -> Mapping[str, str]:
    """The front page, and a page of contents for each folder that has none."""
    by_kind: dict[str, list[str]] = {}
    for path in sources:
        by_kind.setdefault(kind(path), []).append(path)
    front = ["# poise", "", "Keeps a load-balanced web service level, and its incidents short.", ""]
    made: dict[str, str] = {}
    for folder, (_, about) in KINDS.items():
        paths = sorted(by_kind.get(folder, ()))
        if not paths:
            continue
        index = f"{folder}/README.md"
        if folder and index not in sources:
            rows = [f"- [{_title(sources[path])}]({posixpath.relpath(path, folder)})" for path in paths]
            made[index] = "\n".join([f"# {about}", "", *rows, ""])
        if folder:
            front.append(f"- [{about}]({index}): {len([p for p in paths if p != index])} pages")
        else:
            front += [f"- [{_title(sources[path])}]({path})" for path in paths]
    return {"README.md": "\n".join([*front, ""]), **made}


def _title(markdown: str) -> str:
    return next((line[2:] for line in markdown.split("\n") if line.startswith("# ")), "without a title")


def _entry(path: str, page: Rendered) -> Mapping[str, str]:
    return {
        "t": page.title,
        "u": page_name(path),
        "k": KINDS[kind(path)][0],
        "s": shorten(page.summary, MOST_LETTERS, placeholder=" …"),
        "w": " ".join(page.words),
    }
