"""Text without the passwords, tokens and keys that may stand in it. Pure; it would rather hide too much than tell one."""

import re
from collections.abc import Callable, Collection, Iterable

MASK = "***"
_SECRET = r"(?:ssl)?pass(?:word|wd|phrase)?|pwd|secret|token|credentials?|(?:api|access|private|signing|encryption|session)[_-]?key"  # noqa: S105 - words
_NAME = rf"(?:[\w.-]*[_.-])?(?:{_SECRET})(?:[_.-][\w.-]*)?"
# One word of a HAProxy configuration, quoted in parts or whole (configuration manual, 2.2); an open quote lasts to the end of the line.
_WORD = r"""(?:"(?:\\.|[^"\\\n])*(?:"|(?=\n|$))|'[^'\n]*(?:'|(?=\n|$))|\\.?|[^\s"'\\])+"""
_SCHEME = re.compile(r"(?<![a-z0-9+.-])[a-z][a-z0-9+.-]*://", re.I)
_HOST_AND_PORT = re.compile(r"(?:\[[^\]\s]*\]|[^\s:/?#@\[]*)(?::\d*)?(?=[\s/?#,;)\]}>\"']|$)")
_IN_QUERY = re.compile(rf"(?i)([?&]{_NAME}=)([^\s&#\"']+)")
# libpq's `password=…`, a shell's or TOML's assignment. Quotes stay, so that what is masked can still be read.
_ASSIGNED = re.compile(rf"(?i)((?<![\w?&.-]){_NAME}[ \t]*=[ \t]*[\"']?)(?<=\")((?:\\.|[^\"\\\n])+)|"
                       rf"((?<![\w?&.-]){_NAME}[ \t]*=[ \t]*')([^'\n]+)|"
                       rf"((?<![\w?&.-]){_NAME}[ \t]*=[ \t]*)(?![\"'])((?:\\.|[^\s\"'\\])+)")  # fmt: skip
_BEARER = re.compile(r"(?i)(\b(?:basic|bearer)(?:[ \t]|\\ )+)((?!realm\b)[a-z0-9._~+/=-]{4,})")
_HEADER_NAME = rf"(?:(?:proxy-)?authorization|(?:set-)?cookie|[\w-]{{0,99}}(?:auth|{_SECRET}|[_-]key)[\w-]{{0,99}})"
_LINES = tuple(
    re.compile(pattern, re.I | re.M)
    for pattern in (
        rf"(\bstats[ \t]+auth[ \t]+[^\s:\"']*:?[ \t]*)({_WORD})",
        rf"(\bstats[ \t]+auth[ \t]+(?=[\"']))({_WORD})",
        rf"((?<![\w-])insecure-password[ \t]+)({_WORD})",
        rf"((?<![\w-])user[ \t]+{_WORD}[ \t]+(?:groups[ \t]+{_WORD}[ \t]+)?password[ \t]+)({_WORD})",
        rf"(^[ \t]*[-+#]*[ \t]*password[ \t]+)({_WORD})",
        rf"(\b(?:cluster-secret|dynamic-cookie-key|default-key|ssl-passphrase)[ \t]+)({_WORD})",
        rf"(\b(?:(?:set|add|replace)-header|(?:proxy|grpc)_set_header|add_header)[ \t]+\"?{_HEADER_NAME}\"?[ \t]+)([^\n]+)",
        rf"(\bhdr[ \t]+\"?{_HEADER_NAME}\"?[ \t]+)({_WORD})",
        rf"(\bhdr\({_HEADER_NAME}\)(?:[ \t]+-[a-z]+(?:[ \t]+(?:str|beg|sub|end|reg))?)*[ \t]+)(?![-{{])([^\n]+)",
        r"((?:proxy-)?authorization:(?:[ \t]|\\ )*)([^\n]+)",
        rf"(\btcp-check[ \t]+send(?:-binary|-lf|-binary-lf)?[ \t]+)({_WORD})",
        rf"(\bset-var(?:-fmt)?(?:\([^)\s]*(?:{_SECRET}|auth|key)[^)\s]*\)|[ \t]+\S*(?:{_SECRET}|auth|key)\S*)[ \t]+)([^\n]+)",
        r"(\b(?:jwt_verify|hmac|aes_gcm_dec|aes_gcm_enc)\()([^\n]+?)(?=\)[ \t]*(?:[,\s]|$)|$)",
    )
)
# Envoy's: a secret in YAML or JSON, and a key that stands there whole. A star would begin an alias of YAML's.
_YAML = tuple(
    re.compile(pattern, re.I | re.M)
    for pattern in (
        rf"((?<![\w-])[\"']?{_NAME}[\"']?[ \t]*:[ \t]+[\"']?)([^\s\"'{{}}\[|>&*!#-][^\n\"',}}]*)",
        r"(\binline_(?:string|bytes)[\"']?[ \t]*:[ \t]*[\"']?)([^\s\"'|>][^\n\"',}]*)",
        r"(-----BEGIN [A-Z ]*PRIVATE KEY-----)([^-]+)(?=-----END)",
    )
)
_SETENV = re.compile(rf"((?<![\w-])(?:pre)?setenv[ \t]+(\S+)[ \t]+)({_WORD})", re.I | re.M)
_VARIABLE = re.compile(r"\$\{?([A-Za-z_]\w*)")
_SECRET_NAME = re.compile(rf"(?i)(?:{_SECRET}|auth|key)")
_SIMPLE_MASK: Callable[[str], str] = lambda _: MASK  # noqa: E731 - a default argument of the functions below


