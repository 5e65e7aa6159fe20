"""What the registry says a detector may announce is what its module announces."""

import ast
import inspect
import sys

import pytest

from poise.detectors import DETECTORS, Detector
from poise.faults import FAULTS

NAMES = {unit.FAULT.name for unit in FAULTS} - {"none"}


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda d: d.name)
def test_announced_faults_are_listed(detector: Detector) -> None:
    trees = [ast.parse(inspect.getsource(sys.modules[detector.judge.__module__]))]
    # What stands in the way of 120 lines is a module beside it.
    beside = {node.module for node in ast.walk(trees[0]) if isinstance(node, ast.ImportFrom) and node.module}
    others = {each.judge.__module__ for each in DETECTORS}
    trees += [ast.parse(inspect.getsource(sys.modules[m])) for m in beside - others if m.startswith("poise.detectors.")]
    written = {node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant) and node.value in NAMES}
    assert set(detector.faults) == written


def test_every_fault_but_none_is_announced_by_a_detector_or_is_outside() -> None:
    announced = {fault for detector in DETECTORS for fault in detector.faults}
    assert NAMES - announced == {"outside"}
