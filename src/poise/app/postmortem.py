"""The postmortem of an incident by the template of a team, as Markdown or as a page, and what the reviewer says of it."""

from pathlib import Path
from typing import Literal

from poise.app.incident import IncidentError, Material
from poise.incidents.postmortem import markdown
from poise.incidents.postmortem_template import DEFAULT, WrongTemplateError
from poise.model.incident import Incident
from poise.reading.files import read_bytes

PostmortemForm = Literal["markdown", "html"]


def template_text(path: Path | None) -> str:
    """The template in that file, else poise's own. Raises IncidentError."""
    if path is None:
        return DEFAULT
    content = read_bytes(str(path))
    if not isinstance(content, bytes):
        raise IncidentError(f"could not read the template {path}: {content.reason}")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise IncidentError(f"could not read the template {path}: byte {error.start} is no UTF-8; save it as UTF-8") from error


def postmortem(incident: Incident, form: PostmortemForm, given: Material, template: Path | None = None) -> str:
    """The draft. Raises IncidentError where the template cannot be filled."""
    try:
        text = markdown(incident, given.window, given.diagnosis, given.plan, template=template_text(template))
    except WrongTemplateError as error:
        raise IncidentError(
            f"could not fill the template {template}: {error}; `poise incident template` prints one that is right"
        ) from error
    if form == "markdown":
        return text
    from poise.report.postmortem_page import postmortem_page  # noqa: PLC0415

    return postmortem_page(text, incident.title or "without a title")


def judged(text: str) -> tuple[int, int, int]:
    """How many errors, warnings and remarks `poise review` has of it."""
    from poise.review.review import review  # noqa: PLC0415

    found = [finding.severity for each in review(text) for finding in each.findings]
    return found.count("error"), found.count("warning"), found.count("info")
