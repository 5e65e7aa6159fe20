"""Which of several watches of the same load balancers sends the messages: two would tell everything twice."""

import fcntl
import os
from hashlib import sha256
from pathlib import Path

from poise.store.private import make_folder, opened


class Ownership:
    """Held from `take` to `release`, or to the end of the process, however that comes: the system lets go of the lock (flock(2))."""

    def __init__(self, store: Path, scope: str) -> None:
        name = sha256(scope.encode("utf-8", "backslashreplace")).hexdigest()[:12]
        self.path = store.with_name(f"{store.name}.watch-{name}")
        self._file: int | None = None

    def take(self) -> bool:
        """False where another process has it. Raises OSError where the lock's file cannot be made."""
        make_folder(self.path.parent)
        file = opened(str(self.path), os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        self._file = file
        return True

    def release(self) -> None:
        """Let another watch have it."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
