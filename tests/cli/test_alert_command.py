"""`poise alert` and `poise watch --test-receivers`, as people call them."""

import asyncio
import io
import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alert_talk import alert
from jsonschema import Draft202012Validator
from receiving import free_port, hook

from poise.alerting.lifecycle import Effect
from poise.app.alert_delivery import AlertDelivery
from poise.app.needs import parse_needs
from poise.app.receivers import receivers
from poise.cli.main import run
from poise.daemon.watcher import Tick
from poise.model.receiver import Receiver, Reference, Timing
from poise.model.sample import Stack, Window
from poise.notifiers.secret import unreadable
from poise.report.schema import schema
from poise.store.alert_store import AlertStore
from poise.store.ownership import Ownership

SECRET = "T0ken-Zx9Qv7-4455"


@dataclass
class Said:
    returncode: int
    stdout: str
    stderr: str


def poise(*words: str) -> Said:
    """In this process: starting Python sixty times would take a minute."""
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        try:
            code = run(words)
        except SystemExit as end:
            code = int(end.code or 0)
    return Said(code, out.getvalue(), err.getvalue())


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """As a watch leaves it: a page that a receiver has not taken yet."""
    path = tmp_path / "s.db"

    async def watch() -> None:
        with AlertStore(path, "lb.cfg", timedelta(seconds=5)) as kept:
            now = datetime.now(UTC)
            told = Receiver("night", "webhook", f"http://127.0.0.1:{free_port()}/hook")
            delivery = AlertDelivery((told,), kept, lambda line: None, lambda: datetime.now(UTC))
            web, app1 = alert("pool web", "uneven_share"), alert("server web/app1", "server_down", page=False)
            effects = [Effect("firing", web), Effect("firing", app1)]
            await delivery.take("lb1", Tick(now, Window(Stack(), now), (), (web, app1), effects), now)
            await delivery.close()

    asyncio.run(watch())
    return path


def listed(store: Path) -> dict[str, list[dict[str, object]]]:
    found = poise("alert", "list", "--store", str(store), "--format", "json")
    document = json.loads(found.stdout)
    Draft202012Validator(json.loads(schema("alerts"))).validate(document)
    return document  # type: ignore[no-any-return]


def test_list_shows_what_fires_and_what_waits(store: Path) -> None:
    document = listed(store)
    assert [(a["component"], a["told"], a["acknowledged"]) for a in document["alerts"]] == [
        ("pool web", [], None),
        ("server web/app1", [], None),
    ]
    (waiting,) = document["notifications"]
    assert (waiting["receiver"], waiting["state"], waiting["reason"], waiting["attempts"]) == ("night", "waiting", "first", 1)
    text = poise("alert", "list", "--store", str(store)).stdout
    assert "pool web is wrong" in text and "night: waiting after 1 try: http://127.0.0.1:" in text


def test_alerts_of_a_watch_that_ended_are_not_shown_as_if_they_fired(store: Path) -> None:
    """A watch that is killed leaves its alerts in the store: what became of them since, nobody knows."""
    ended = "no poise watch runs for it"
    assert {a["watched"] for a in listed(store)["alerts"]} == {False}
    assert poise("alert", "list", "--store", str(store)).stdout.count(ended) == 2
    watch = Ownership(store, "lb.cfg")
    assert watch.take()
    assert {a["watched"] for a in listed(store)["alerts"]} == {True}
    assert ended not in poise("alert", "list", "--store", str(store)).stdout
    watch.release()
    assert watch.take(), "who only looks leaves no lock behind"
    watch.release()


