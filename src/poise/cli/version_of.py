"""What `--target` names."""

import click


def version_of(target: str | None) -> str | None:
    """The version of `haproxy=2.6`."""
    if target is None:
        return None
    product, _, version = target.partition("=")
    if product != "haproxy" or not version.replace(".", "").isdigit():
        raise click.BadParameter(f"{target!r} is not PRODUCT=VERSION of a product that poise knows; try haproxy=2.6", param_hint="--target")
    return version
