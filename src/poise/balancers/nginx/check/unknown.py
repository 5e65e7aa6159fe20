"""What to say of a directive that nobody knows."""

from itertools import pairwise

from poise.balancers.nginx.directives import forms_of, names_in
from poise.balancers.nginx.document import Directive
from poise.balancers.nginx.syntax.reader import told
from poise.balancers.nginx.words import words_of

# Looking for a similar name costs milliseconds; a file with more unknown names than this is something else.
_MOST_LOOKS = 20
# Names are alike from here on: twice the letters in common over the letters of both.
_ALIKE = 0.8


class Unknown:
    """Reasons for unknown names, each looked up once."""

    def __init__(self) -> None:
        self.reasons: dict[tuple[str, str], str] = {}

    def reason(self, name: str, context: str) -> str:
        """Why the line was not read, with the name that was probably meant."""
        key = (name, context)
        if key not in self.reasons:
            near = _near(name, context) if len(self.reasons) < _MOST_LOOKS and 0 < len(name) < 100 else None
            if near:
                hint = f"did you mean `{near}`?"
            else:
                hint = "correct it, or if it belongs to a module, give poise the file that has its load_module line"
            shown = told(name)
            what = shown if shown[0] == "`" else "the first word of this line"
            self.reasons[key] = f"{what} is no directive that nginx or a module known to poise has: {hint}"
        return self.reasons[key]


def _near(name: str, context: str) -> str | None:
    """The directive that looks most like this name. Who misspells one mostly gets its first letter right, or its last."""
    from difflib import get_close_matches  # noqa: PLC0415 - 2 ms that no good file needs to pay

    shortest, longest = len(name) * _ALIKE / (2 - _ALIKE), len(name) * (2 - _ALIKE) / _ALIKE
    names = [each for each in names_in(context) if shortest <= len(each) <= longest and (each[0] == name[0] or each[-1] == name[-1])]
    return next(iter(get_close_matches(name, names, 1, _ALIKE)), None)


def missing_end(directive: Directive) -> str | None:
    """The word behind which `;` is missing, as a message may repeat it: a later word begins its line and is the name of a directive."""
    if directive.line == directive.source.line(directive.end - 1):
        return None
    text = directive.source.text
    words = words_of(text, directive.start, directive.end)
    for before, word in pairwise(words):
        if "\n" in text[before.end : word.start] and forms_of(word.value) and "X" not in forms_of(word.value)[0].contexts:
            return told(before.value)
    return None
