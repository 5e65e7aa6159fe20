"""Who runs poise: the name that an incident's log keeps."""

import getpass


def account() -> str:
    """The account's name; a container may run under a number without a passwd entry, which is no reason to fail."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return "unknown account"
