"""Which variables a configuration defines and uses: nginx refuses one that nobody defines."""

import re
from collections.abc import Iterator

from poise.balancers.nginx.directives.variables import is_fixed, is_variable
from poise.balancers.nginx.document import Directive
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


class Variables:
    """Collects definitions and uses in the order of the file. `unsure` after a directive that may define variables of any name."""

    def __init__(self) -> None:
        self.defined: tuple[set[str], set[str]] = (set(), set())
        self.used: list[tuple[Directive, str, bool]] = []
        self.unsure = False

    def see(self, directive: Directive, stream: bool) -> str | None:
        """Take one directive; returns what nginx would refuse of the form of a variable's name in it."""
        name, args = directive.name, directive.args
        defined = self.defined[stream]
        if name in _DEFINERS and args:
            word = args[_KEYVAL_VARIABLE if name == "keyval" and len(args) > 1 else _DEFINERS[name]]
            found = word.removeprefix("$").lower()
            if name in ("set", "map", "geo", "split_clients") and is_fixed(found, stream):
                return f"`${found}` is nginx's own variable, which cannot be defined anew"
            defined.add(found)
        elif name.startswith("set_") and args and name not in _NO_SETTERS:
            if not args[0].startswith("$") and "_by_lua" not in name:
                return f"`{args[0]}` is no variable: it must begin with `$`"
            defined.add(args[0].removeprefix("$").lower())
        for word in args:
            if "(?" in word:
                defined.update((found[1] or found[2]).lower() for found in _CAPTURE.finditer(word))
        if name in ("map", "geoip2") and directive.body:
            for entry in directive.body:
                if "(?" in entry.name:
                    defined.update((found[1] or found[2]).lower() for found in _CAPTURE.finditer(entry.name))
                if name == "geoip2":
                    defined.add(entry.name.removeprefix("$").lower())
        first = _READERS.get(name)
        if first is not None:
            for word in args[first : first + 1] if name in _FIRST_ONLY else args[first:]:
                if "$" in word and (problem := self.read(directive, word, stream)):
                    return problem
        elif name == "memcached_pass":
            self.used.append((directive, "memcached_key", stream))
        elif name == "if" and args:
            word = args[0].removeprefix("(") or (args[1] if len(args) > 1 else "")
            if len(word) > 1 and word.startswith("$"):
                # The whole word is one variable's name here: `$a$b` would be a variable called `a$b`.
                self.used.append((directive, word[1:].removesuffix(")"), stream))
        return None

    def read(self, directive: Directive, word: str, stream: bool) -> str | None:
        """Note the variables in this text; returns what is wrong with its form."""
        for found in _USE.finditer(word):
            name = found[1] if found[1] is not None else found[2]
            if not name:
                return f"`{word}` holds a `$` that no variable's name follows"
            if found[1] is not None and not found.group().endswith("}"):
                return f"`{word}` holds a `${{` that is never closed"
            if not (found[1] is None and name[0] in "123456789"):
                self.used.append((directive, name, stream))
        return None

    def unknown(self) -> Iterator[tuple[Directive, str]]:
        """Each use of a variable that nobody defines."""
        for directive, name, stream in self.used:
            lower = name.lower()
            if lower not in self.defined[stream] and not is_variable(lower, stream):
                yield directive, name
