"""The template of a postmortem: what a team may change is the order, the headings and the words between; what the log says is filled in."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from poise.incidents.durations import words
from poise.incidents.markdown_text import safe
from poise.incidents.postmortem_tables import clock

# Each name in double braces is a section as poise writes it, ready Markdown. `incident` and `durations` hold the single facts
# (poise.model.incident, poise.incidents.durations): their texts are made safe for Markdown, instants and lengths written as elsewhere.
DEFAULT = """\
# Postmortem: {{ title }}

{{ head }}

## Summary

{{ summary }}

## Impact

{{ impact }}

## Times

{{ times }}

## Timeline (UTC)

{{ timeline }}

## Cause: what was at fault

{{ cause }}

## What was ruled out, and by which figures

{{ ruled_out }}

## Trigger

{{ trigger }}

## Contributing factors

{{ contributing }}

## Detection

{{ detection }}

## Resolution

{{ resolution }}

## What went well

{{ went_well }}

## What went wrong

{{ went_wrong }}

## Where we were lucky

{{ lucky }}

## What surprised us

{{ surprised }}

{% if others %}
## What others should know

{{ others }}

{% endif %}
## Hypotheses

{{ hypotheses }}

## Action items

{{ actions }}

## Supporting data

{{ supporting }}
"""


class WrongTemplateError(ValueError):
    """The template cannot be filled: the line, and why."""


class Piece(str):
    """Markdown of ours, which is not escaped again."""

    __slots__ = ()


def filled(template: str, sections: Mapping[str, Piece], facts: Mapping[str, Any]) -> str:
    """The template with the sections and facts in it, without doubled blank lines at its end. Raises WrongTemplateError.

    A template is a file that somebody may have got from elsewhere: it runs in a sandbox, where it reads what it is given and nothing else.
    """
    from jinja2 import StrictUndefined, TemplateError  # noqa: PLC0415 - 60 ms, only for those who write a postmortem
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415

    environment = ImmutableSandboxedEnvironment(
        autoescape=False, undefined=StrictUndefined, finalize=_finalized, trim_blocks=True, lstrip_blocks=True
    )
    try:
        return environment.from_string(template).render(**facts, **sections).rstrip("\n") + "\n"
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        known = f"; known are {', '.join(sections)}, {', '.join(facts)}" if "undefined" in str(error) else ""
        raise WrongTemplateError(f"{f'line {line}: ' if line else ''}{error}{known}") from error
    except (ArithmeticError, AttributeError, LookupError, OverflowError, TypeError, ValueError) as error:
        raise WrongTemplateError(f"{type(error).__name__}: {error}") from error


def _finalized(value: Any) -> Any:
    if isinstance(value, Piece):
        return value
    if value is None:
        return "not known"
    if isinstance(value, timedelta):
        return words(value)
    if isinstance(value, datetime):
        return f"{clock(value)} UTC"
    return safe(value if isinstance(value, str) else str(value))
