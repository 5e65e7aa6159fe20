"""A file that a command was told to write."""

import errno
from pathlib import Path

# Another's folder, or a single file mounted into a container: the file may be written, but no other put in its place.
NOT_REPLACEABLE = (errno.EACCES, errno.EPERM, errno.EBUSY)


def write_file(path: Path, text: str) -> None:
    """Replaces a file with that text whole or not at all: a full disk leaves the old one. Keeps its mode; a pipe or device is written into.

    What is no UTF-8 is written as an escape. Raises OSError with the file's name: a full disk says by itself only that it is full.
    """
    from poise.store.private import replace_text  # noqa: PLC0415 - only who writes a file waits for it

    data = text.encode("utf-8", "backslashreplace")
    new = not path.exists() and not path.is_symlink()
    try:
        if not path.is_file():
            path.write_bytes(data)
            return
        try:
            # Where a link stands, the file behind it is replaced, not the link.
            replace_text(path.resolve(), data)
        except OSError as error:
            if error.errno not in NOT_REPLACEABLE:
                raise
            path.write_bytes(data)
    except OSError as error:
        if new:
            path.unlink(missing_ok=True)
        error.filename = str(path)
        raise
