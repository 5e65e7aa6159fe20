"""poise for other programs: forecasts, findings and diffs of configurations that are handed over as text."""

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any

from poise.app import audit as audits
from poise.app.acceptances import Declared
from poise.model.audit import Audit
from poise.model.forecast import ConfigurationDiff, Forecast
from poise.model.needs import Audited, Needs, Objectives, PoolNeeds
from poise.reading.files import Given, Text
from poise.reading.products import PRODUCTS
from poise.reading.read import Sources

NeedsGiven = Mapping[str, Any] | Needs | str | os.PathLike[str] | None
Path = str | os.PathLike[str] | None


def predict(
    text: str,
    needs: NeedsGiven = None,
    *,
    product: str | None = None,
    target: str | None = None,
    keys: Sequence[str] | None = None,
    requests: int = 1500,
    path: Path = None,
) -> Forecast:
    """The share of the traffic that each server will get, and what reaches each pool.

    `needs` is what the application needs of its pools: a mapping as a poise.toml holds it (`{"pool": {"web": {"survive": 1}}}`), a `Needs`,
    the path of a poise.toml, or None for none. `product` is haproxy, nginx or envoy, None to tell it by the text; `target` the product's
    version (`2.8`), else the one that poise assumes: nothing that is installed is asked. `keys` are what clients send to pools that hash,
    one entry a request: shares are over them then. `requests` is the size of the measurement that each share's `error` is for. `path` is
    where the text stands, for the files that it includes; without it no file is read.

    In the `Forecast` shares and utilisation are ratios 0–1. What could not be read is in `could_not` and raises nothing. Raises TypeError
    for an argument of the wrong kind, ValueError for one that makes no sense; the sentence says which.
    """
    given = _sources(text, product, target, path, "<text>")
    if not _is_number(requests) or requests < 1:
        raise (ValueError if _is_number(requests) else TypeError)("requests must be a whole number of 1 or more")
    if keys is not None:
        _strings(keys, "keys")
        if not keys:
            raise ValueError("keys holds no key: give those that clients send, or None")
    from poise.app.predict import predict as forecast  # noqa: PLC0415 - who only audits does not wait for it

    return forecast(given, _declared(needs), requests, keys, "keys")


def audit(
    text: str,
    needs: NeedsGiven = None,
    *,
    product: str | None = None,
    target: str | None = None,
    path: Path = None,
    select: Collection[str] = (),
    ignore: Collection[str] = (),
    today: date | None = None,
) -> Audit:
    """What is misconfigured. `findings` come in the order in which they stand in the text.

    `select` and `ignore` hold names of rules and of themes, `select` empty means every rule; `today` is the day on which acceptances in the
    needs count, by default the current one (UTC). Everything else is as for `predict`.
    """
    given = _sources(text, product, target, path, "<text>")
    for names, name in ((select, "select"), (ignore, "ignore")):
        _strings(names, name)
        _known(names, name)
    options = audits.AuditOptions(_declared(needs), frozenset(select), frozenset(ignore))
    return audits.audit(given, options, _day(today))


def diff(
    old_text: str,
    new_text: str,
    needs: NeedsGiven = None,
    *,
    product: str | None = None,
    target: str | None = None,
    old_target: str | None = None,
    path: Path = None,
    today: date | None = None,
) -> ConfigurationDiff:
    """What a change does: the traffic that moves, the needs that it breaks, the findings that it brings and removes.

    `share_moved` is a ratio 0–1 of a pool's traffic. `path` is where both texts stand, one after the other; `old_target` the version that
    the old one ran on, where that was another. Everything else is as for `predict` and `audit`.
    """
    before = _sources(old_text, product, old_target if old_target is not None else target, path, "<old>", "old_text")
    after = _sources(new_text, product, target, path, "<new>", "new_text")
    from poise.app.diff import compared  # noqa: PLC0415 - as above

    return compared(before, after, _declared(needs), _day(today))


def _sources(text: str, product: str | None, target: str | None, path: Path, name: str, argument: str = "text") -> Sources:
    if not isinstance(text, str):
        raise TypeError(f"{argument} must be a str with the configuration itself, not {type(text).__name__}")
    if product is not None and product not in PRODUCTS:
        raise ValueError(f"product must be one of {', '.join(PRODUCTS)}, or None to tell it by the text; not {product!r}")
    if target is not None and not isinstance(target, str):
        raise TypeError(f'target must be a str such as "2.8", not {type(target).__name__}')
    if target is not None and not _is_version(target):
        raise ValueError(f'target must be a version such as "2.8", not {target!r}')
    targets = {} if target is None else dict.fromkeys(PRODUCTS if product is None else (product,), target)
    where = name if path is None else os.fspath(path)
    if not isinstance(where, str):
        raise TypeError("path must be a str or a path of text, not bytes")
    return Sources(targets=targets, given=Given(Text(where, text), product, on_disk=path is not None))


def _is_version(target: str) -> bool:
    numbers = target.split(".")
    return 1 < len(numbers) < 5 and all(n.isascii() and n.isdigit() and len(n) < 7 for n in numbers)


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _day(today: date | None) -> date:
    if today is not None and not isinstance(today, date):
        raise TypeError(f"today must be a date, not {type(today).__name__}")
    return datetime.now(UTC).date() if today is None else today


def _strings(given: Collection[str], name: str) -> None:
    if isinstance(given, str) or not isinstance(given, Collection) or not all(isinstance(each, str) for each in given):
        raise TypeError(f"{name} must be a list of str")


def _known(names: Collection[str], argument: str) -> None:
    from poise.rules import RULES  # noqa: PLC0415 - as above
    from poise.rules.ignore import RULE_NAME  # noqa: PLC0415

    unknown = [name for name in names if name not in RULES.names and name not in RULES.themes and name != RULE_NAME]
    if unknown:
        raise ValueError(f"{argument} names {unknown[0]!r}, which is neither a rule nor a theme")


def _declared(needs: NeedsGiven) -> Declared:
    """The needs as the commands take them. Nobody is asked for a poise.toml beside a text."""
    if needs is None:
        return Declared(Needs())
    from poise.app.needs import read_needs, structured_needs  # noqa: PLC0415 - only who declares needs waits for it

    if isinstance(needs, Needs):
        _, wrong = structured_needs({"pool": {name: _said(pool) for name, pool in needs.pool.items()}}, "needs")
        if wrong:
            raise ValueError(f"needs: {'; '.join(each.reason for each in wrong)}")
        return Declared(needs)
    if isinstance(needs, Mapping):
        made, wrong = structured_needs(needs, "needs")
        if wrong:
            raise ValueError(f"needs: {'; '.join(each.reason for each in wrong)}")
        # Which files to leave out is a word to commands that walk through folders.
        return Declared(Needs(made.pool, made.accept, made.watch, Audited()), file="needs")
    if not isinstance(needs, str | os.PathLike):
        raise TypeError(f"needs must be a mapping, a Needs, the path of a poise.toml or None, not {type(needs).__name__}")
    made, unread = read_needs(os.fspath(needs))
    return Declared(Needs(made.pool, made.accept, made.watch, Audited()), unread, os.fspath(needs))


def _said(needs: PoolNeeds | Objectives) -> Mapping[str, Any]:
    """What is declared, as a poise.toml would hold it: whoever makes the object says 0 and NaN as easily as whoever writes the file."""
    told = {each.name: value for each in fields(needs) if (value := getattr(needs, each.name)) is not None}
    return {name: _said(value) if isinstance(value, Objectives) else value for name, value in told.items()}
