"""Which directives nginx has: where each may stand, how many arguments it takes, whether it opens a block, what its values are.

The tables (`http`, `other`, `foreign` from binaries; `commercial` by hand) hold entries `name=form;form`, separated by spaces. A form is
`contexts:arguments` or `contexts:arguments:values`. Contexts are letters: m main, e events, h http, s server, l location, u upstream, S if
in server, L if in location, x limit_except, t stream, v its server, w its upstream, q mail, r its server, X anywhere. Arguments: each digit
is a number that is taken, + one or more, P two or more, * any, { it opens a block. Values: f on or off, t text, n number, z size, o offset,
i time, c seconds, b number and size, e(a|b) one of these, k(a|b) any of these. A name alone is a third party's directive, which may stand
anywhere.
"""

from functools import cache

from poise.balancers.nginx.directives import commercial, foreign, http, other
from poise.balancers.nginx.directives.third_parties import is_third_party
from poise.model.light import dataclass

__all__ = ["CONTEXTS", "Form", "allowed", "forms_of", "names_in"]

CONTEXTS = {
    "m": "the main level",
    "e": "events",
    "h": "http",
    "s": "server",
    "l": "location",
    "u": "upstream",
    "S": "if in server",
    "L": "if in location",
    "x": "limit_except",
    "t": "stream",
    "v": "server of stream",
    "w": "upstream of stream",
    "q": "mail",
    "r": "server of mail",
}
# nginx refuses more words than this, the name included (NGX_CONF_MAX_ARGS), where it counts them one by one.
_ANY_NUMBER = -1


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a directive. `counts` has a bit for each number of arguments that is taken; `values` is "" for any."""

    contexts: str
    counts: int
    block: bool
    values: str = ""

    def takes(self, arguments: int) -> bool:
        """Whether that many arguments may stand there."""
        return self.counts == _ANY_NUMBER or bool(self.counts >> min(arguments, 63) & 1)

    @property
    def counted(self) -> str:
        """How many arguments it takes, for a sentence."""
        if self.counts == _ANY_NUMBER:
            return "any number of arguments"
        if self.counts >> 63 & 1:
            return "at least two arguments" if not self.counts >> 1 & 1 else "at least one argument"
        numbers = [str(n) for n in range(8) if self.counts >> n & 1]
        plural = "" if numbers == ["1"] else "s"
        return f"{' or '.join(numbers)} argument{plural}" if numbers != ["0"] else "no argument"


# A form for what a third party's module may do: anything.
_FREE = (Form("X", _ANY_NUMBER, False), Form("X", _ANY_NUMBER, True))


@cache
def _entries() -> dict[str, str]:
    found: dict[str, str] = {}
    for table in (foreign.TABLE, commercial.TABLE, other.TABLE, http.TABLE):
        for entry in table.split():
            name, _, forms = entry.partition("=")
            # A directive that a third party and nginx itself have under one name is taken in both ways.
            before = found.get(name)
            found[name] = f"{before};{forms}" if before and forms else forms or ""
    return found


@cache
def _form(text: str) -> Form:
    contexts, _, rest = text.partition(":")
    arguments, _, values = rest.partition(":")
    counts = 0
    for sign in arguments.removesuffix("{"):
        if sign == "*":
            counts = _ANY_NUMBER
        elif sign in "+P":
            # Bit 63 stands for every number from the lowest one on.
            counts |= ((1 << 64) - 1) & ~((1 << (1 if sign == "+" else 2)) - 1)
        else:
            counts |= 1 << int(sign)
    return Form(contexts, counts, arguments.endswith("{"), values)


@cache
def forms_of(name: str) -> tuple[Form, ...]:
    """The ways to write a directive; none for one that poise does not know."""
    entry = _entries().get(name.removesuffix("{"))
    if entry is None and (f"{name}{{" in _entries() or is_third_party(name)):
        return _FREE
    if entry is None:
        return ()
    return tuple(_form(form) for form in entry.split(";")) if entry else _FREE


@cache
def allowed(name: str, context: str) -> tuple[Form, ...]:
    """The ways to write a directive in that context."""
    return tuple(form for form in forms_of(name) if form.contexts == "X" or context in form.contexts)


@cache
def names_in(context: str) -> tuple[str, ...]:
    """The names that may stand in that context, third parties' left out."""
    return tuple(
        name for name, forms in _entries().items() if forms and any(context in part.partition(":")[0] for part in forms.split(";"))
    )
