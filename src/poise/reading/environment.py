"""The variables that a HAProxy configuration is read with, without the secrets among them."""

import os
import re
from collections.abc import Mapping

# As in poise.model.without_secrets, whose patterns take 11 ms to compile.
MASK = "***"
# By its last word a name says that its value is a secret. Where a secret is used for an address (`AUTH_HOST`), the last word is another.
_SECRET = re.compile(r"(?:^|_)(?:PASS(?:WORD|WD|PHRASE)?|PWD|SECRETS?|TOKENS?|CREDENTIALS?|CREDS|AUTH|[A-Z]*KEY)$", re.IGNORECASE)
_FOLDERS = ("PWD", "OLDPWD")


def environment() -> Mapping[str, str]:
    """The variables of this process. A configuration from a stranger may name any of them and have it told as a server's name, in a public
    log: the value of what is named like a secret is `***`."""
    return {name: MASK if name not in _FOLDERS and _SECRET.search(name) else value for name, value in os.environ.items()}
