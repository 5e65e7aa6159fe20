"""Which fields Envoy does not let a message leave out. Pure."""

from functools import cache

from poise.balancers.envoy.schema.constraints import unset
from poise.balancers.envoy.schema.table import Field, message


@cache
def missing(name: str) -> tuple[tuple[str, str], ...]:
    """The fields of this message that must be set, each with what to say where it is not."""
    found = message(name)
    return () if found is None else tuple((field.name, why) for field in found.own if (why := _why_missing(field)) is not None)


def _why_missing(field: Field) -> str | None:
    """Why Envoy refuses a message that leaves this field out, as a sentence; None where it does not."""
    if field.oneof is not None:
        return None
    if "required" in field.rules:
        return f"`{field.name}` is missing"
    if field.repeated or field.key is not None:
        least = field.rules.get("min_items", field.rules.get("min_pairs"))
        return None if least is None or "ignore_empty" in field.rules else f"`{field.name}` is missing: it needs at least {least}"
    if field.kind == "m" or field.optional:
        return None
    why = unset(field.rules, field.kind, field.type)
    return None if why is None else f"`{field.name}` is missing: it {why}"
