"""Which of several watches of the same load balancers sends the messages: two would tell everything twice."""

import fcntl
import os
import time
from hashlib import sha256
from pathlib import Path

from poise.store.private import make_folder, opened
from poise.store.telling import told

# `held` has the lock for microseconds: who takes it asks again after that, or the messages of a watch would depend on who looks at them.
SECONDS_BETWEEN = 0.05


class Ownership:
    """Held from `take` to `release`, or to the end of the process, however that comes: the system lets go of the lock (flock(2))."""

    def __init__(self, store: Path, scope: str) -> None:
        name = sha256(scope.encode("utf-8", "backslashreplace")).hexdigest()[:12]
        self.path = store.with_name(f"{store.name}.watch-{name}")
        self._file: int | None = None

    def take(self) -> bool:
        """False where another process has it. Raises StoreError where the lock's file cannot be made."""
        with told(self.path, "write"):
            make_folder(self.path.parent)
            file = opened(str(self.path), os.O_RDWR | os.O_CREAT)
        if not _locked(file, fcntl.LOCK_EX):
            time.sleep(SECONDS_BETWEEN)
            if not _locked(file, fcntl.LOCK_EX):
                os.close(file)
                return False
        self._file = file
        return True

    def held(self) -> bool | None:
        """Whether a process has it now; None where that cannot be looked at."""
        try:
            file = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            return False
        except OSError:
            return None
        try:
            return not _locked(file, fcntl.LOCK_SH)
        except OSError:
            return None
        finally:
            os.close(file)

    def release(self) -> None:
        """Let another watch have it."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _locked(file: int, kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
