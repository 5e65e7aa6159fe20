"""The rules that are left out because nothing speaks of what they are about would have found nothing, and count as asked all the same."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from tests.audit.examination import HERE, PRODUCTS, cases, good_files

from poise.app import audit as judging
from poise.app.acceptances import declared
from poise.app.audit import AuditOptions, audit, chosen, speaking, texts_of
from poise.model.needs import Needs
from poise.reading.installed import Installed
from poise.reading.judged_by import JudgedBy
from poise.reading.read import Reading, Sources, read
from poise.rules import RULES
from poise.rules.engine import judge
from poise.rules.mentioned import mentioned

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 1, 1)
SMALL = "defaults\n    mode http\nbackend web\n    server a 10.0.0.1:80 check\n    server b 10.0.0.2:80 check\n"


@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Installed, "ask", lambda self, product: None)
    monkeypatch.setattr(Installed, "version", lambda self, product: None)


def wrongly_left_out(reading: Reading, needs: Needs) -> tuple[set[str], int]:
    """Rules that were left out although they find something, and how many were left out."""
    asked = chosen(AuditOptions(), {topology.product for topology in reading.topologies})
    kept = {rule.name for rule in speaking(asked, reading, None, texts_of(reading, ()), needs)}
    left = [entry.rule() for entry in asked if entry.name not in kept]
    # Each is asked alone: what poise.toml accepts was found as well.
    found = judge(reading.topologies, needs, left, None)
    return {f.rule for f in (*found.findings, *(f for f, _ in found.accepted))}, len(left)


def of_the_examination() -> Iterator[tuple[Path, str | None]]:
    for root in (HERE, HERE / "second", HERE / "third"):
        for case in cases(root / "cases"):
            yield from ((case.file(which), case.needs(which)) for which in ("bad", "good"))
        yield from ((path, None) for _, path in good_files(root / "good"))


def test_nothing_is_lost_in_the_examination() -> None:
    _hold(of_the_examination())


@pytest.mark.parametrize("product", PRODUCTS)
def test_nothing_is_lost_in_what_was_kept_of_fuzzing(product: str) -> None:
    _hold((path, None) for path in sorted((ROOT / "tests/fuzz/corpus" / product).iterdir()))


@pytest.mark.parametrize("product", PRODUCTS)
def test_nothing_is_lost_in_the_pages_examples(product: str, tmp_path: Path) -> None:
    paths: list[tuple[Path, str | None]] = []
    for rule in RULES.of((product,)):
        for title in ("Bad", "Good"):
            needs = next(iter(rule.examples(title, "toml")), None)
            for number, text in enumerate(rule.examples(title, product)):
                file = tmp_path / f"{rule.name}-{title}-{number}"
                file.write_text(text)
                toml = tmp_path / f"{file.name}.toml" if needs else None
                if toml and needs:
                    toml.write_text(needs)
                paths.append((file, str(toml) if toml else None))
    _hold(paths)


def _hold(files: Iterator[tuple[Path, str | None]] | list[tuple[Path, str | None]]) -> None:
    lost: dict[str, set[str]] = {}
    looked_at, out = 0, 0
    for path, toml in files:
        needs, _ = declared(toml, None if toml else str(path))
        wrong, left = wrongly_left_out(read(Sources((str(path),)), environment={}, by=JudgedBy()), needs)
        looked_at, out = looked_at + 1, out + left
        if wrong:
            lost[str(path)] = wrong
    assert lost == {}
    assert looked_at > 20
    assert out > looked_at


def test_a_rule_that_is_left_out_counts_as_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.cfg"
    file.write_text(SMALL)
    (tmp_path / "poise.toml").write_text('[accept.cookie-duplicate]\npool = "web"\nby = "D"\nbecause = "x"\nuntil = 2026-06-01\n')
    kept: list[str] = []
    real = judge
    monkeypatch.setattr(judging, "judge", lambda *given: kept.extend(rule.name for rule in given[2]) or real(*given))
    found = audit(Sources((str(file),)), AuditOptions(), TODAY)
    assert "server-without-check" in kept
    assert "cookie-duplicate" not in kept
    # The acceptance is idle, which nobody could say of a rule that was not asked.
    assert [f.message for f in found.findings if f.location.file.endswith("poise.toml")] == [
        "the acceptance of cookie-duplicate for web accepts nothing"
    ]
    # And a selection of it is no selection of nothing.
    alone = audit(Sources((str(file),)), AuditOptions(select=("cookie-duplicate",)), TODAY)
    assert not any("no rule was asked" in remark.text for remark in alone.remarks)


@pytest.mark.parametrize(
    ("product", "text", "sure"),
    [
        ("haproxy", SMALL, True),
        ("haproxy", SMALL + '    server c 10.0.0.3:80 coo"kie" c\n', False),
        ("haproxy", SMALL + "    server c 10.0.0.3:80 coo\\kie c\n", False),
        ("haproxy", SMALL + '    server c 10.0.0.3:80 "${OPTIONS[*]}"\n', False),
        ("haproxy", SMALL + "    server c 10.0.0.3:80 'cookie' c\n", True),
        ("nginx", "upstream web { server a; } # \\ $x", True),
        ("envoy", "static_resources: {}", True),
        ("envoy", '{"health\\u005fchecks": []}', False),
        ("envoy", "!!binary aGFzaA==: 1", False),
        ("haproxy", "", False),
        ("haproxy", "#" * 300_000, False),
        ("haproxy", SMALL * 10_000, True),
    ],
)
def test_where_a_word_may_be_spelled_otherwise_every_rule_is_asked(product: str, text: str, sure: bool) -> None:
    said = mentioned({"a": text}, ("a",), (product,), needs=False)
    assert (said is not None) is sure
    assert mentioned({"a": text}, ("a", "b"), (product,), needs=False) is None


def test_envoys_other_spelling_counts() -> None:
    said = mentioned({"a": "healthChecks: []"}, ("a",), ("envoy",), needs=False)
    entry = next(entry for entry in RULES.entries if entry.name == "check-other-protocol")
    assert said is not None
    assert not entry.speaks(said, ("envoy",))
    assert entry.speaks(said + "httphealthcheck", ("envoy",))


def test_words_of_one_product_say_nothing_of_another() -> None:
    entry = next(entry for entry in RULES.entries if entry.name == "retry-amplification")
    # nginx tries again by default.
    assert entry.speaks("", ("nginx",))
    assert not entry.speaks("", ("haproxy", "envoy"))
