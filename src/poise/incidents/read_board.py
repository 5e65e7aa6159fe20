"""How the fold reads what moves the hypotheses on the board."""

from dataclasses import replace

from poise.incidents.draft import Draft, Reader, UnreadableError, evidence, text, text_or_none, word
from poise.incidents.log_event import LogEvent
from poise.model.evidence import Evidence
from poise.model.fault import LAYERS, Layer
from poise.model.incident import BoardHypothesis, Check, HypothesisState, Move

CLOSED_STATES: tuple[HypothesisState, ...] = ("ruled_out", "confirmed")


def _opened(draft: Draft, event: LogEvent) -> None:
    key, statement = text(event, "hypothesis"), text(event, "statement")
    layer: Layer = word(event, "layer", LAYERS)
    figures, owner = evidence(event), text_or_none(event, "owner")
    before = draft.hypotheses.get(key)
    if before is None:
        draft.hypothesis_positions[key] = draft.position
        draft.hypotheses[key] = BoardHypothesis(
            statement,
            layer,
            "open",
            event.at,
            evidence=figures,
            id=key,
            opened_by=event.source,
            owner=owner,
            checks=_check(event, figures),
            moves=(Move(event.at, "open", event.source, event.seq),),
            event=event.seq,
        )
        return
    # The first move is the opening: a corrected start moves it too.
    moves = (replace(before.moves[0], at=event.at), *before.moves[1:])
    new = replace(before, statement=statement, layer=layer, opened=event.at, owner=owner or before.owner, moves=moves, event=event.seq)
    draft.hypotheses[key] = _looked(new, event, figures)


def _evidence(draft: Draft, event: LogEvent) -> None:
    key, before = _known(draft, event)
    figures, state = evidence(event), None
    if event.payload.get("state") is not None:
        state = word(event, "state", ("open", "supported"))
    new = before if state is None else _moved(replace(before, closed=None), event, state)
    draft.hypotheses[key] = replace(_looked(new, event, figures), event=event.seq)


def _closed(draft: Draft, event: LogEvent) -> None:
    key, before = _known(draft, event)
    state: HypothesisState = word(event, "state", CLOSED_STATES)
    figures = evidence(event)
    draft.hypotheses[key] = replace(_looked(_moved(before, event, state), event, figures), closed=event.at, event=event.seq)


def _owner(draft: Draft, event: LogEvent) -> None:
    key, before = _known(draft, event)
    draft.hypotheses[key] = replace(before, owner=text_or_none(event, "owner"), event=event.seq)


def _could(draft: Draft, event: LogEvent) -> None:
    key, before = _known(draft, event)
    draft.hypotheses[key] = replace(before, could_rule_out=Check(event.at, event.source, evidence(event), event.seq))


def _moved(hypothesis: BoardHypothesis, event: LogEvent, state: HypothesisState) -> BoardHypothesis:
    return replace(hypothesis, state=state, moves=(*hypothesis.moves, Move(event.at, state, event.source, event.seq)))


def _looked(hypothesis: BoardHypothesis, event: LogEvent, figures: tuple[Evidence, ...]) -> BoardHypothesis:
    """A new figure for the same observable replaces the old one in place; the checks keep both."""
    if not figures:
        return hypothesis
    board = {(e.observable, e.source): e for e in hypothesis.evidence} | {(e.observable, e.source): e for e in figures}
    return replace(hypothesis, evidence=tuple(board.values()), checks=(*hypothesis.checks, *_check(event, figures)))


def _check(event: LogEvent, figures: tuple[Evidence, ...]) -> tuple[Check, ...]:
    return (Check(event.at, event.source, figures, event.seq),) if figures else ()


def _known(draft: Draft, event: LogEvent) -> tuple[str, BoardHypothesis]:
    key = text(event, "hypothesis")
    if key not in draft.hypotheses:
        raise UnreadableError(f"hypothesis {key!r} was never opened in this log")
    return key, draft.hypotheses[key]


READERS: dict[str, Reader] = {
    "hypothesis_opened": _opened,
    "hypothesis_evidence": _evidence,
    "hypothesis_closed": _closed,
    "hypothesis_owner": _owner,
    "could_rule_out": _could,
}
