"""Where a store is, for who named one that is not there."""

from itertools import islice
from pathlib import Path

# https://www.sqlite.org/fileformat.html#magic_header_string
MAGIC = b"SQLite format 3\0"
MOST_LOOKED_AT, MOST_TOLD = 500, 5


def nearby_stores(path: Path, usual: Path) -> str:
    """What to say after "there is no store at …": the stores in its folder, or the nearest one above that exists, and the usual one."""
    folder = next((each for each in path.absolute().parents if each.is_dir()), Path("/"))
    found = {str(usual)} if usual != path and _is_store(usual) else set()
    try:
        found |= {str(each) for each in islice(folder.iterdir(), MOST_LOOKED_AT) if each != path and _is_store(each)}
    except OSError as error:
        return f"{folder} cannot be looked through ({error.strerror or error})"
    told = sorted(found)[:MOST_TOLD]
    if not told:
        elsewhere = "" if usual == path else f", nor at the usual place, {usual}"
        return f"none is in {folder} either{elsewhere}: `poise watch` makes it"
    more = f" and {len(found) - len(told)} more" if len(found) > len(told) else ""
    return f"near it there {'is' if len(found) == 1 else 'are'} {', '.join(told)}{more}"


def _is_store(path: Path) -> bool:
    try:
        # Not a pipe, which would hang.
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False
