"""`poise docs --site`: the documentation as a folder of pages that any web server can serve, or a browser open."""

from collections.abc import Mapping
from pathlib import Path

import click

from poise.app.pages import pages
from poise.report.site.pages import site

PICTURES = (".png", ".svg")


def build(directory: Path, root: click.Group, more: Path | None = None) -> int:
    """Write the site below `directory` and return how many files it has. `root` is the command tree; `more` is a folder with more pages and
    pictures, the project's `docs`. What lies in `directory` already and is not of the site stays. Raises OSError."""
    sources: dict[str, str] = {}
    pictures: dict[str, Path] = {}
    for file in sorted(more.rglob("*")) if more is not None else ():
        path = file.relative_to(more).as_posix() if more is not None else ""
        if file.suffix == ".md":
            sources[path] = file.read_text(encoding="utf-8")
        elif file.suffix in PICTURES:
            pictures[path] = file
    made: Mapping[str, str] = site({**sources, **pages(root)}, tuple(pictures))
    for path, text in made.items():
        file = directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    for path, picture in pictures.items():
        file = directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(picture.read_bytes())
    return len(made) + len(pictures)