def without_userinfo(text: str, mask: Callable[[str], str] = _SIMPLE_MASK) -> str:
    """The text without passwords in URLs and connection strings: between `//user:` and the last `@` of the URL's word, in `?password=`
    and the like, and in `password=…`. A URL of http without a colon there holds a token and no user name."""
    text = _urls(text, mask)
    text = _IN_QUERY.sub(lambda m: m[1] + mask(m[2]), text)
    return _ASSIGNED.sub(lambda m: (m[1] or m[3] or m[5]) + mask(m[2] or m[4] or m[6]), text)


def without_secrets(text: str) -> str:
    """Lines of a configuration as they may be told: like `without_userinfo`, and without what HAProxy's own words hold, variables too."""
    return _masked(text, lambda _: MASK, ())


def masked_copy(text: str, needed: Collection[str] = ()) -> str:
    """The whole configuration with every byte of a secret as `*`: all spans stay where they are.

    `text` has bytes that are not UTF-8 as surrogates. Values of the variables `needed` (see `variables_needed`) stay, unless their
    names say that they are secret.
    """
    return _masked(text, lambda secret: "*" * _bytes(secret), needed)


def variables_needed(texts: Iterable[str]) -> frozenset[str]:
    """The variables that servers, listeners and settings are written with, so that a copy without them would say something else."""
    stars = (masked_copy(text) for text in texts)
    return frozenset(name for text in stars for name in _VARIABLE.findall(text) if not _SECRET_NAME.search(name))


def _masked(text: str, mask: Callable[[str], str], needed: Collection[str]) -> str:
    text = _SETENV.sub(lambda m: m[0] if m[2] in needed else m[1] + mask(m[3]), text)
    for pattern in _LINES:
        text = pattern.sub(lambda m: m[1] + mask(m[2]), text)
    for pattern in _YAML:
        text = pattern.sub(lambda m: m[1] + mask(m[2]).replace("*", "x"), text)
    text = _BEARER.sub(lambda m: m[1] + mask(m[2]), text)
    return without_userinfo(text, mask)


def _urls(text: str, mask: Callable[[str], str]) -> str:
    parts: list[str] = []
    place = 0
    for found in _SCHEME.finditer(text):
        begin = found.end()
        if begin < place:
            continue
        end = _end_of_url(text, found.start(), begin)
        at = text.rfind("@", begin, end)
        if at < 0 and not _HOST_AND_PORT.match(text, begin):
            # Neither a host with a port nor a user: a password with a blank or a quote in it, perhaps.
            at = text.rfind("@", begin, _end_of_line(text, begin))
        if at < 0:
            continue
        colon = text.find(":", begin, at)
        if colon < 0 and not found[0].lower().startswith("http"):
            continue
        secret = begin if colon < 0 else colon + 1
        if secret < at:
            parts += [text[place:secret], mask(text[secret:at])]
            place = at
    return "".join((*parts, text[place:]))


def _end_of_url(text: str, start: int, begin: int) -> int:
    line = _end_of_line(text, begin)
    quote = text[start - 1] if start and text[start - 1] in "\"'" else None
    if quote:
        end = text.find(quote, begin, line)
        while quote == '"' and end > 0 and text[end - 1] == "\\":
            end = text.find(quote, end + 1, line)
        return line if end < 0 else end
    blank = re.compile(r"\s").search(text, begin, line)
    return blank.start() if blank else line


def _end_of_line(text: str, begin: int) -> int:
    end = text.find("\n", begin)
    return len(text) if end < 0 else end


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))
