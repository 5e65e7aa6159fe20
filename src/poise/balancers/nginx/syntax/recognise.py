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


def recognise(text: str) -> bool:
    """Whether this looks like nginx's language: also fragments without `http {}`, templates and the output of `nginx -T`.

    Not claimed: HAProxy's sections, whose lines end in no `;`, and YAML or JSON.
    """
    if is_dump(text):
        return True
    bare = _COMMENT.sub("", text)
    start = bare.lstrip()
    if not start or (start[0] in "{[" and not start.startswith(("{{", "{%"))):
        return False
    return bool(_BLOCK.search(bare) or _DIRECTIVE.search(bare))
