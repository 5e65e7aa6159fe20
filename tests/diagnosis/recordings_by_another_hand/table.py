"""The measured stack of stack.md in the simulation: does it reproduce the tables? `python table.py`."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from engine import WARM_UP, Engine

from model import ENVOY, HAPROXY, NGINX, PRODUCTS, Conf, Plan

AT, END = 30.0, 100.0


def plan(product: str) -> Plan:
    """4 servers of 4 slots, queue of 200, 54 requests/s each, 80 requests/s."""
    n = 4
    conf = Conf(weights=(1,) * n, t_server=3.7, t_connect=1.0, retries=3 if product != ENVOY else 1)
    return Plan(
        product, "lb1", "http", "web", [f"app{i}" for i in range(n)], [f"app{i}" for i in range(n)], ["" for i in range(n)], "db",
        END, 1, 80.0, 0.37, 4, 200, 0.071, 0.25, 0.0002, 3, 4, 4, 1.0, 30.0, 100, 5, 0.0 if product == NGINX else 0.97,
        0.0005, 0.0004, 0.0003, 5.0, 200, 4, 128, conf,
    )  # fmt: skip


def conf(**changes: object) -> Callable[[Engine, float], object]:
    return lambda e, now: e.balancer.change(now, e.conf.but(**changes), restart_checks=True)


def links(which: str, **change: float) -> Callable[[Engine, float], object]:
    def act(engine: Engine, now: float) -> None:
        for link in {"client": [engine.to_lb], "app": engine.to_app, "db": engine.to_db}[which]:
            link.change(now, **change)

    return act


def put(**changes: object) -> Callable[[Engine, float], object]:
    return lambda e, now: [setattr(e, k, v) for k, v in changes.items()]


def app(which: range, **changes: object) -> Callable[[Engine, float], object]:
    return lambda e, now: [setattr(e.apps[i], k, v) for i in which for k, v in changes.items()]


FAULTS: dict[str, Callable[[Engine, float], object]] = {
    "nothing": put(),
    "weights 256/1/1/1": conf(weights=(256, 1, 1, 1)),
    "weights 3/1/1/1": conf(weights=(3, 1, 1, 1)),
    "source, one NAT": lambda e, now: (setattr(e, "clients", 1), conf(algorithm="source")(e, now)),
    "server maxconn 1": conf(server_limit=1, cluster_limit=4, pending_limit=8),
    "frontend maxconn 8": conf(frontend_limit=9),
    "timeout server 60 ms": conf(t_server=0.06),
    "check on wrong port": conf(check_port=9),
    "dead, no check": lambda e, now: (conf(check=False)(e, now), app(range(1), dead=True)(e, now)),
    "one app slow x6": app(range(1), factor=6.0),
    "one app leaking": app(range(1), leak=0.2),
    "all apps slow x4": app(range(4), factor=4.0),
    "database locks": put(lock_share=1.0, lock_hold=4.0, lock_gap=0.1, lock_from=AT),
    "database slow": put(statement=0.025),
    "connections out": put(other_connections=97),
    "lb-app delay 200 ms": links("app", rtt=0.2),
    "lb-app loss 20 %": links("app", loss=0.2),
    "app-db delay 150 ms": links("db", rtt=0.15),
    "client loss 10 %": links("client", loss=0.1),
    "surge x3.5": put(),
}


def row(name: str, product: str) -> str:
    base = plan(product)
    rate = np.full(int((END + WARM_UP + 1) * 10), base.rate)
    if name.startswith("surge"):
        rate[int((AT + WARM_UP) * 10) :] *= 3.5
    engine = Engine(base, rate, [(AT, FAULTS[name])], 7)
    started = time.process_time()
    engine.run()
    took = time.process_time() - started
    during = [r for r in engine.requests if r.t0 > AT + 1 and r.t0 < END - 6]
    waits = np.array([(r.recv - r.t0) if r.recv == r.recv else 9.0 for r in during]) * 1000
    good = np.mean([r.code == 200 and r.recv - r.t0 < base.t_client for r in during])
    inner = np.array([r.t_end - r.t_in for r in during if r.done and r.t_in == r.t_in] or [0]) * 1000
    tries = np.bincount([a.server for a in engine.attempts if a.t_disp > AT + 1], minlength=4)
    share = "/".join(f"{100 * x / max(1, tries.sum()):.0f}" for x in tries)
    codes: dict[str, int] = {}
    for r in during:
        codes[f"{r.code}{r.flag}"] = codes.get(f"{r.code}{r.flag}", 0) + 1
    statement = [a.t_db_end - a.t_db for a in engine.attempts if AT + 1 < a.t_db_end < END]
    mean = 1000 * float(np.mean(statement)) / base.queries if statement else 0.0
    most = dict(sorted(codes.items(), key=lambda x: -x[1])[:4])
    slow, inside = np.percentile(waits, 99), np.percentile(inner, 99)
    return (
        f"{name:22}{product:8} ok {100 * good:5.1f} %  p50 {np.median(waits):5.0f} p99 {slow:5.0f} (lb {inside:5.0f})"
        f"  {share:14} stmt {mean:6.1f} ms  {took:.2f} s  {most}"
    )


if __name__ == "__main__":
    for fault in FAULTS:
        for kind in (HAPROXY, NGINX, ENVOY) if fault != "nothing" else PRODUCTS:
            print(row(fault, kind), flush=True)  # noqa: T201 - a command
