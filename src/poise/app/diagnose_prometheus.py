"""`poise diagnose --prometheus`: what exporters told a Prometheus, judged and on request kept as a recording."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from poise.app.needs import read_needs
from poise.app.prometheus_source import asked, is_url, saved
from poise.app.write_recording import write_recording
from poise.diagnosis.engine import diagnose
from poise.diagnosis.several import Looked
from poise.exporters.imported import imported
from poise.exporters.metric import Labelled
from poise.model.could_not import CouldNot
from poise.model.without_secrets import without_userinfo
from poise.reading.read import Sources, read


@dataclass(frozen=True, slots=True)
class FromPrometheus:
    """What to take: URLs of Prometheus, or files with its answers. `configurations` say the algorithms and addresses that no exporter
    tells; `match` narrows (`job="edge"`); `record` is the folder to keep it in. A Prometheus is asked from `start` to `end`."""

    sources: Sequence[str]
    start: datetime | None
    end: datetime | None
    match: str = ""
    configurations: Sequence[str] = ()
    needs_path: str | None = None
    record: Path | None = None


def look(wanted: FromPrometheus) -> tuple[tuple[Looked, ...], tuple[CouldNot, ...], tuple[CouldNot, ...]]:
    """What was seen of each load balancer, what could not be read and is vital, and what else could not."""
    needs, vital = read_needs(wanted.needs_path, beside=wanted.configurations[0] if wanted.configurations else None)
    problems = list(vital)
    series: list[Labelled] = []
    for source in wanted.sources:
        if is_url(source):
            assert wanted.start is not None and wanted.end is not None
            answered = asked(source, wanted.start, wanted.end, wanted.match)
            if not answered.series and not answered.could_not:
                problems.append(CouldNot(without_userinfo(source), "has nothing of any exporter that poise knows in that time"))
        else:
            answered = saved(source)
        series += answered.series
        problems += answered.could_not
    reading = read(Sources(paths=tuple(wanted.configurations), together=True)) if wanted.configurations else None
    if reading is not None:
        problems += [c for c in reading.could_not if c.line is None]
    found = imported(series, needs, reading.topologies if reading is not None else (), wanted.start, wanted.end)
    looked = tuple(Looked(name, window, diagnose(window)) for name, window in found.windows.items())
    if wanted.record is not None:
        problems += write_recording(wanted.record, {each.name: each.window for each in looked}, wanted.configurations, wanted.needs_path)
    return looked, tuple(problems), found.could_not
