"""Alertmanager's part: who gets which alert, what is told together, and which alert speaks for another."""

from typing import Any

# Who speaks for whom, on the same load balancer and pool: a pool that is gone says all there is to say of its servers.
SPEAKS_FOR = (
    (
        "PoisePoolDown",
        "PoiseOnBackupsOnly|PoiseTooFewServers|PoiseServer.*|PoiseUneven.*|PoiseQueueGrowing|PoiseRetries|PoiseErrorBudget.*",
    ),
    ("PoiseOnBackupsOnly", "PoiseTooFewServers|PoiseServerDown"),
    ("PoiseUnevenShare|PoiseUnevenShareOfConfiguration", "PoiseServerLimitNear"),
    ("PoiseErrorBudgetBurnsFast", "PoiseErrorBudgetBurnsSlowly"),
)


def as_dict(apart: str) -> dict[str, Any]:
    """The configuration's data; `apart` is the label that tells load balancers apart. The receivers have no address yet."""
    return {
        "route": {
            "receiver": "poise-tickets",
            "group_by": [apart, "pool"],
            "group_wait": "30s",
            "group_interval": "5m",
            "repeat_interval": "12h",
            "routes": [
                # What wakes a person is told at once, and again while nobody mends it.
                {
                    "matchers": ['alertname =~ "Poise.*"', 'severity = "page"'],
                    "receiver": "poise-pages",
                    "group_wait": "0s",
                    "group_interval": "1m",
                    "repeat_interval": "1h",
                },
                {"matchers": ['alertname =~ "Poise.*"'], "receiver": "poise-tickets"},
            ],
        },
        "inhibit_rules": [
            {
                "source_matchers": [f'alertname =~ "{speaker}"'],
                "target_matchers": [f'alertname =~ "{silent}"'],
                "equal": [apart, "pool"],
            }
            for speaker, silent in SPEAKS_FOR
        ],
        "receivers": [{"name": "poise-pages"}, {"name": "poise-tickets"}],
    }