def test_ack_and_silence_are_kept_and_shown(store: Path) -> None:
    first, second = (str(a["id"]) for a in listed(store)["alerts"])
    assert (
        poise("alert", "ack", first[:6], "--who", "bob", "--note", "on it", "--store", str(store)).stdout
        == "in hand: lb1, pool web is wrong\n"
    )
    made = poise(
        "alert", "silence", "--match", "component=web/app*", "--for", "2h", "--comment", "works", "--who", "ann", "--store", str(store)
    )
    assert made.returncode == 0 and "end it with: poise alert unsilence" in made.stdout
    document = listed(store)
    assert {a["id"]: (a["acknowledged"], bool(a["silenced"])) for a in document["alerts"]} == {
        first: ("bob: on it", False),
        second: (None, True),
    }
    (silence,) = document["silences"]
    assert silence["author"] == "ann" and silence["matchers"] == ["component=web/app*"] and silence["active"] is True
    assert poise("alert", "unsilence", str(silence["id"])[:4], "--store", str(store)).returncode == 0
    assert listed(store)["silences"] == []


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("ack", "ffffffffff"), 2, "is the id of no alert that fires"),
        (("unsilence", "x"), 2, "names none of the silences"),
        (("silence", "--match", "pool=web", "--comment", "c"), 64, "a silence has an end"),
        (("silence", "--match", "pool=web", "--for", "2h", "--comment", " "), 2, "gives no reason"),
        (("silence", "--match", "pool=web", "--until", "2020-01-01T00:00Z", "--comment", "c"), 2, "over already"),
        (("silence", "--match", "colour=red", "--for", "2h", "--comment", "c"), 64, "write FIELD=PATTERN"),
        (("silence", "--match", "pool=web", "--for", "ever", "--comment", "c"), 64, "write 30m, 2h or 1d"),
    ],
)
def test_what_cannot_be_done_says_why(store: Path, words: tuple[str, ...], code: int, said: str) -> None:
    found = poise("alert", *words, "--store", str(store))
    assert found.returncode == code and said in found.stderr and "Traceback" not in found.stderr


def test_a_store_that_is_not_there_is_no_quiet_night(tmp_path: Path) -> None:
    found = poise("alert", "list", "--store", str(tmp_path / "none.db"))
    assert found.returncode == 2 and "there is no store at" in found.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("alert", "list"),
        ("alert", "ack", "1a"),
        ("alert", "unsilence", "1a"),
        ("alert", "silence", "--match", "pool=web", "--for", "2h", "--comment", "c"),
        ("reviews", "list"),
        ("incident", "list"),
    ],
)
def test_a_mistyped_store_is_refused_and_the_one_beside_it_named(
    store: Path, words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for wrong in (store.with_name("alrets.db"), tmp_path / "gone" / "alerts.db"):
        found = poise(*words, "--store", str(wrong))
        assert found.returncode == 2 and f"store at {wrong}" in found.stderr and f"near it there is {store}" in found.stderr
        assert not wrong.exists()


def declared(folder: Path, text: str) -> Path:
    (folder / "lb.cfg").write_text("defaults\n    mode http\nlisten web\n    bind 127.0.0.1:8080\n    server a 127.0.0.1:9001\n")
    (folder / "poise.toml").write_text(text)
    return folder / "lb.cfg"


def test_test_receivers_says_who_took_it(tmp_path: Path) -> None:
    with hook() as server:
        (tmp_path / "url").write_text(server.url + "\n")
        well = '[receiver.night]\nkind = "webhook"\nurl_file = "url"\n'
        found = poise("watch", "--test-receivers", str(declared(tmp_path, well)))
        assert (found.returncode, found.stdout) == (0, "receiver night (webhook): took it\n")
        assert server.got[0]["reason"] == "test" and server.got[0]["firing"] == []
        more = f'{well}[receiver.mail]\nkind = "email"\nserver = "127.0.0.1:{free_port()}"\nfrom = "p@example.com"\nto = "a@example.com"\n'
        found = poise("watch", "--test-receivers", str(declared(tmp_path, more)))
        assert found.returncode == 2 and "receiver night (webhook): took it" in found.stdout
        assert "receiver mail (email): could not: 127.0.0.1:" in found.stdout and "Connection refused" in found.stdout
    found = poise("watch", "--test-receivers", str(declared(tmp_path, "")))
    assert found.returncode == 2 and "there is no receiver: declare one" in found.stdout


def test_test_receivers_does_not_ask_for_what_is_declared_but_could_not_be_read(tmp_path: Path) -> None:
    found = poise("watch", "--test-receivers", str(declared(tmp_path, '[receiver.night]\nkind = "pigeon"\n')))
    assert found.returncode == 2 and found.stdout.endswith("\nno receiver is left to try: mend the lines above\n")
    missing = tmp_path / "elsewhere" / "lb.cfg"
    found = poise("watch", "--test-receivers", str(missing))
    assert (
        found.returncode == 2 and f"could not: {missing}: there is no such file, so" in found.stdout and "declare one" not in found.stdout
    )


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (f'kind = "webhook"\nurl = "https://hooks.example.com/services/{SECRET}"', "url_file ="),
        (f'kind = "webhook"\nurl = "https://u:{SECRET}@hooks.example.com/"', "url_file ="),
        (f'kind = "webhook"\nurl = "https://hooks.example.com/?token={SECRET}"', "url_file ="),
        (f'kind = "apprise"\nurl = "slack://{SECRET}"', "url_file ="),
        (f'kind = "apprise"\nurl_file = "slack://{SECRET}"', "must name the file or the variable"),
        (f'kind = "webhook"\nurl = "https://x.example.com"\ntoken = "{SECRET}"', "token_file ="),
        (f'kind = "email"\nserver = "m:587"\nfrom = "a@b.c"\nto = ["a@b.c"]\npassword = "{SECRET}"', "password_file ="),
        ('kind = "pigeon"', "must be one of apprise, webhook, email, alertmanager"),
        ('kind = "webhook"', "needs one of url, url_file and url_env"),
        ('kind = "webhook"\nurl_env = "A"\nurl_file = "b"', "not url_file and url_env"),
        ('kind = "webhook"\nurl = "https://x.example.com"\ngroup_wiat = "1s"', "Did you mean `group_wait`?"),
        ('kind = "webhook"\nurl = "https://x.example.com"\ngroup_wait = 30', 'a duration in quotes: "30s"'),
        ('kind = "webhook"\nurl = "https://x.example.com"\nrepeat_interval = "1s"', 'at least "1m"'),
        ('kind = "webhook"\nurl = "https://x.example.com"\nmatch = ["colour=red"]', "holds what is no matcher"),
        ('kind = "webhook"\nurl = "https://x.example.com"\nseverity = "loud"', "must be one of info, warning, error"),
        ('kind = "email"\nserver = "m:587"\nfrom = "a@b.c"\nto = ["a@b.c\\nBcc: x@y.z"]', "must be addresses"),
        ('kind = "email"\nserver = "m"\nfrom = "a@b.c"\nto = "a@b.c"', "must be host:port"),
        ('kind = "email"\nserver = "m:25"\nfrom = "a@b.c"\nto = "a@b.c"\ntls = "none"\npassword_env = "P"', "for all to read"),
    ],
)
def test_a_receiver_that_is_wrong_is_told_without_its_secret(tmp_path: Path, lines: str, said: str) -> None:
    found = poise("watch", "--test-receivers", str(declared(tmp_path, f"[receiver.night]\n{lines}\n")))
    assert found.returncode == 2 and said in found.stdout and "poise.toml:" in found.stdout
    assert SECRET not in found.stdout + found.stderr and "Traceback" not in found.stderr


