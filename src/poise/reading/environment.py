"""The variables that a HAProxy configuration is read with, without the secrets among them."""

import os
from collections.abc import Mapping

# As in poise.model.without_secrets, whose patterns take 11 ms to compile.
MASK = "***"
# By its last word a name says that its value is a secret, or by a word that ends in "key". Where a secret is used for an address
# (`AUTH_HOST`), the last word is another.
_SECRET = frozenset(
    [
        "pass",
        "password",
        "passwd",
        "passphrase",
        "pwd",
        "secret",
        "secrets",
        "token",
        "tokens",
        "credential",
        "credentials",
        "creds",
        "auth",
        "key",
    ]
)
_FOLDERS = ("PWD", "OLDPWD")


def environment() -> Mapping[str, str]:
    """The variables of this process. A configuration from a stranger may name any of them and have it told as a server's name, in a public
    log: the value of what is named like a secret is `***`."""
    return {name: MASK if _secret(name) else value for name, value in os.environ.items()}


def _secret(name: str) -> bool:
    last = name.rpartition("_")[2].strip().casefold()
    return (last in _SECRET or (last.endswith("key") and last.isalpha())) and name not in _FOLDERS
