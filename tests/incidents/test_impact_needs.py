"""Whose needs count: the incident's pool, else the only one, else the strictest."""

from dataclasses import replace

import pytest
from november_story import STACK, at, diagnosis

from poise.incidents.whose_needs import incident_pool, needs_of, pool_of
from poise.model.needs import Needs, Objectives, PoolNeeds
from poise.model.sample import Component, Stack, Window

TWO = Stack(
    (
        *STACK.components,
        Component("api", "pool"),
        Component("api/b1", "server"),
        Component("app1", "application"),
        Component("b1", "application"),
        Component("lb→app1", "hop"),
    ),
    (*STACK.edges, ("lb1", "api"), ("api", "api/b1"), ("web/app1", "app1"), ("api/b1", "b1"), ("app1", "main"), ("b1", "main")),
)
WEB, API = (
    PoolNeeds(cost_per_minute=120.0, objectives=Objectives(0.999, 500)),
    PoolNeeds(cost_per_minute=9.0, objectives=Objectives(0.99, 200)),
)
BOTH = Needs(pool={"api": API, "web": WEB})


@pytest.mark.parametrize(
    ("component", "pool"),
    [
        ("pool web", "web"),
        ("server web/app1", "web"),
        ("application app1", "web"),
        ("hop lb→app1", "web"),
        ("server api/b1", "api"),
        ("pool gone", "gone"),
        ("database main", None),
        ("client", None),
        ("load-balancer lb1", None),
    ],
)
def test_the_pool_of_a_component(component: str, pool: str | None) -> None:
    assert pool_of(component, TWO) == pool


def test_the_pool_to_blame_then_the_alerts() -> None:
    window = Window(TWO, at("18:40"), needs=BOTH)
    assert incident_pool(window, diagnosis(), "pool api") == "web"
    assert incident_pool(window, replace(diagnosis(), verdict="undetermined"), "pool api") == "api"
    assert incident_pool(window, None, "client") is None


def test_declared_only_or_strictest() -> None:
    assert needs_of(BOTH, "api") == API
    assert needs_of(Needs(pool={"web": WEB}), "api") == WEB
    strict = needs_of(BOTH, None)
    assert (strict.cost_per_minute, strict.objectives) == (120.0, Objectives(0.999, 200))
    assert needs_of(Needs(), "web") == PoolNeeds()