def test_a_receiver_as_it_is_meant() -> None:
    table = {
        "kind": "alertmanager",
        "url": "https://alertmanager.example.com/prefix",
        "match": ["pool!=test*"],
        "group_by": [],
        "severity": "info",
        "group_wait": "1m",
    }
    (found,), mistakes = receivers({"am": table})
    assert not mistakes and found.pages_only is False and found.group_by == () and found.timing.group_wait == timedelta(minutes=1)
    (night,), _ = receivers({"night": {"kind": "apprise", "url_env": "NIGHT"}})
    assert night.pages_only is True and night.group_by == ("load_balancer", "pool")


def test_the_example_of_the_page_is_right() -> None:
    """docs/how-to/alerting.md, as it is shown."""
    text = (Path(__file__).parents[2] / "docs" / "how-to" / "alerting.md").read_text(encoding="utf-8")
    needs, problems = parse_needs(text.split("```toml\n")[1].split("```")[0], "poise.toml")
    assert problems == () and [r.name for r in needs.receivers] == ["night", "hook", "mail", "am"]
    assert needs.receivers[2].timing == Timing() and not needs.receivers[3].pages_only


def test_a_secret_that_all_can_read_or_nobody_has_is_told(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("https://hooks.example.com/x\n")
    (tmp_path / "url").chmod(0o644)
    receiver = Receiver("night", "webhook", url_from=Reference("file", "url"), token_from=Reference("env", "POISE_NOT_SET"))
    said = list(unreadable(receiver, tmp_path))
    assert "chmod o=" in said[0] and "no variable POISE_NOT_SET" in said[1]
    (tmp_path / "url").chmod(0o640)
    assert len(list(unreadable(receiver, tmp_path))) == 1
