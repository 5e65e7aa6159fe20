"""What to write in place of a name that no rule bears. Pure."""

from poise.rules import RULES

RULE_LIST = "`poise explain` lists the rules"


def meant(name: str, themes: bool = False) -> str:
    """The end of a sentence about a name that is no rule's; with `themes` those are names as well."""
    from difflib import get_close_matches  # noqa: PLC0415 - only who made a mistake waits for it

    folded = name.lower().replace("_", "-")
    if not themes and folded in RULES.themes:
        rules = [entry.name for entry in RULES.entries if entry.theme == folded]
        return f"{name} is a theme: name its rules one by one ({', '.join(rules[:4])}{' …' if len(rules) > 4 else ''})"
    near = get_close_matches(folded, [*RULES.names, *(RULES.themes if themes else ())], 1, 0.75)
    return f"did you mean `{near[0]}`?" if near else RULE_LIST
