"""The dashboard's pages as a browser gets them, without a server: drawn from looks of known figures, with the policy they are served with.

`python -m tests.browser.dashboard_pages FOLDER` takes a picture of each in both themes, wide and narrow.
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any, Literal
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

from playwright.sync_api import BrowserContext, Request, Route
from tests.browser.chromium import chromium
from tests.report.dashboard.looks_by_arithmetic import EVEN, HOT, NOW, QUIET, look, november, topology, window

from poise.report.dashboard.board import board
from poise.report.dashboard.compact import compact
from poise.report.dashboard.heat import heat
from poise.report.dashboard.look import Look
from poise.report.dashboard.views import Board, PoolView
from poise.web.drawing import MOST_ROWS, STATIC, draw, foremost
from poise.web.pages import of_those

HERE = "http://poise.test"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
SHARE = {"observable": "share of app1", "expected": 0.25, "observed": 0.9625, "bits": 12.3, "source": "show stat"}
UP = {"observable": "all servers up", "expected": "yes", "observed": "yes", "bits": 0.4, "source": "show stat"}
STATEMENT = {"observable": "statement of main, ms", "expected": 120.0, "observed": 0.16, "bits": -9.1, "source": "pg_stat_statements"}
DIAGNOSIS: dict[str, Any] = {
    "version": 1,
    "verdict": "fault",
    "onset": "2026-11-22T11:58:20Z",
    "ended": None,
    "hypotheses": [
        {
            "rank": 1,
            "layer": "load-balancer",
            "component": "pool web",
            "load_balancer": None,
            "fault": "uneven-weights",
            "probability": 0.97,
            "evidence": [SHARE],
        },
        {
            "rank": 2,
            "layer": "database",
            "component": "database main",
            "load_balancer": None,
            "fault": "database-slow",
            "probability": 0.01,
            "evidence": [STATEMENT],
        },
    ],
    "next": [{"test": "Look at the running weights", "command": "poise diagnose", "would_settle": ["uneven-weights"], "seconds": 2}],
    "differences": [],
    "could_not": [],
}


def _forecast(shares: Mapping[str, float]) -> dict[str, Any]:
    servers = [
        {"server": s, "address": "", "role": "active", "weight": 1, "share": v, "error": 0.01, "utilisation": 1.6 * v, "why": ""}
        for s, v in shares.items()
    ]
    lost = [{"lost": [gone], "servers": [s for s in servers if s["server"] != gone], "max_utilisation": 1.3} for gone in shares]
    need = {"need": "survive", "met": False, "detail": "without app1, app2 would need 130 % of its slots"}
    pool = {"file": "haproxy.cfg", "pool": "web", "algorithm": "roundrobin", "requests": 1500, "servers": servers, "without": lost}
    return {
        "version": 1,
        "pools": [{**pool, "needs": [need]}],
        "remarks": [],
        "could_not": [{"file": "other.cfg", "line": None, "reason": "no such file"}],
    }


FINDING = {
    "rule": "uneven-weights",
    "severity": "error",
    "message": "app1 gets 98.8 % of the requests of pool web",
    "pool": "web",
    "line": 12,
    "file": "haproxy.cfg",
    "why": "One server runs full while three idle.",
    "remedy": "Give all servers the same weight.",
}
APPS = [f"app{i}" for i in range(1, 5)]
REVIEW = {"audit": {"findings": [FINDING], "could_not": []}, "predict": _forecast(dict.fromkeys(APPS, 0.25))}
ANSWER = {"before": _forecast(dict.fromkeys(APPS, 0.25)), "after": _forecast(dict(zip(APPS, (0.5, 0.5, 0.0, 0.0), strict=True)))}


@dataclass
class Pages:
    """Answers a browser's requests for `HERE`. `looks` may be changed between two of them; `events` are sent in turn."""

    looks: list[Look]
    at: datetime | None = None
    asked: list[str] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)
    silent: bool = False
    now: datetime = NOW
    _made: tuple[list[Look], Board] | None = None

    def board(self) -> Board:
        """As it is now; the same while the looks are."""
        if self._made is None or self._made[0] is not self.looks:
            self._made = self.looks, board(self.looks, self.now, self.at is None, {}, self.now - timedelta(hours=1))
        return self._made[1]

    def serve(self, context: BrowserContext) -> None:
        """From now on the browser of that context is answered."""
        context.route(f"{HERE}/**", self._answer)

    def _answer(self, route: Route, request: Request) -> None:
        path = urlsplit(request.url).path
        self.asked.append(f"{request.method} {path}")
        if path == "/events" and self.silent:
            return
        if path == "/events":
            event = f"retry: 100\n\nevent: look\nid: 1\ndata: {json.dumps(compact(self.board()))}\n\n"
            route.fulfill(body=event, content_type="text/event-stream")
            return
        kind, body = self._body(request.method, path, parse_qs(urlsplit(request.url).query))
        self.sizes[path] = len(body)
        route.fulfill(body=body, content_type=kind, headers={"content-security-policy": POLICY})

    @contextmanager
    def listening(self, port: int) -> Iterator[int]:
        """Over a real socket, until the block ends: then all connections are cut."""
        pages, ended = self, Event()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = urlsplit(self.path).path
                events = path == "/events"
                event = f"retry: 100\n\nevent: look\ndata: {json.dumps(compact(pages.board()))}\n\n".encode()
                kind, body = ("text/event-stream", event) if events else pages._body("GET", path, {})
                self.send_response(200)
                self.send_header("content-type", kind)
                self.send_header("content-security-policy", POLICY)
                self.end_headers()
                self.wfile.write(body)
                self.wfile.flush()
                if events:
                    ended.wait()

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server.server_port
        finally:
            ended.set()
            server.shutdown()
            thread.join()
            server.server_close()

    def _body(self, method: str, path: str, asked: dict[str, list[str]]) -> tuple[str, bytes]:
        if path.startswith("/static/"):
            file = STATIC / path.removeprefix("/static/")
            return KINDS[file.suffix], file.read_bytes()
        if path == "/api/v1/series":
            points = [{"seconds": self.now.timestamp() - 60 + i, "value": 20 + i % 7} for i in range(60)]
            return "application/json", json.dumps({"version": 1, "points": points}).encode()
        begin = int(asked["from"][0]) if "from" in asked else None
        return "text/html; charset=utf-8", self.page(path, method, rows="rows" in asked, begin=begin).encode()

    def page(self, path: str, method: str = "GET", *, rows: bool = False, begin: int | None = None) -> str:
        """The HTML of a page or part."""
        query = "" if self.at is None else "?" + urlencode({"at": self.at.isoformat()})
        found = self.board()

        def link(pool: PoolView, first: int | None = None) -> str:
            asked = query if first is None else f"{query}&from={first}" if query else f"?from={first}"
            return f"/pool/{quote(pool.load_balancer, '')}/{quote(pool.pool, '')}{asked}"

        def choose(pool: PoolView, first: int | None = None) -> str:
            return "/what-if?" + urlencode({"load_balancer": pool.load_balancer, "pool": pool.pool})

        given: dict[str, Any] = {"board": found, "at": self.at, "query": query, "csrf": "c", "status": 200, "link": link, "choose": choose}
        given |= {"begin": begin, "most": MOST_ROWS}
        part, name = path.startswith("/part/"), path.removeprefix("/part").strip("/") or "board"
        if name.startswith("pool/"):
            of, which = (unquote(each) for each in name.split("/")[1:3])
            pool = next(p for p in found.pools if (p.load_balancer, p.pool) == (of, which))
            seen = next(one.window for one in self.looks if one.load_balancer == of)
            strip = of_those(heat(seen, of, which, 20, 60), [place for place, _ in foremost(pool.servers, MOST_ROWS, begin)])
            given |= {"pool": pool, "heat": strip, "minutes": 20}
            given["siblings"] = tuple(p for p in found.pools if p.pool == which and p is not pool)
            name = "rows" if rows else "pool"
        name = name.replace("-", "_")
        if name.startswith("alerts"):
            name = "alerts"
        answer = ANSWER if method == "POST" else None
        given |= {"page": name, "diagnosis": DIAGNOSIS, "review": REVIEW, "asked": None, "answer": answer, "refused": ""}
        given.setdefault("pool", found.pools[0] if found.pools else None)
        return draw(f"_{name}.html" if part or rows else f"{name}.html", **given)


