"""`poise diagnose --evidence DIR`: a page for each team, made to be sent."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from poise.app.diagnose import Told, plan_of
from poise.model.could_not import CouldNot
from poise.report.evidence_page import MARK, index_page, pages
from poise.store.private import make_folder, replace_text


def page(told: Told) -> str:
    """The ranking as one page."""
    return index_page(told.diagnosis, plan_of(told))


def write_evidence(folder: Path, told: Told, agreed: Callable[[Sequence[Path]], bool]) -> tuple[Sequence[Path], tuple[CouldNot, ...]]:
    """Write all pages into `folder`. `agreed` is asked before files that are none of poise's are replaced. Gives the pages that were
    written, the ranking first, and what could not be."""
    made: Mapping[str, str] = pages(told.diagnosis, told.looked, plan_of(told))
    try:
        make_folder(folder)
        foreign = [place for place in map(folder.joinpath, made) if place.exists() and not _ours(place)]
        if foreign and not agreed(foreign):
            return (), (CouldNot(str(foreign[0]), "is no page of poise's and was left as it is: name another folder; nothing was written"),)
        for name, text in made.items():
            replace_text(folder / name, text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        return (), (CouldNot(str(error.filename or folder), f"{error.strerror or error}: the pages are not complete; name another folder"),)
    return [folder / name for name in made], ()


def _ours(place: Path) -> bool:
    with place.open("rb") as file:
        return MARK.encode() in file.read(200)
