"""Which variables a configuration defines and uses: nginx refuses one that nobody defines."""

import re
from collections.abc import Iterator

from poise.balancers.nginx.directives.variables import is_fixed, is_variable
from poise.balancers.nginx.document import Directive
from poise.model.light import dataclass
from poise.model.regexp import regexp

_USE = regexp(r"\$(?:\{(\w*)\}?|(\w*))", re.ASCII)
_CAPTURE = regexp(r"\(\?(?:P?<(\w+)>|'(\w+)')")
# Directives that certainly read variables, with the index of the first argument that they do so in.
_READERS = {
    **dict.fromkeys(
        ("return", "root", "alias", "proxy_pass", "grpc_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "try_files", "hash"), 0
    ),
    **dict.fromkeys(
        ("proxy_cache_key", "proxy_cache_bypass", "proxy_no_cache", "limit_req_zone", "limit_conn_zone", "map", "split_clients"), 0
    ),
    **dict.fromkeys(("add_header", "add_trailer", "proxy_set_header", "grpc_set_header", "fastcgi_param", "uwsgi_param", "scgi_param"), 1),
    **dict.fromkeys(("set", "rewrite", "log_format", "auth_request_set"), 1),
}
# Arguments behind the first that are no text with variables: the variable that map and split_clients define, zones.
_FIRST_ONLY = frozenset(("map", "split_clients", "limit_req_zone", "limit_conn_zone"))
# Directives whose argument at this index is a variable that they define.
_DEFINERS = {
    **dict.fromkeys(
        ("set", "js_set", "js_var", "perl_set", "auth_request_set", "auth_jwt_claim_set", "auth_jwt_header_set", "json_set"), 0
    ),
    **dict.fromkeys(("map", "split_clients", "num_map", "keyval", "geo"), -1),
}
# They begin like the setters of third parties and are none.
_NO_SETTERS = frozenset(("set_real_ip_from", "set_base32_alphabet", "set_base32_padding", "set_misc_base32_padding", "set_form_input"))
_KEYVAL_VARIABLE = 1


# Directives with regular expressions, whose groups may be named, and others that are treated one by one.
_OTHERS = frozenset(("location", "server_name", "if", "geoip2", "memcached_pass"))


def is_about_variables(name: str) -> bool:
    """Whether `Variables` wants to see directives of that name."""
    return name in _READERS or name in _DEFINERS or name in _OTHERS or name.startswith("set_")


@dataclass(frozen=True, slots=True)
class Said:
    """What one directive's words say of variables: which they define and use, in lower case and as written, and what is wrong with one."""

    defines: tuple[str, ...]
    uses: tuple[str, ...]
    problem: str | None


def said(name: str, args: tuple[str, ...], stream: bool) -> Said | None:
    """What these words say of variables; None where they say nothing. The entries of a block have words of their own."""
    defines: list[str] = []
    uses: list[str] = []
    problem = _define(name, args, stream, defines)
    if problem is None:
        defines += [found for word in args if "(?" in word for found in _captures(word)]
        problem = _use(name, args, uses)
    return Said(tuple(defines), tuple(uses), problem) if defines or uses or problem else None


def _captures(word: str) -> list[str]:
    return [(found[1] or found[2]).lower() for found in _CAPTURE.finditer(word)]


def _define(name: str, args: tuple[str, ...], stream: bool, defines: list[str]) -> str | None:
    if name in _DEFINERS and args:
        word = args[_KEYVAL_VARIABLE if name == "keyval" and len(args) > 1 else _DEFINERS[name]]
        found = word.removeprefix("$").lower()
        if name in ("set", "map", "geo", "split_clients") and is_fixed(found, stream):
            return f"`${found}` is nginx's own variable, which cannot be defined anew"
        defines.append(found)
    elif name.startswith("set_") and args and name not in _NO_SETTERS:
        if not args[0].startswith("$") and "_by_lua" not in name:
            return f"`{args[0]}` is no variable: it must begin with `$`"
        defines.append(args[0].removeprefix("$").lower())
    return None


def _use(name: str, args: tuple[str, ...], uses: list[str]) -> str | None:
    first = _READERS.get(name)
    if first is not None:
        for word in args[first : first + 1] if name in _FIRST_ONLY else args[first:]:
            if "$" in word and (problem := _read(word, uses)):
                return problem
    elif name == "memcached_pass":
        uses.append("memcached_key")
    elif name == "if" and args:
        word = args[0].removeprefix("(") or (args[1] if len(args) > 1 else "")
        if len(word) > 1 and word.startswith("$"):
            # The whole word is one variable's name here: `$a$b` would be a variable called `a$b`.
            uses.append(word[1:].removesuffix(")"))
    return None


def _read(word: str, uses: list[str]) -> str | None:
    """Take the variables in this text; returns what is wrong with its form."""
    for found in _USE.finditer(word):
        name = found[1] if found[1] is not None else found[2]
        if not name:
            return f"`{word}` holds a `$` that no variable's name follows"
        if found[1] is not None and not found.group().endswith("}"):
            return f"`{word}` holds a `${{` that is never closed"
        if not (found[1] is None and name[0] in "123456789"):
            uses.append(name)
    return None


class Variables:
    """Collects definitions and uses in the order of the file. `unsure` after a directive that may define variables of any name."""

    def __init__(self) -> None:
        self.defined: tuple[set[str], set[str]] = (set(), set())
        self.used: list[tuple[Directive, tuple[str, ...], bool]] = []
        self.unsure = False

    def see(self, directive: Directive, about: Said, stream: bool) -> str | None:
        """Take what a directive says; returns what nginx would refuse of the form of a variable's name in it."""
        if about.defines:
            self.defined[stream].update(about.defines)
        if about.uses:
            self.used.append((directive, about.uses, stream))
        return about.problem

    def entries(self, block: Directive, stream: bool) -> None:
        """Take what the entries of `map` and `geoip2` define."""
        defined = self.defined[stream]
        for entry in block.body or ():
            if "(?" in entry.name:
                defined.update(_captures(entry.name))
            if block.name == "geoip2":
                defined.add(entry.name.removeprefix("$").lower())

    def read(self, directive: Directive, word: str, stream: bool) -> str | None:
        """Note the variables in this text; returns what is wrong with its form."""
        if "$" not in word:
            return None
        uses: list[str] = []
        problem = _read(word, uses)
        self.used.append((directive, tuple(uses), stream))
        return problem

    def unknown(self) -> Iterator[tuple[Directive, str]]:
        """Each use of a variable that nobody defines."""
        known: dict[tuple[str, bool], bool] = {}
        for directive, names, stream in self.used:
            for name in names:
                key = (name, stream)
                if key not in known:
                    lower = name.lower()
                    known[key] = lower in self.defined[stream] or is_variable(lower, stream)
                if not known[key]:
                    yield directive, name
