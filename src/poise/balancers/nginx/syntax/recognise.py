"""Tells nginx configurations from those of other products, by content."""

import re

from poise.balancers.nginx.syntax.dump import is_dump
from poise.model.regexp import regexp

_BLOCK = regexp(
    r"^[ \t]*(?:(?:http|events|stream|mail|types|server)[ \t\r\n]*\{|upstream[ \t]+[^\s{};]+[ \t\r\n]*\{|location[ \t]+[^{};\n]+\{"
    r"|(?:map|geo|split_clients)[ \t]+[^{};\n]*\$[^{};\n]*\{|match[ \t]+[^\s{};]+[ \t\r\n]*\{)",
    re.MULTILINE,
)
_DIRECTIVE = regexp(
    r"^[ \t]*(?:(?:proxy|fastcgi|grpc|uwsgi|scgi|ssl|gzip|limit_req|limit_conn)_\w+|worker_processes|worker_connections|listen|server_name"
    r"|gzip|add_header|log_format|access_log|error_log|load_module|include|set_real_ip_from|resolver|return|rewrite|root|user|pid|allow|deny"
    r"|expires|try_files|server)[ \t]+[^\n;{]*;",
    re.MULTILINE,
)
_COMMENT = regexp(r"^[ \t]*#[^\n]*", re.MULTILINE)
# The first line that says something.
_FIRST = regexp(r"^(?![ \t]*#)[^\n]*\S", re.MULTILINE)


def recognise(text: str) -> bool:
    """Whether this looks like nginx's language: also fragments without `http {}`, templates and the output of `nginx -T`.

    Not claimed: HAProxy's sections, whose lines end in no `;`, and YAML or JSON.
    """
    if is_dump(text):
        return True
    first = _FIRST.search(text)
    start = first.group().lstrip() if first else ""
    if not start or (start[0] in "{[" and not start.startswith(("{{", "{%"))):
        return False
    if _BLOCK.search(text) or _DIRECTIVE.search(text):
        return True
    # Between a block's name and its `{` comments may stand, of a large file a long look.
    return _BLOCK.search(_COMMENT.sub("", text)) is not None
