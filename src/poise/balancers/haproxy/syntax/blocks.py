"""The stack of open `.if` blocks, and the other lines that begin with a dot."""

from collections.abc import Mapping

from poise.balancers.haproxy.syntax.conditions import UNKNOWABLE, ConditionError, evaluate
from poise.model.light import dataclass

_MESSAGES = {".diag", ".notice", ".warning", ".alert"}


@dataclass(slots=True)
class _Block:
    """`outer` says the lines around the block count, `active` those of the branch being read, `done` that a branch was already used.

    `unknown` says that none can be chosen, `final` that `.else` was met; `opened` is the line of the `.if`.
    """

    opened: int
    outer: bool
    active: bool
    done: bool
    unknown: bool = False
    final: bool = False


class Blocks:
    """Feed it every line whose first word begins with a dot; `active` then says whether the lines that follow count."""

    def __init__(self, environment: Mapping[str, str] | None, target: str | None) -> None:
        self.environment, self.target = environment, target
        self.stack: list[_Block] = []

    @property
    def active(self) -> bool:
        """Whether lines count here."""
        return not self.stack or (self.stack[-1].outer and self.stack[-1].active)

    def line(self, words: tuple[str, ...], number: int) -> str | None:
        """Take one directive line; what is wrong or cannot be known, None if nothing."""
        word, rest = words[0], words[1:]
        if word == ".if":
            return self._open(" ".join(rest), number)
        if word in (".elif", ".else", ".endif"):
            if not self.stack:
                return f"`{word}` without a `.if` before it: HAProxy refuses the file"
            return self._turn(word, rest)
        if word not in _MESSAGES:
            return f"`{word}` is not a directive that HAProxy knows"
        if not self.active:
            return None
        if len(rest) > 1:
            return f"`{word}` takes one message: put it in quotes"
        if word == ".alert":
            return f"the file stops HAProxy here by its own `.alert`: {rest[0] if rest else ''}"
        return None

    def _open(self, condition: str, number: int) -> str | None:
        if not self.active:
            self.stack.append(_Block(number, outer=False, active=False, done=True))
            return None
        block = _Block(number, outer=True, active=False, done=False)
        self.stack.append(block)
        return self._decide(block, condition)

    def _turn(self, word: str, rest: tuple[str, ...]) -> str | None:
        block = self.stack[-1]
        if word == ".endif":
            self.stack.pop()
            return f"`{word}` takes no argument" if rest else None
        if block.final:
            return f"`{word}` after `.else` is not permitted"
        block.active = False
        if word == ".else":
            block.final = True
            block.active = not block.done and not block.unknown
            block.done = True
            return f"`{word}` takes no argument" if rest else None
        if block.done or block.unknown:
            return None
        return self._decide(block, " ".join(rest))

    def _decide(self, block: _Block, condition: str) -> str | None:
        try:
            outcome = evaluate(condition, self.environment, self.target)
        except ConditionError as problem:
            block.unknown = True
            return f"the condition `{condition}` is not one that HAProxy accepts: {problem}"
        if outcome is None:
            block.unknown = True
            what = "Name the version to read it for (--target haproxy=2.8)" if "version_" in condition else "Read it where HAProxy runs"
            # Neither a version nor a variable says how a binary was built.
            what = "Give" if any(f"{word}(" in condition for word in UNKNOWABLE) else f"{what}, or give"
            return (
                f"whether `{condition}` holds depends on the HAProxy that runs this file, so neither side of this block is judged. "
                f"{what} poise the file without the condition"
            )
        block.active = block.done = outcome
        return None
