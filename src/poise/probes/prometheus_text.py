"""A small reader of Prometheus' text format: name, labels and value of each sample; comments and time stamps are passed over."""

import re
from collections.abc import Iterator, Mapping
from math import isfinite

LINE = re.compile(r"^([A-Za-z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?\s*$")
LABEL = re.compile(r'([A-Za-z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"')


def samples(text: str) -> Iterator[tuple[str, Mapping[str, str], float]]:
    """Yield (name, labels, value). Lines that are not samples are left out; the format is that of Prometheus' exposition_formats.md."""
    for line in text.splitlines():
        found = LINE.match(line)
        if found is None or line.startswith("#"):
            continue
        try:
            value = float(found[3])
        except ValueError:
            continue
        if isfinite(value):  # NaN means not measured (a summary without observations)
            yield found[1], dict(LABEL.findall(found[2] or "")), value


def totals(text: str) -> Mapping[str, float]:
    """Value by name, summed over labels."""
    sums: dict[str, float] = {}
    for name, _, value in samples(text):
        sums[name] = sums.get(name, 0.0) + value
    return sums
