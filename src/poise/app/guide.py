"""The guide: chapters on how to configure a load balancer, and the tree of questions for an incident. A page is a file of poise/guide."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from poise.model.light import dataclass

CONTENTS = "<!-- contents -->"
INDEX = "README"


@dataclass(frozen=True, slots=True)
class GuidePage:
    """One page as Markdown. `name` is what `poise explain` takes, `file` what it is called in docs/guide, `summary` its first sentence."""

    name: str
    file: str
    title: str
    summary: str
    text: str


@cache
def guide() -> Mapping[str, GuidePage]:
    """All pages by name in the order to read them, the contents first, under the name `guide`."""
    folder = files("poise") / "guide"
    named = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".md"))
    chapters = [_page(name, (folder / name).read_text(encoding="utf-8")) for name in named if name != f"{INDEX}.md"]
    index = (folder / f"{INDEX}.md").read_text(encoding="utf-8").replace(CONTENTS, _contents(chapters))
    first = GuidePage("guide", f"{INDEX}.md", "The guide", "How to configure a load balancer well.", index)
    return {page.name: page for page in (first, *chapters)}


def _page(file: str, text: str) -> GuidePage:
    title = re.match(r"# (?:\d+\. )?(.*)", text)
    summary = re.search(r"^\*([^*]+)\*$", text, re.MULTILINE)
    assert title and summary, f"{file}: a page of the guide begins with a title and a sentence in italics"
    return GuidePage(re.sub(r"^\d+-|\.md$", "", file), file, title[1], " ".join(summary[1].split()), text)


def _contents(chapters: list[GuidePage]) -> str:
    rows = ["| | page | what it wants |", "|--:|---|---|"]
    for page in chapters:
        number = page.file[:2].lstrip("0") if page.file[0].isdigit() else ""
        rows.append(f"| {number} | [{page.title}]({page.file}) | {page.summary} |")
    return "\n".join(rows)
