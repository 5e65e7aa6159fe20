"""Which files of a load balancer are kept beside what was measured, and what their copies are called."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from poise.model.topology import Topology


def files_of(configs: Sequence[Path], topology: Topology | None) -> list[Path]:
    """Those that were read, where what was named is a folder or says what else is read; else those that were named."""
    if topology is not None and topology.files and (topology.product != "haproxy" or any(path.is_dir() for path in configs)):
        return [Path(name) for name in topology.files]
    return list(configs)


def texts_of(files: Sequence[Path], texts: Mapping[Path, str], topology: Topology | None) -> tuple[list[Path], dict[Path, str]]:
    """The files and their texts as they are kept. nginx's are one, as `nginx -T` shows them: what includes what is lost where they have no
    places."""
    if topology is not None and topology.product == "nginx" and len(texts) > 1:
        dump = "".join(f"# configuration file {path.absolute()}:\n{text}\n" for path, text in texts.items())
        return list(files[:1]), {files[0]: dump}
    return list(files), dict(texts)


def names_of(files: Sequence[Path]) -> dict[Path, str]:
    """What the copy of each is called: its own name, with a number before it where that is taken."""
    names: dict[Path, str] = {}
    taken = {"recording.json", "samples.csv", "events.jsonl", "poise.toml"}
    for number, path in enumerate(files):
        name = path.name if path.name not in taken else f"{number}-{path.name}"
        taken.add(name)
        names[path] = name
    return names
