"""Steps that act on a load balancer: commands for its control socket, edits of single bytes of its file, the reload that proves it."""

from collections.abc import Iterable, Mapping

from poise.model.plan import Edit, Step
from poise.model.sample import Window
from poise.model.topology import Pool, Server, Topology


def find_pool(window: Window, name: str) -> tuple[Topology, Pool] | None:
    """The pool of that name and the file it stands in, None if no file was read that has it."""
    return next(((t, p) for t in window.topologies if (p := t.pool(name)) is not None), None)


def runtime_step(what: str, command: str, undo: str) -> Step:
    """A step on the control socket."""
    return Step(what, "runtime", command, undo)


def option_edit(server: Server, option: str, value: int) -> Edit | None:
    """The least edit that gives the server's line `option value`: the digits that stand there, or a word behind the address."""
    written = server.weight_location if option == "weight" else server.maxconn_location
    if written is not None:
        old = server.options.get(option) or str(server.weight if option == "weight" else server.maxconn)
        return None if old == str(value) else Edit(written.file, written.start, written.end, old, str(value))
    address = server.address_location
    if address is None:
        return None
    return Edit(address.file, address.end, address.end, "", f" {option} {value}")


def file_step(topology: Topology, pool: str, option: str, values: Mapping[str, int]) -> Step | None:
    """One step that writes the option of these servers, None where the file already says so."""
    found = topology.pool(pool)
    servers = found.servers if found is not None else ()
    edits = tuple(e for s in servers if s.name in values and (e := option_edit(s, option, values[s.name])) is not None)
    if not edits:
        return None
    said = ", ".join(f"{name} {value}" for name, value in values.items())
    what = f"write {option} into {edits[0].file}, pool {pool}: {said}; a fix at run time alone is undone by the next reload"
    return Step(what, "file", f"haproxy -c -f {edits[0].file}", f"restore {edits[0].file}", edits)


def reload_step(topology: Topology) -> Step:
    """The reload that proves that file and process agree. It loses nothing with -W and expose-fd listeners."""
    command = f"haproxy -c -f {topology.file} && systemctl reload haproxy"
    return Step("reload, so that the file is proven to give what runs now", "reload", command, command)


def persist(topology: Topology, pool: str, option: str, values: Mapping[str, int]) -> Iterable[Step]:
    """The file step and the reload behind it; nothing where the file already says so."""
    step = file_step(topology, pool, option, values)
    if step is not None:
        yield step
        yield reload_step(topology)
