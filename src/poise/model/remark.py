"""What a reader should know of how a question was answered, where nothing is wrong and nothing was missed."""

from poise.model.light import dataclass


@dataclass(frozen=True, slots=True)
class Remark:
    """Something worth a word that changes no exit code. `what` names the file that it is about."""

    what: str
    text: str
    line: int | None = None
