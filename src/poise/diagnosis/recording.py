"""A recording's texts become the window that was watched. Pure: who reads the files is the app layer."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import repeat
from math import isfinite
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from poise.balancers.envoy import syntax as envoy
from poise.balancers.envoy.document import Document as EnvoyDocument
from poise.balancers.envoy.lower import lower as envoy_lower
from poise.balancers.haproxy import syntax as haproxy
from poise.balancers.haproxy.lower import lower as haproxy_lower
from poise.balancers.haproxy.together import parse_together
from poise.balancers.nginx import syntax as nginx
from poise.balancers.nginx.assemble import assemble
from poise.balancers.nginx.lower import lower as nginx_lower
from poise.model.could_not import CouldNot
from poise.model.needs import Needs
from poise.model.recorded_metric import from_recording
from poise.model.sample import Component, ComponentKind, Event, Series, Stack, Window
from poise.model.topology import Topology

KINDS: Mapping[str, ComponentKind] = {kind: kind for kind in get_args(ComponentKind)}
MANIFEST, SAMPLES, EVENTS = "recording.json", "samples.csv", "events.jsonl"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A file that is wrong throughout need not be told line by line.
MOST_TOLD = 5
# Lines that are split together: little memory, and a line that is written otherwise slows few others.
AT_ONCE = 4096


def read(files: Mapping[str, str], needs: Needs | None = None, samples: Mapping[tuple[str, str], Series] | None = None) -> Window:
    """The window of a recording (version 1). `files` by name: recording.json, samples.csv, events.jsonl and the configurations it names.
    `samples` by (component, metric), where they did not come as CSV.

    Never raises for what stands in the files: what is missing or malformed is in the window's `could_not`.
    """
    could_not: list[CouldNot] = []
    manifest = _manifest(files, could_not)
    series = _series(files.get(SAMPLES), could_not) if samples is None else _named(samples)
    events = tuple(sorted(_events(files.get(EVENTS, ""), could_not), key=lambda e: e.at))
    # The middle of the series' ends: the clock of one source may be ahead.
    ends = sorted(float(s.seconds[-1]) for s in series.values())
    latest = ends[len(ends) // 2] if ends else 0.0
    # A recorder that was killed has written samples beyond the end that it told last.
    end = max(_instant(manifest.get("to")) or EPOCH, datetime.fromtimestamp(latest, UTC))
    topologies = tuple(_topologies(manifest, files, could_not))
    return Window(_stack(manifest, could_not), end, series, events, topologies, needs or Needs(), tuple(could_not))


def configurations(files: Mapping[str, str]) -> tuple[str, ...]:
    """The names of the configurations that recording.json names. Only plain names: a recording reads nothing outside its folder."""
    names = map(str, _list(_manifest(files, []).get("configs")))
    return tuple(name for name in names if "/" not in name and "\0" not in name and name not in ("", ".", ".."))


def _manifest(files: Mapping[str, str], could_not: list[CouldNot]) -> Mapping[str, Any]:
    try:
        manifest = json.loads(files[MANIFEST])
    except KeyError:
        could_not.append(
            CouldNot(MANIFEST, "is missing: without it the parts of the stack are not known; record with `poise watch --record`")
        )
        return {}
    except ValueError as error:
        could_not.append(CouldNot(MANIFEST, f"is no JSON: {error}"))
        return {}
    if not isinstance(manifest, dict):
        could_not.append(CouldNot(MANIFEST, 'is no object; it should begin with {"version": 1, …'))
        return {}
    if manifest.get("version") != 1:
        could_not.append(CouldNot(MANIFEST, f"has version {manifest.get('version')!r}; only version 1 is known, it is read as that"))
    return manifest


def _stack(manifest: Mapping[str, Any], could_not: list[CouldNot]) -> Stack:
    components, edges = [], []
    for entry in _list(manifest.get("components")):
        kind, name = (entry.get("kind"), entry.get("name")) if isinstance(entry, dict) else (None, None)
        if isinstance(kind, str) and kind in KINDS and isinstance(name, str):
            address = entry.get("address")
            components.append(Component(name, KINDS[kind], address if isinstance(address, str) else None))
        else:
            could_not.append(CouldNot(MANIFEST, f"component {entry!r} is not understood: it needs a name and a kind of the contract"))
    for edge in _list(manifest.get("edges")):
        if isinstance(edge, list) and len(edge) == 2 and all(isinstance(end, str) for end in edge):
            edges.append((edge[0], edge[1]))
        else:
            could_not.append(CouldNot(MANIFEST, f"edge {edge!r} is not understood: it should be [from, to]"))
    return Stack(tuple(components), tuple(edges))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _instant(text: object) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _series(text: str | None, could_not: list[CouldNot]) -> Mapping[tuple[str, str], Series]:
    if text is None:
        could_not.append(CouldNot(SAMPLES, "is missing: there is nothing to judge; there is no samples.parquet either"))
        return {}
    instants, numbers = _Instants(), _Numbers()
    tables: list[NDArray[np.float64]] = []
    wrong: list[int] = []
    lines = text.splitlines()
    heading = int(bool(lines) and lines[0].partition(",")[0] == "time")
    for first in range(heading, len(lines), AT_ONCE):
        part = lines[first : first + AT_ONCE]
        read = _plain(part, instants, numbers)
        if read is None:
            slowly = list(_one_by_one(part, instants, numbers, wrong, first + 1))
            read = np.array(slowly, dtype=np.float64).reshape(-1, 3)
        tables.append(read)
    if wrong:
        told = ", ".join(str(n) for n in wrong[:MOST_TOLD])
        could_not.append(CouldNot(SAMPLES, f"{len(wrong)} lines are no `time,component,metric,value` (lines {told})", wrong[0]))
    return _named(_split(np.concatenate(tables), numbers)) if tables else {}


def _split(table: NDArray[np.float64], numbers: Mapping[tuple[str, str], int]) -> Mapping[tuple[str, str], Series]:
    """Rows of (number of the series, seconds, value) as series, in the order of their instants, else of their lines."""
    ordered = table[np.lexsort((table[:, 1], table[:, 0]))]
    edges = [0, *np.searchsorted(ordered[:, 0], np.arange(len(numbers)), side="right").tolist()]
    seconds, values = ordered[:, 1].copy(), ordered[:, 2].copy()
    return {key: Series(seconds[a:b], values[a:b]) for key, a, b in zip(numbers, edges[:-1], edges[1:], strict=True)}


class _Numbers(dict[tuple[str, str], int]):
    """A number for each (component, metric), in the order of their first lines."""

    def __missing__(self, key: tuple[str, str]) -> int:
        self[key] = found = len(self)
        return found


class _Instants(dict[str, float | None]):
    """Epoch seconds by how they are written; many lines share an instant."""

    def __missing__(self, stamp: str) -> float | None:
        at = _instant(stamp)
        self[stamp] = found = None if at is None else (at - EPOCH).total_seconds()
        return found


def _plain(lines: Sequence[str], instants: _Instants, numbers: _Numbers) -> NDArray[np.float64] | None:
    """(number of the series, seconds, value) of lines as `poise watch` writes them, split all at once; None where any is another."""
    whole = ",".join(lines)
    if '"' in whole or set(map(str.count, lines, repeat(","))) != {3}:
        return None
    fields = whole.split(",")
    seconds = list(map(instants.__getitem__, fields[0::4]))
    try:
        values = np.array(list(map(float, fields[3::4])))
    except ValueError:
        return None
    if None in seconds or not np.isfinite(values).all():
        return None
    keys = list(map(numbers.__getitem__, zip(fields[1::4], fields[2::4], strict=True)))
    return np.column_stack((keys, np.array(seconds, dtype=np.float64), values))


def _one_by_one(
    lines: Sequence[str], instants: _Instants, numbers: _Numbers, wrong: list[int], first: int
) -> Iterator[tuple[float, float, float]]:
    """The same of any lines, the first of them line number `first`; lines that say nothing are added to `wrong`."""
    for number, line in enumerate(lines, start=first):
        fields = next(csv.reader([line]), []) if '"' in line else line.split(",")
        seconds, value = (instants[fields[0]], _number(fields[3])) if len(fields) == 4 else (None, None)
        if seconds is not None and value is not None:
            yield numbers[fields[1], fields[2]], seconds, value
        elif len(fields) == 4 or line.strip():
            wrong.append(number)


def _named(samples: Mapping[tuple[str, str], Series]) -> Mapping[tuple[str, str], Series]:
    """The same under the names and in the units that poise has for them."""
    found: dict[tuple[str, str], Series] = {}
    for (component, written), series in samples.items():
        metric, times = from_recording(written)
        found[component, metric] = series if times == 1.0 else Series(series.seconds, series.values * times)
    return found


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if isfinite(value) else None


def _events(text: str, could_not: list[CouldNot]) -> Iterator[Event]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            at, kind = _instant(entry["at"]), entry["kind"]
            if at is None or kind not in ("change", "alert", "note"):
                raise ValueError("at or kind")
            component = entry.get("component")
            yield Event(at, kind, str(entry.get("text", "")), component if isinstance(component, str) and component else None)
        except (ValueError, KeyError, TypeError, AttributeError):
            could_not.append(CouldNot(EVENTS, "the line is no event: it needs at (RFC 3339), kind (change, alert, note) and text", number))


def _topologies(manifest: Mapping[str, Any], files: Mapping[str, str], could_not: list[CouldNot]) -> Iterator[Topology]:
    """One topology of all configurations, as they were watched: HAProxy's in the order of `haproxy -f a -f b`, nginx's main file (or what
    `nginx -T` shows), Envoy's bootstrap with the files that it names."""
    texts: list[tuple[str, str]] = []
    for name in map(str, _list(manifest.get("configs"))):
        text = files.get(name)
        if text is None:
            could_not.append(CouldNot(name, "the recording names this configuration and does not hold it"))
        else:
            texts.append((name, text))
    for product, readable in (("nginx", nginx.recognise), ("envoy", envoy.recognise), ("haproxy", haproxy.recognise)):
        mine = [(name, text) for name, text in texts if readable(text)]
        texts = [each for each in texts if each not in mine]
        if mine:
            yield _lowered(product, mine)
    could_not += [CouldNot(name, "is no configuration that poise knows: it is not compared with what was measured") for name, _ in texts]


def _lowered(product: str, texts: Sequence[tuple[str, str]]) -> Topology:
    if product == "haproxy":
        return haproxy_lower(parse_together(texts))
    if product == "nginx":
        return nginx_lower(assemble(*texts[0], lambda pattern, _: f"`include {pattern}` is not in the recording"))
    documents = [envoy.parse(text, name) for name, text in texts]
    others = {document.file: document for document in documents[1:]}

    def find(path: str, _: str) -> EnvoyDocument | CouldNot:
        return others.get(path.rpartition("/")[2]) or CouldNot(path, "is not in the recording")

    return envoy_lower(documents[:1], find)
