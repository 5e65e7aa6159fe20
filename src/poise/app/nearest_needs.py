"""Which poise.toml holds for a configuration where nobody named one."""

import os
from collections.abc import Iterator
from contextlib import suppress

from poise.model.remark import Remark
from poise.reading.files import SHELLS_PIPES, STANDARD_INPUT, is_folder

FILE_NAME = "poise.toml"


def nearest(beside: str | None) -> str:
    """The poise.toml beside the configuration (a file or folder), else the nearest above it, up to the root of its repository, or where
    it is in none, to the working folder if that is above it; else the one in the working folder. Where there is none, the place beside
    it."""
    if beside is None or beside == STANDARD_INPUT or beside.startswith(SHELLS_PIPES):
        return FILE_NAME
    own = _own(beside)
    if os.path.lexists(own):
        return own
    with suppress(FileNotFoundError):  # the working folder itself is gone
        for folder in _above(os.path.abspath(os.path.dirname(own))):  # noqa: PTH100, PTH120 - as below
            if os.path.lexists(found := os.path.join(folder, FILE_NAME)):  # noqa: PTH118
                # As files are named elsewhere: from the folder at hand, where they are below it.
                short = os.path.relpath(found)
                return found if short.startswith(os.pardir) else short
    return FILE_NAME if os.path.lexists(FILE_NAME) else own


def told(beside: str | None) -> tuple[Remark, ...]:
    """Which one it is, where it stands elsewhere than beside the configuration: nobody may have thought of it."""
    if beside is None or beside == STANDARD_INPUT or beside.startswith(SHELLS_PIPES):
        return ()
    held, own = nearest(beside), _own(beside)
    if held == own or not os.path.lexists(held) or os.path.realpath(held) == os.path.realpath(own):
        return ()
    lacking = f"no {own}" if own != FILE_NAME else "none in the working folder"
    return (Remark(held, f"its needs and acceptances hold, as there is {lacking}: it is the nearest. Name another one with --needs"),)


def _own(beside: str) -> str:
    folder = beside if is_folder(beside) else os.path.dirname(beside)  # noqa: PTH120
    # Of the folder at hand, files are named as they are named elsewhere.
    return os.path.join(folder, FILE_NAME).removeprefix("./")  # noqa: PTH118


def _above(folder: str) -> Iterator[str]:
    """The folders above that one that may hold the needs of what is in it, the nearest first. Those of a repository hold whether a command
    is given at its root or in the folder itself."""
    here, passed = os.getcwd(), []  # noqa: PTH109 - quicker than pathlib
    while True:
        passed.append(folder)
        if os.path.lexists(os.path.join(folder, ".git")):  # noqa: PTH118
            yield from passed[1:]
            return
        folder, below = os.path.dirname(folder), folder  # noqa: PTH120
        if folder == below:
            yield from passed[1 : passed.index(here) + 1] if here in passed else ()
            return
