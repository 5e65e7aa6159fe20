"""Recordings of a load-balanced stack with known truth: `python make_recordings.py --seed N --out DIR [--count 300] [--only KIND]`."""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from random import Random

import kinds_balancer
import kinds_behind
import kinds_quiet
from case import Case, draw_onset, draw_plan
from metrics import Style
from write import write

from model import ENVOY, HAPROXY, NGINX, PRODUCTS

KINDS = {**kinds_balancer.LISTED, **kinds_behind.LISTED, **kinds_quiet.LISTED}
TWO_BEHIND = (
    "app-slow",
    "app-leak",
    "db-locks",
    "db-slow",
    "net-app-delay",
    "net-app-loss",
    "net-db-delay",
    "net-client-loss",
    "surge",
    "dead-unchecked",
)
TWO_BALANCER = ("weights-extreme", "all-to-one", "server-limit", "frontend-limit", "timeout-server")
FAMILIES = (
    "requests_per_second", "success_ratio", "p50_ms", "p99_ms", "sessions", "session_limit", "accept_queue", "queue", "queue_ms",
    "limit", "requests_total", "responses_5xx_total", "in_flight", "weight", "up", "response_ms", "retries_total",
    "redispatches_total", "connection_errors_total", "check_ms", "slots", "shed_total", "database_ms", "database_errors_total",
    "active", "lock_waits", "statement_ms", "connections", "connection_limit", "transactions_total", "connect_ms",
    "connect_failures_total", "retransmits_total", "ping_ms", "cpu_ratio", "memory_ratio",
)  # fmt: skip
LOOKED_AT = {  # the kinds for which a family decides, so that most are missed where it hurts
    "success_ratio": ("frontend-limit", "net-client-loss", "server-removed"),
    "p50_ms": ("weights-mild", "app-slow"),
    "p99_ms": ("net-client-loss", "frontend-limit"),
    "requests_per_second": ("surge", "apps-slow"),
    "sessions": ("frontend-limit",),
    "session_limit": ("frontend-limit",),
    "accept_queue": ("frontend-limit",),
    "queue": ("server-limit", "apps-slow"),
    "queue_ms": ("server-limit",),
    "limit": ("server-limit",),
    "requests_total": ("weights-extreme", "retry-storm", "source-nat"),
    "responses_5xx_total": ("black-hole", "app-leak"),
    "in_flight": ("app-slow", "weights-mild"),
    "weight": ("weights-extreme", "weights-mild"),
    "up": ("check-port", "server-removed", "all-to-one"),
    "response_ms": ("app-slow", "net-app-delay"),
    "retries_total": ("retry-storm", "dead-unchecked"),
    "redispatches_total": ("dead-unchecked",),
    "connection_errors_total": ("dead-unchecked",),
    "check_ms": ("check-port", "net-app-delay"),
    "database_ms": ("apps-slow", "net-db-delay"),
    "database_errors_total": ("db-connections", "app-pool-small"),
    "active": ("db-slow", "db-locks"),
    "lock_waits": ("db-locks",),
    "statement_ms": ("db-slow", "net-db-delay", "db-locks"),
    "connections": ("db-connections",),
    "connection_limit": ("db-connections",),
    "connect_ms": ("net-app-delay", "net-db-delay"),
    "connect_failures_total": ("net-app-loss", "dead-unchecked"),
    "retransmits_total": ("net-app-loss", "net-db-loss", "net-client-loss"),
    "ping_ms": ("net-app-delay", "net-db-delay"),
}
NGINX_BLIND = ["queue", "queue_ms", "limit", "in_flight", "weight", "up", "redispatches_total", "check_ms"]
ENVOY_BLIND = ["queue_ms", "response_ms", "retries_total", "redispatches_total", "check_ms"]
Item = tuple[str, str, str]  # kind, product, metric family to drop


def plan_set(seed: int, count: int, only: set[str], products: set[str]) -> Iterator[Item]:
    """Every kind on every product where it exists, again and again; in between two faults at once and missing observables."""
    random = Random(seed)
    plain = [
        (kind, product) for kind, (_, _, where) in KINDS.items() for product in where if product in products and (not only or kind in only)
    ]
    random.shuffle(plain)
    base = itertools.cycle(plain)
    family = itertools.cycle(random.sample(FAMILIES, len(FAMILIES)))
    faults = [*kinds_balancer.LISTED, *kinds_behind.LISTED]
    for number in range(count):
        extra = not only and number % 4 == 3
        if extra and number % 12 == 11:
            yield "two-faults", random.choice(sorted(products)), ""
        elif extra:
            drop = next(family)
            kind = random.choice(LOOKED_AT.get(drop, faults) if random.random() < 0.75 else faults)
            where = [
                p
                for p in KINDS[kind][2]
                if p in products and not (p == NGINX and drop in NGINX_BLIND) and not (p == ENVOY and drop in ENVOY_BLIND)
            ]
            yield (kind, random.choice(where), drop) if where else (*next(base), "")
        elif plain:
            yield (*next(base), "")


def make(kind: str, product: str, drop: str, seed: int) -> Case:
    """Draw the stack and let the kind act on it."""
    random = Random(seed)
    low, high = (3, 5) if kind == "two-faults" else KINDS[kind][1]
    plan = draw_plan(random, product, low, high)
    case = Case(kind, plan, random, draw_onset(random, plan), drop=drop)
    case.needs = random.random() < 0.72
    case.logs = random.random() < 0.45
    case.style = Style(averaged=random.random() < 0.6, hosts=random.random() < 0.6, listener=product != ENVOY or random.random() < 0.7)
    case.style.pending = product == ENVOY and random.random() < 0.4
    if kind == "two-faults":
        first = random.choice(TWO_BEHIND)
        second = random.choice([k for k in (*TWO_BALANCER, *TWO_BEHIND) if k != first and not {k, first} <= {"app-slow", "app-leak"}])
        for name in (first, second):
            KINDS[name][0](case)
            case.onset = round(case.onset + random.choice((0, 0, 10, 15)), 1)
        case.onset = min(when for when, _ in case.controls) if case.controls else case.onset
        case.note += f" Two faults: {first} and {second}; either is right, both is best."
    else:
        KINDS[kind][0](case)
    case.blind_to += {NGINX: NGINX_BLIND, ENVOY: ENVOY_BLIND}.get(product, [])
    if product == ENVOY and not case.style.pending:
        case.blind_to.append("queue")
    return case


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--only", action="append", default=[], choices=sorted(KINDS), help="only this kind (repeatable)")
    parser.add_argument("--product", action="append", default=[], choices=PRODUCTS)
    args = parser.parse_args(argv)
    args.out.mkdir(parents=True, exist_ok=True)
    with (args.out / "truth.jsonl").open("w") as truth:
        items = plan_set(args.seed, args.count, set(args.only), set(args.product or (HAPROXY, NGINX, ENVOY)))
        for number, (kind, product, drop) in enumerate(items, 1):
            seed = zlib.crc32(f"{args.seed}/{number}/{kind}/{product}/{drop}".encode())
            case = make(kind, product, drop, seed)
            label = f"{kind}-without-{drop.replace('_', '-')}" if drop else kind
            truth.write(json.dumps(write(case, seed, args.out, f"{number:03d}-{label}-{product}")) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
