"""`# poise: ignore[rule-name] reason` silences a finding only with a reason, only there, and only if it is needed."""

import pytest

from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import parse
from poise.model.needs import Needs
from poise.rules import RULES
from poise.rules.engine import check
from poise.rules.ignore import ignores, silence

CONFIG = """\
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    option httpchk GET /healthz
    default-server check
listen web
    bind :8080
    ABOVE
    server app1 10.0.0.1:8080 weight 256 LINE
    server app2 10.0.0.2:8080 weight 1
"""


def rules(above: str = "", line: str = "") -> list[tuple[str, str]]:
    text = CONFIG.replace("ABOVE", above).replace("LINE", line)
    findings = check([lower([parse(text, "haproxy.cfg")])], Needs())
    return [(f.rule, f.message) for f in silence(findings, {"haproxy.cfg": text}, [r.name for r in RULES])]


@pytest.mark.parametrize("where", ["above", "line"])
def test_a_comment_with_a_reason_silences(where: str) -> None:
    assert rules(**{where: "# poise: ignore[uneven-weights] app1 is the big machine"}) == []


def test_several_rules_in_one_comment() -> None:
    comment = "# poise: ignore[share-grows, uneven-weights] app1 is the big machine"
    text = CONFIG.replace("ABOVE", "").replace("LINE", comment)
    findings = check([lower([parse(text, "haproxy.cfg")])], Needs())
    # That rule was not asked: there is nothing that this was compared with.
    assert silence(findings, {"haproxy.cfg": text}, RULES.names, ran={*RULES.names} - {"share-grows"}) == ()


def test_the_half_of_a_comment_that_nothing_needs_is_told() -> None:
    comment = "# poise: ignore[zero-weight, uneven-weights] app1 is the big machine"
    assert rules(line=comment) == [("ignore-comment", "this comment silences no zero-weight")]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("uneven-wieghts", "Did you mean `uneven-weights`?"),
        ("uneven_weights", "Did you mean `uneven-weights`?"),
        ("distribution", "Distribution is a theme: name its rules one by one (uneven-weights, "),
        ("xyzzy", "`poise explain` lists the rules"),
    ],
)
def test_a_name_that_no_rule_bears_is_told_with_what_was_meant(name: str, says: str) -> None:
    text = CONFIG.replace("ABOVE", "").replace("LINE", f"# poise: ignore[{name}] app1 is big")
    (told,) = silence((), {"haproxy.cfg": text}, RULES.names)
    assert told.remedy.startswith(says)


@pytest.mark.parametrize(
    ("comment", "complaint"),
    [
        ("# poise: ignore[uneven-weights]", "gives no reason"),
        ("# poise: ignore[uneven-wieghts] app1 is big", "there is no rule uneven-wieghts"),
        ("# poise: ignore[] app1 is big", "names no rule"),
        ("# poise: ignore app1 is big", "names no rule"),
        ("# poise: ignore [uneven-weights] app1 is big", "a space stands before the bracket"),
        ("# Poise: ignore[uneven-weights] app1 is big", "written otherwise"),
        ("# poise: Ignore[uneven-weights] app1 is big", "written otherwise"),
        ("# poise ignore[uneven-weights] app1 is big", "written otherwise"),
        ("## poise: ignore[uneven-weights] app1 is big", "written otherwise"),
        ("# poise: ignore(uneven-weights) app1 is big", "names no rule"),
        ("# poise: disable[uneven-weights] app1 is big", "written otherwise"),
        ("# poise : ignore[uneven-weights] app1 is big", "written otherwise"),
        ("# poise: ignore[zero-weight] drained by hand", "silences nothing"),
    ],
)
def test_a_wrong_comment_silences_nothing_and_is_a_finding(comment: str, complaint: str) -> None:
    found = rules(line=comment)
    assert [name for name, _ in found] == ["uneven-weights", "ignore-comment"]
    assert complaint in found[1][1]


@pytest.mark.parametrize(
    "comment", ["# poise ignores this", "# Poise: see poise.toml", "# poise: allow for it (later)", "# we poise: ignore[x]"]
)
def test_prose_about_poise_is_no_comment_of_its(comment: str) -> None:
    assert [name for name, _ in rules(line=comment)] == ["uneven-weights"]


def test_blanks_without_end_are_read_once() -> None:
    # What is read anew from each blank would take hours here.
    assert ignores(f"server a 10.0.0.1:80 # poise{' ' * 1_000_000}x\n", "haproxy.cfg") == ()


def test_a_comment_elsewhere_does_not_reach() -> None:
    assert [n for n, _ in rules()] == ["uneven-weights"]
    text = "# poise: ignore[uneven-weights] too far up\n" + CONFIG.replace("ABOVE", "").replace("LINE", "")
    findings = check([lower([parse(text, "haproxy.cfg")])], Needs())
    assert [f.rule for f in silence(findings, {"haproxy.cfg": text}, [r.name for r in RULES])] == ["uneven-weights", "ignore-comment"]
