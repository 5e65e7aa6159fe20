"""Files and folders that only the account which runs poise may read: configurations and incidents hold what is nobody else's business."""

import os
from io import FileIO
from pathlib import Path
from stat import S_IMODE


def make_folder(path: Path) -> None:
    """The folder and those above it that are missing, 0700; one that is there keeps its mode. Raises OSError."""
    for missing in reversed([folder for folder in (path, *path.parents) if not folder.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)
    if not path.is_dir():
        raise NotADirectoryError(20, "it is no folder", str(path))


def opened(path: str, flags: int) -> int:
    """For `FileIO(…, opener=opened)`: a new file is 0600 from its first moment, one that is there keeps its mode."""
    return os.open(path, flags, 0o600)


def replace_text(path: Path, data: bytes) -> None:
    """The file's whole content, there or not at all: whoever reads sees the old or the new one. Keeps the mode. Raises OSError."""
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    try:
        with FileIO(str(new), "x", opener=opened) as file:
            written = 0
            while written < len(data):
                written += file.write(data[written:])
        if path.exists():
            new.chmod(S_IMODE(path.stat().st_mode))
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise
