"""Where fuzzing begins: the configurations of the tests, the examples of the rules' pages, and generated ones."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from random import Random

from tests.fuzz.generated import generated

from poise.rules import RULES

TESTS = Path(__file__).parents[1]
_CORPORA = {
    "haproxy": ("balancers/haproxy/corpus/*", "lab/**/*.cfg"),
    "nginx": ("balancers/nginx/corpus/*", "balancers/nginx/**/*.conf"),
    "envoy": ("balancers/envoy/corpus/*", "balancers/envoy/**/*.yaml", "balancers/envoy/**/*.json"),
}
GENERATED = 300
# How many large ones there are, for executions of larger inputs.
LARGE = 20


def seeds(product: str, large: bool) -> Iterator[tuple[str, bytes]]:
    """Names and contents, each content once. `large`: a few of some ten thousand bytes, instead of many small ones."""
    seen: set[str] = set()
    for data in _large(product) if large else _contents(product):
        name = hashlib.sha1(data, usedforsecurity=False).hexdigest()
        if name not in seen:
            seen.add(name)
            yield name, data


def _large(product: str) -> Iterator[bytes]:
    for number in range(LARGE):
        yield generated(product, Random(number), 12)


def _contents(product: str) -> Iterator[bytes]:
    for pattern in _CORPORA[product]:
        yield from (file.read_bytes() for file in sorted(TESTS.glob(pattern)) if file.is_file())
    for rule in RULES.of((product,)):
        for title in ("Bad", "Good"):
            yield from (text.encode() for text in rule.examples(title, product))
    for number in range(GENERATED):
        yield generated(product, Random(number))
