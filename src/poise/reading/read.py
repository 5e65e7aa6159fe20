"""Reads configurations of any mix of products into topologies."""

import os
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import field, replace
from importlib import import_module

from poise.model.could_not import CouldNot
from poise.model.light import dataclass
from poise.model.regexp import regexp
from poise.model.remark import Remark
from poise.model.topology import Topology
from poise.reading.environment import environment as own_environment
from poise.reading.files import Given, Text, identity, is_folder
from poise.reading.gather import Found, add_file, add_folder, add_given, all_of, exclusion_of
from poise.reading.installed import Installed
from poise.reading.judged_by import JudgedBy
from poise.reading.products import PRODUCTS, TITLES
from poise.rules.version import beyond


@dataclass(frozen=True, slots=True)
class Sources:
    """What a command was asked to read. `paths` are files and folders, each by itself; `in_order` are files (`-f`) that are one
    configuration together, and with `together` so are all of `paths`. `targets` names a version by product, `2.6` for haproxy. `exclude`
    are patterns, as in a .gitignore, of files to leave out; what a configuration includes is read all the same. `here` is set where the
    files are copies (of a commit): the folder in it that stands for the one at hand. `given` is a configuration that no path names.
    `tell` hears what is done now, for who waits."""

    paths: Sequence[str] = ()
    in_order: Sequence[str] = ()
    together: bool = False
    targets: Mapping[str, str] = field(default_factory=dict)
    exclude: Sequence[str] = ()
    here: str | None = None
    given: Given | None = None
    tell: Callable[[str], None] | None = field(default=None, compare=False)

    @property
    def first(self) -> str | None:
        """The path beside which a poise.toml is looked for."""
        return next(iter((*self.in_order, *self.paths)), None)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read. `texts` are those of the files that were named or found, and those that a dump of `nginx -T` shows, by the name they
    are reported with. `excluded` are the files that were left out, `idle` the patterns that left none out. Not `on_disk`: names are
    no paths, and nothing is to be read again."""

    topologies: tuple[Topology, ...]
    could_not: tuple[CouldNot, ...]
    texts: Mapping[str, str]
    excluded: tuple[str, ...] = ()
    idle: tuple[str, ...] = ()
    on_disk: bool = True

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """What to know of how it was read."""
        borrowing = [Remark(topology.file, _borrowing(topology.borrowed)) for topology in self.topologies if topology.borrowed]
        named = {t.product: t for t in reversed(self.topologies) if t.target is not None}
        told = [(t.file, TITLES[product], beyond(product, t.target or "")) for product, t in named.items()]
        return (*borrowing, *(Remark(file, f"it is judged for {title} {said}") for file, title, said in told if said))

    @property
    def parts(self) -> tuple[Remark, ...]:
        """Which of them look like parts of a whole, for whoever judges what is missing in them."""
        return tuple(Remark(topology.file, _PART) for topology in self.topologies if _part(topology, self.texts))


_PART = (
    "it has neither a `global` nor a `defaults` section, so what these say is missing here. If HAProxy reads it together with other files, "
    "give poise all of them in the same order: `-f A -f B`"
)
_SHARED = regexp(r"^[ \t]*(?:global|defaults)\b", re.MULTILINE)


def _part(topology: Topology, texts: Mapping[str, str]) -> bool:
    """Whether it looks like one of several files that HAProxy reads as one: what stands in the others is told to be missing."""
    if topology.product != "haproxy" or any(_SHARED.search(texts.get(file, "")) for file in topology.files or (topology.file,)):
        return False
    lacking = any(listener.binds and listener.timeouts.client is None for listener in topology.listeners)
    return lacking or any(pool.servers and pool.timeouts.server is None for pool in topology.pools)


def _borrowing(files: Sequence[str]) -> str:
    names = ", ".join(files[:6]) + (f" and {len(files) - 6} more" if len(files) > 6 else "")
    said = f"its includes took {names} from this machine's own configuration"
    return f"{said}: they were judged with it. If it is meant for another machine, give poise the output of `nginx -T` there"


def read(sources: Sources, environment: Mapping[str, str] | None = None, by: JudgedBy | None = None) -> Reading:
    """The topologies of these files and folders, and what could not be read.

    `environment` holds the variables that HAProxy would see, by default poise's own without the secrets. `by` tells the version of a
    product that rules judge by where nobody named one (`Topology.assumed`). Raises nothing for what is in a file, WrongPatternError for
    what is no pattern.
    """
    given = own_environment() if environment is None else environment
    found = Found(exclusion=exclusion_of(sources.exclude, sources.here), tell=sources.tell)
    ordered: list[Text] = []
    for path in sources.in_order:
        ordered += all_of(path, found)
    if ordered:
        found.groups.append(ordered)
    for path in sources.paths:
        if is_folder(path):
            add_folder(path, found)
        else:
            add_file(path, found)
    if sources.given is not None:
        add_given(sources.given, found)
    if sources.together and found.groups:
        found.groups = [[text for group in found.groups for text in group]]
    asked = [product for product in _products(found) if product not in sources.targets] if by else []
    try:
        if by:
            # A binary answers while the files are read.
            for product in asked:
                by.ask(product)
        shown = _shown(found)
        topologies = _each_once(_topologies(found, given, sources, by), shown)
        assumed = {product: by.version(product) if by else None for product in asked}
    finally:
        if by:
            by.close()
    topologies = [replace(topology, assumed=assumed.get(topology.product)) for topology in topologies]
    kept = _agreed(shown.values())
    # Nothing is found in a dump itself, but in the files that it shows.
    kept |= {text.name: "" if text.name in shown else text.text for group in (*found.groups, *found.others.values()) for text in group}
    could_not = [*found.could_not, *(entry for topology in topologies for entry in topology.could_not)]
    if found.excluded and not kept and not could_not:
        could_not.append(CouldNot(sources.first or "", "all that was named is excluded: nothing was judged"))
    idle = found.exclusion.idle if found.exclusion else ()
    on_disk = sources.given is None or sources.given.on_disk
    return Reading(tuple(topologies), tuple(dict.fromkeys(could_not)), kept, tuple(dict.fromkeys(found.excluded)), idle, on_disk)


def judged_by(sources: Sources) -> JudgedBy:
    """Asks the binaries that are installed; of a text that was handed over nobody knows that it is for this machine."""
    return JudgedBy() if sources.given is None else JudgedBy(Installed("", ()))


def read_configuration(
    paths: Sequence[str | os.PathLike[str]], together: bool = False, target: str | None = None, environment: Mapping[str, str] | None = None
) -> tuple[tuple[Topology, ...], tuple[CouldNot, ...]]:
    """The topologies of these files and folders, and what could not be read; `-` is standard input.

    A file is one topology, and so is a folder whose HAProxy files (in the order of their names) make one configuration. With `together`,
    all HAProxy files in the order given are one, as for `haproxy -f a -f b`. `target` is a version such as `2.8`; `environment` holds the
    variables, by default poise's own. Each topology's own `could_not` is also in the second value. Raises nothing for what is in a file.
    """
    named = Sources(tuple(os.fspath(path) for path in paths), together=together, targets=dict.fromkeys(PRODUCTS, target) if target else {})
    made = read(named, environment)
    return made.topologies, made.could_not


def _topologies(found: Found, environment: Mapping[str, str], sources: Sources, by: JudgedBy | None) -> list[Topology]:
    topologies: list[Topology] = []
    targets, on_disk = sources.targets, sources.given is None or sources.given.on_disk
    if found.groups:
        from poise.reading.read_haproxy import read_haproxy  # noqa: PLC0415 - who audits nginx does not wait for HAProxy's keywords

        target = targets.get("haproxy")
        # Its files may ask for the version themselves, in `.if`.
        judged = target or (by.version("haproxy") if by else None)
        for group in found.groups:
            found.telling(f"reading {group[0].name}")
            made = read_haproxy(group, environment, target, judged, on_disk)
            if isinstance(made, Topology):
                topologies.append(made)
            else:
                found.could_not += made
    for product, texts in found.others.items():
        found.telling(f"reading {texts[0].name}" + (f" and {len(texts) - 1} more of {TITLES[product]}" if len(texts) > 1 else ""))
        topologies += _others(product, texts, targets.get(product), on_disk)
    return topologies


def _products(found: Found) -> list[str]:
    return [*(["haproxy"] if found.groups else []), *found.others]


def _others(product: str, texts: Sequence[Text], target: str | None, on_disk: bool) -> Sequence[Topology]:
    topologies: Sequence[Topology] = import_module(f"poise.reading.read_{product}").topologies(
        [(text.name, text.text) for text in texts], target, on_disk
    )
    return topologies


def _shown(found: Found) -> Mapping[str, Mapping[str, str]]:
    """By dump of `nginx -T`, the texts that it shows."""
    texts = found.others.get("nginx")
    if not texts:
        return {}
    from poise.reading.read_nginx import shown_in  # noqa: PLC0415 - as above

    return shown_in([(text.name, text.text) for text in texts])


def _agreed(shown: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The texts by name; dumps of two machines may show two by one name, and then no line of either is quoted."""
    agreed: dict[str, str] = {}
    for texts in shown:
        for name, text in texts.items():
            agreed[name] = text if agreed.get(name, text) == text else ""
    return agreed


def _each_once(topologies: Sequence[Topology], dumps: Collection[str]) -> list[Topology]:
    """Without those whose file another one includes: what is in it was judged there, with all that is around it.

    A dump includes nothing of this disk: the names in it are another machine's, or whatever its author wrote.
    """
    included: dict[tuple[int, int] | str, list[int]] = {}
    for number, topology in enumerate(topologies):
        for name in topology.files if topology.file not in dumps else ():
            if name != topology.file:
                included.setdefault(identity(name), []).append(number)
    kept = []
    for number, topology in enumerate(topologies):
        by = included.get(identity(topology.file), []) if included else []
        if not any(other != number for other in by):
            kept.append(topology)
    return kept or list(topologies)
