"""A component in the contract's words."""

from poise.model.listener_component import SUFFIX


def component_label(kind: str, name: str) -> str:
    """`pool web`, `server web/app1`; `listener web` for one that the stack calls `web listener`."""
    return f"{kind} {name.removesuffix(SUFFIX) if kind == 'listener' else name}"