def a_pair() -> list[Look]:
    """Two load balancers with the same pools, of which one sends a server too much."""
    both = topology({"api": ("a1", "a2"), "web": ("app1", "app2", "app3", "app4")})
    calm = {"api/a1": 30.0, "api/a2": 30.0}
    needs = {"web": EVEN}
    return [look(window(both, {**calm, **QUIET}, needs=needs), "lb1"), look(window(both, {**calm, **HOT}, needs=needs), "lb2")]


def many(pools: int = 50, servers: int = 20, seconds: int = 30) -> list[Look]:
    """A thousand servers, all as they should be but for two pools."""
    of = topology({f"pool{p:02}": tuple(f"app{s:02}" for s in range(servers)) for p in range(pools)})
    rates = {f"pool{p:02}/app{s:02}": 200.0 if (p, s) in ((7, 3), (31, 9)) else 10.0 for p in range(pools) for s in range(servers)}
    return [look(window(of, rates, seconds=seconds, needs={p.name: EVEN for p in of.pools}))]


def large(hot: int = 777) -> list[Look]:
    """A thousand servers in one pool, of which one gets half of all requests."""
    of = topology({"web": tuple(f"app{s:04}" for s in range(1000))})
    rates = {f"web/app{s:04}": 10_000.0 if s == hot else 10.0 for s in range(1000)}
    return [look(window(of, rates, seconds=30, needs={"web": EVEN}))]


SCENES: Mapping[str, Callable[[], Pages]] = {
    "november": lambda: Pages([look(november())]),
    "pair": lambda: Pages(a_pair()),
    "many": lambda: Pages(many()),
    "large": lambda: Pages(large()),
    "quiet": lambda: Pages([look(window(topology({"web": APPS}), QUIET, needs={"web": EVEN}))]),
    "then": lambda: Pages([look(november())], at=NOW),
    "empty": lambda: Pages([]),
}
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
PATHS = {
    "board": "/",
    "pool": "/pool/lb1/web",
    "alerts": "/alerts",
    "diagnosis": "/diagnosis",
    "review": "/review",
    "what-if": "/what-if",
}


def main(folder: Path, scenes: list[str]) -> None:
    """Pictures of these scenes."""
    folder.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for scene in scenes:
            name, _, which = scene.partition(":")
            for theme in THEMES:
                for width in (1280, 390):
                    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
                    scene_pages = SCENES[name]()
                    scene_pages.silent = True
                    scene_pages.serve(context)
                    page = context.new_page()
                    page.clock.set_fixed_time(NOW + timedelta(seconds=1))
                    page.on("console", lambda message: print("console:", message.text))  # noqa: T201
                    page.on("pageerror", lambda error: print("error:", error))  # noqa: T201
                    page.goto(HERE + PATHS[which or "board"])
                    page.wait_for_timeout(600)
                    page.screenshot(path=folder / f"{name}-{which or 'board'}-{theme}-{width}.png", full_page=width == 390)
                    context.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:] or list(SCENES))
