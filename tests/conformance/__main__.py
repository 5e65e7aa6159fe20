"""The forecast of `poise predict` against the real programs, over pools that are drawn by seed.

    python -m tests.conformance [--seed N] [--product P] [--quick]

Shares in percentage points. What is dealt in turn, or placed by keys that are known, may be off by half a point; what chance decides by a
point and three standard errors of the measurement; what the load decides by three points. Beside it: how far weight / Σ weight is off.
"""

import argparse
import sys

from tests.conformance.judged import HEADER, Measured, miss, rows
from tests.conformance.measure import DRAWS, Plan, idle, under_load
from tests.conformance.running import binaries

QUICK = Plan(pools=2, requests=1000, under_load=500)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=1, help="another seed draws other pools [default: 1]")
    parser.add_argument("--product", choices=list(DRAWS), help="this one only [default: all]")
    parser.add_argument("--quick", action="store_true", help="fewer pools and requests")
    parser.add_argument("--loaded", action="store_true", help="only the pools whose shares depend on the load")
    parser.add_argument("--idle", action="store_true", help="without the pools whose shares depend on the load, which take minutes")
    given = parser.parse_args()
    plan = Plan(given.seed, QUICK.pools, QUICK.requests, QUICK.under_load) if given.quick else Plan(given.seed)
    programs = [(product, binary) for product in DRAWS if given.product in (None, product) for binary in binaries(product)]
    missed: list[Measured] = []
    print(HEADER)
    for product, binary in [] if given.loaded else programs:
        missed += shown(product, binary.version, idle(product, binary, plan))
    if not given.idle:
        tested, late = under_load(programs, plan)
        for product, binary, found in tested:
            missed += shown(product, binary.version, found)
        print(f"the harness takes {late:.1f} ms a request beside the 100 ms and more that servers take")
    for one in missed:
        print(miss(one))
    sys.exit(int(bool(missed)))


def shown(product: str, version: str, found: list[Measured]) -> list[Measured]:
    """Print the rows; return what missed."""
    print("\n".join(rows(product, version, found)), flush=True)
    return [one for one in found if not one.ok]


if __name__ == "__main__":
    main()
