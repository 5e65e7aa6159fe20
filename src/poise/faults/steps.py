"""Steps that act on a load balancer: commands for its control socket, edits of single bytes of its file, the reload that proves it."""

from collections.abc import Mapping

from poise.balancers.haproxy.edit import set_numbers
from poise.model.hashes import HAPROXY_HASHES
from poise.model.plan import Step
from poise.model.sample import Window
from poise.model.topology import Algorithm, Pool, Server, Topology


def find_pool(window: Window, name: str) -> tuple[Topology, Pool] | None:
    """The pool of that name and the file it stands in, None if no file was read that has it."""
    return next(((t, p) for t in window.topologies if (p := t.pool(name)) is not None), None)


def weights_at_run_time(algorithm: Algorithm) -> bool:
    """Does HAProxy take any weight on its control socket under this algorithm?"""
    # lb_map.c and lb_fwrr.c: the map of these is built once, and cli "set weight" answers "Backend is using a static LB algorithm and only
    # accepts weights '0%' and '100%'". A hash with `hash-type consistent` is a tree and takes any weight.
    return algorithm.name != "static-rr" and not (algorithm.name in HAPROXY_HASHES and algorithm.hash_method != "consistent")


def serving(window: Window, pool: str, server: Server) -> bool:
    """Does this server take its share now? What runs counts; the file only where that was not measured. Backups take none."""
    name = f"{pool}/{server.name}"
    stopped = window.get(name, "maintenance").last()
    drained = window.get(name, "drain").last() or 0.0
    up = window.get(name, "up").last()
    out = server.role == "disabled" if stopped is None else stopped >= 0.5
    return not (server.backup or out or drained >= 0.5 or up == 0.0)


def runtime_step(what: str, command: str, undo: str) -> Step:
    """A step on the control socket."""
    return Step(what, "runtime", command, undo)


def file_step(topology: Topology, pool: str, option: str, values: Mapping[str, int]) -> Step | None:
    """One step that writes the option of these servers, None where the file already says so. Raises ValueError with the words for a
    person where the file cannot be changed for these servers alone."""
    edits = set_numbers(topology, pool, option, values)
    if not edits:
        return None
    said = ", ".join(f"{name} {value}" for name, value in values.items())
    what = f"write {option} into {edits[0].file}, pool {pool}: {said}; a fix at run time alone is undone by the next reload"
    return Step(what, "file", f"haproxy -c -f {edits[0].file}", f"restore {edits[0].file}", edits)


def reload_step(topology: Topology) -> Step:
    """The reload that proves that file and process agree. It loses nothing with -W and expose-fd listeners."""
    command = f"haproxy -c -f {topology.file} && systemctl reload haproxy"
    return Step("reload, so that the file is proven to give what runs now", "reload", command, command)


def persist(topology: Topology, pool: str, option: str, values: Mapping[str, int]) -> tuple[tuple[Step, ...], str]:
    """The file step and the reload behind it, nothing where the file already says so; and what a person must write instead, else ""."""
    try:
        step = file_step(topology, pool, option, values)
    except ValueError as error:
        return (), f"The file is not changed, so the next reload undoes a fix at run time: {error}."
    return ((step, reload_step(topology)) if step is not None else ()), ""
