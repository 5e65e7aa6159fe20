"""The JSON Schemas of what poise prints and records, as they lie in the package: `poise schema NAME`."""

from importlib.resources import files

NAMES = (
    "audit",
    "predict",
    "diff",
    "diagnose",
    "fix",
    "incident",
    "incident-search",
    "demo",
    "drill",
    "recording",
    "alerts",
    "notification",
    "reviews",
    "history",
    "review",
)


def schema(name: str) -> str:
    """The schema's text; KeyError for a name that is not in NAMES."""
    if name not in NAMES:
        raise KeyError(name)
    return files("poise.report").joinpath("schemas", f"{name}.json").read_text(encoding="utf-8")
