"""Prometheus's own judge of rules: `promtool`, of the same package as the server."""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from tests.debian import needs_package

STEP = "15s"


def needs_promtool() -> None:
    """Go no further where Prometheus is not installed."""
    needs_package("prometheus", shutil.which("promtool") is not None)


def run(command: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """One run in that folder."""
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)


def verdict(folder: Path, rules: str, tests: Mapping[str, Any] | str) -> str:
    """What `promtool test rules` says against these rules and tests; "" where all hold."""
    (folder / "rules.yml").write_text(rules)
    (folder / "tests.yml").write_text(tests if isinstance(tests, str) else yaml.safe_dump(tests))
    checked = run(["promtool", "check", "rules", "rules.yml"], folder)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    tested = run(["promtool", "test", "rules", "tests.yml"], folder)
    return "" if tested.returncode == 0 else tested.stdout + tested.stderr


def scene(series: Mapping[str, str], expected: Mapping[str, float | None], at: str = "8m") -> dict[str, Any]:
    """A test by hand: these series, and what each expression gives at that moment; None for nothing."""
    return {
        "interval": STEP,
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {"expr": expr, "eval_time": at, "exp_samples": [] if value is None else [{"labels": "{}", "value": value}]}
            for expr, value in expected.items()
        ],
    }


def firing(alert: str, **labels: str) -> str:
    """How many alerts of that name with these labels fire."""
    inside = "".join(f',{label}="{value}"' for label, value in labels.items())
    return f'count(ALERTS{{alertname="{alert}",alertstate="firing"{inside}}})'
