"""Work in instructions of Python's, not in seconds: the same on every machine, however busy."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def steps(act: Callable[[], object]) -> int:
    """How many instructions of Python's `act` executes. What a built-in function does inside is one."""
    count = 0

    def note(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal count
        frame.f_trace_opcodes = True
        count += event == "opcode"
        return note

    before = sys.gettrace()
    # Python 3.12 looks for a frame that wants instructions when tracing begins.
    sys._getframe().f_trace_opcodes = True
    sys.settrace(note)
    try:
        act()
    finally:
        sys.settrace(before)
    assert count, "nothing was counted"
    return count
