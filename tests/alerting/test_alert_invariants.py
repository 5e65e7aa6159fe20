"""Whatever happens in whatever order: each page is told, each end is told, nothing is told twice, and nothing is left."""

from random import Random

import pytest
from alert_talk import NIGHT, Talk, alert, at

from poise.alerting.acknowledgement import Acknowledgement
from poise.alerting.identity import Identity
from poise.alerting.notification import Notification
from poise.alerting.pipeline import Unsilenced
from poise.alerting.silence import Silence
from poise.model.alert import Alert
from poise.model.matcher import parse_matcher

COMPONENTS = ("pool web", "server web/app1", "server web/app2", "pool api", "server api/app1", "client")


class Told:
    """What a receiver must believe, from its messages alone."""

    def __init__(self) -> None:
        self.firing: set[Identity] = set()
        self.ids: set[str] = set()

    def hear(self, message: Notification) -> None:
        assert message.id not in self.ids, "the same message twice"
        self.ids.add(message.id)
        ended = {held.identity for held in message.resolved}
        if message.reason != "late":
            unheard = ended - self.firing
            assert not unheard or message.delayed_since is not None, "the end of what it never heard of"
        self.firing -= ended
        self.firing |= {held.identity for held in message.firing}


@pytest.mark.parametrize("seed", range(25))
def test_a_receiver_ends_up_knowing_what_is_true(seed: int) -> None:
    chance = Random(seed)
    talk, told = Talk(NIGHT), Told()
    firing: dict[tuple[str, str], Alert] = {}
    silenced, heard = False, 0
    second = 0.0
    for _ in range(150):
        second += chance.choice((1, 1, 5, 40, 400, 3000))
        component, detector = chance.choice(COMPONENTS), chance.choice(("server_down", "uneven_share"))
        act = chance.random()
        if act < 0.45:
            new = alert(component, detector, page=not component.startswith("server") and chance.random() < 0.7, since=second)
            if (component, detector) not in firing:
                firing[component, detector] = new
                talk.change(second, "firing", new)
        elif act < 0.75 and firing:
            key = chance.choice(sorted(firing))
            talk.change(second, "resolved", firing.pop(key))
        elif act < 0.8:
            talk.event(Silence("s", "ann", "x", (parse_matcher("pool=web"),), at(second), at(second + 2000)), second)
            silenced = True
        elif act < 0.83 and silenced:
            talk.event(Unsilenced("s"), second)
        elif act < 0.88:
            talk.event(Acknowledgement(Identity("lb1", detector, component).id, "bob", at(second)), second)
        elif act < 0.94:
            talk.delivers = not talk.delivers
            if talk.delivers:
                talk.back(second)
        else:
            talk.change(second, "firing", away=frozenset({"server web/app1"} if chance.random() < 0.5 else ()))
        for message in talk.heard[heard:]:
            told.hear(message)
        heard = len(talk.heard)
        assert not (talk.delivers and talk.waiting)
    # Everything ends, the silences too, and the receiver answers.
    talk.back(second)
    talk.change(second + 1, "resolved", *firing.values(), away=frozenset())
    for later in range(0, 40_000, 100):
        talk.passes(second + 1 + later)
    for message in talk.heard[heard:]:
        told.hear(message)
    assert told.firing == set()
    assert not talk.state.groups and not talk.state.held and not talk.state.acknowledged and not talk.waiting


@pytest.mark.parametrize("seed", range(8))
def test_a_page_is_told_as_soon_as_nothing_keeps_it_quiet(seed: int) -> None:
    """Pages of pools that nobody spoke of yet, whatever else is going on beside them."""
    chance = Random(seed)
    talk = Talk(NIGHT)
    second = 0.0
    for number in range(40):
        second += chance.choice((0.5, 1, 29, 31, 299, 301))
        talk.change(
            second, "firing", *(alert(f"server p{number}/s{n}", page=False) for n in range(chance.randrange(4))), pools=[f"p{number}"]
        )
        second += chance.choice((0.1, 40))
        said = talk.change(second, "firing", alert(f"pool p{number}"), pools=[f"p{number}"])
        assert [m.firing[0].identity.component for m in said if m.pages][-1] == f"pool p{number}"
