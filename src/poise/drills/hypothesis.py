"""Reads what a trainee thinks, and says how right it is."""

import re
from typing import Literal

from poise.drills.state import Said
from poise.model.drill import Answer
from poise.model.fault import LAYERS, Layer

Credit = Literal["right", "layer only", "wrong", "no evidence"]
_SHORT: dict[str, Layer] = {"lb": "load-balancer", "balancer": "load-balancer", "app": "application", "db": "database", "net": "network"}
# `--because` must say what was seen: three words at the least.
_LEAST_WORDS = 3


def read(text: str, because: str) -> Said | str:
    """`LAYER/MECHANISM` in the contract's words (lb, app, db and net are understood), or what is wrong with it."""
    layer, slash, mechanism = text.strip().lower().partition("/")
    named = _SHORT.get(layer, layer)
    found = next((each for each in LAYERS if each == named), None)
    if found is None:
        return f"{layer!r} is no layer; layers are {', '.join(LAYERS)} (lb, app, db and net for short)"
    if not slash or not mechanism.strip():
        return f"say how it fails too: {found}/MECHANISM, for example database/locks or network/loss"
    return Said(found, re.sub(r"[\s_]+", "-", mechanism.strip()), because.strip())


def credit(said: Said, answer: Answer) -> Credit:
    """How right it is. Without evidence there is no credit, so naming all layers in turn gains nothing."""
    if said.layer not in answer.layers:
        return "wrong"
    if len(said.because.split()) < _LEAST_WORDS:
        return "no evidence"
    tokens = set(re.split(r"[-/.,]+", said.mechanism))
    return "right" if tokens & set(answer.words) or answer.layers[0] == "none" else "layer only"
