"""Every notifier against a real server: what arrives, what is an error for good, and that no secret leaks."""

import asyncio
import io
import json
import logging
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from alert_talk import START, alert, at
from jsonschema import Draft202012Validator
from receiving import free_port, hook

from poise.alerting.held import Held
from poise.alerting.identity import Identity
from poise.alerting.notification import Notification
from poise.model.receiver import Receiver, Reference, Smtp
from poise.notifiers.build import NOTIFIERS, build
from poise.notifiers.notify_error import NotifyError
from poise.report.schema import schema

SECRET = "hunter2-S3cr3t-Zx9Qv7"
HELD = Held(
    Identity("lb1", "uneven_share", "pool web"), alert("pool web", "uneven_share"), "web", "poise diagnose --live /etc/haproxy/haproxy.cfg"
)
MESSAGE = Notification("0123456789abcdef0123", "night", (("load_balancer", "lb1"), ("pool", "web")), "first", START, (HELD,))
OVER = replace(
    MESSAGE, id="f" * 20, reason="resolved", firing=(), resolved=(replace(HELD, alert=alert("pool web", "uneven_share", ended=724)),)
)


def send(receiver: Receiver, base: Path, message: Notification = MESSAGE) -> None:
    asyncio.run(build(receiver, base).send(message))


def kept(path: Path, text: str) -> Reference:
    path.write_text(text + "\n")
    return Reference("file", path.name)


def test_a_webhook_gets_the_documented_json(tmp_path: Path) -> None:
    with hook() as server:
        send(Receiver("night", "webhook", server.url, token_from=kept(tmp_path / "t", SECRET)), tmp_path)
        send(Receiver("night", "webhook", server.url, user="ann", password_from=kept(tmp_path / "t", SECRET)), tmp_path, OVER)
    validator = Draft202012Validator(json.loads(schema("notification")))
    for document in server.got:
        validator.validate(document)
    assert server.ids == [MESSAGE.id, OVER.id] and server.paths == ["/hook"] * 2
    assert server.headers[0]["Authorization"] == f"Bearer {SECRET}" and server.headers[0]["Idempotency-Key"] == MESSAGE.id
    assert server.headers[1]["Authorization"].startswith("Basic ")
    (one,) = server.got[0]["firing"]
    assert (one["since"], one["pool"], one["explain"]) == ("2026-11-27T03:00:00Z", "web", "poise explain uneven-weights")
    assert server.got[1]["resolved"][0]["duration_seconds"] == 724


@pytest.mark.parametrize(
    ("status", "permanent"), [(500, False), (503, False), (429, False), (408, False), (400, True), (401, True), (404, True), (302, True)]
)
def test_what_an_answer_means(tmp_path: Path, status: int, permanent: bool) -> None:
    """RFC 9110: 4xx is the sender's mistake, but for those that say later."""
    with hook(status=status) as server, pytest.raises(NotifyError, match=str(status)) as found:
        send(Receiver("night", "webhook", server.url), tmp_path)
    assert found.value.permanent is permanent and server.got == []


def test_who_does_not_answer_is_asked_again(tmp_path: Path) -> None:
    with pytest.raises(NotifyError) as found:
        send(Receiver("night", "webhook", f"http://127.0.0.1:{free_port()}/x"), tmp_path)
    assert not found.value.permanent and "refused" in str(found.value).lower()


class Letters:
    """What a mail server got; it knows one user."""

    def __init__(self) -> None:
        self.got: list[EmailMessage] = []
        self.asked: list[str] = []
        self.refuse: tuple[str, ...] = ()

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refuse:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.got.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        return "250 OK"

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        self.asked.append(data.password.decode())
        return AuthResult(success=data.password == SECRET.encode(), handled=False)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", *names]
    subprocess.run([*command, "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True, capture_output=True)
    return folder


@contextmanager
def mail_server(certificate: Path | None) -> Iterator[tuple[Letters, int]]:
    letters, port = Letters(), free_port()
    context = None
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    options: dict[str, Any] = {"tls_context": context, "require_starttls": context is not None, "authenticator": letters.authenticate}
    controller = Controller(letters, hostname="127.0.0.1", port=port, auth_required=context is not None, **options)
    controller.start()
    try:
        yield letters, port
    finally:
        controller.stop()


def mailbox(
    port: int, base: Path, certificate: Path, password: str = SECRET, to: tuple[str, ...] = ("a@example.com", "b@example.com")
) -> Receiver:
    smtp = Smtp(f"127.0.0.1:{port}", "poise@example.com", to)
    return Receiver("mail", "email", user="ann", password_from=kept(base / "p", password), smtp=smtp, ca_file=str(certificate / "cert.pem"))


def test_e_mail_goes_out_after_starttls_and_log_in(tmp_path: Path, certificate: Path) -> None:
    with mail_server(certificate) as (letters, port):
        send(mailbox(port, tmp_path, certificate), tmp_path)
        send(mailbox(port, tmp_path, certificate), tmp_path, OVER)
    first, second = letters.got
    assert letters.asked == [SECRET] * 2
    assert first["Subject"] == "pool web is wrong" and first["To"] == "a@example.com, b@example.com"
    assert first["Message-ID"] == f"<{MESSAGE.id}@example.com>" and first["References"] == second["References"]
    assert first["Auto-Submitted"] == "auto-generated" and first["Importance"] == "high" and second["Importance"] is None
    assert "Look closer: poise diagnose --live /etc/haproxy/haproxy.cfg" in first.get_content()
    assert second["Subject"] == "Over after 12 min: pool web is wrong"


def test_no_password_is_said_to_a_server_without_starttls_or_with_a_strange_certificate(tmp_path: Path, certificate: Path) -> None:
    with mail_server(None) as (letters, port), pytest.raises(NotifyError, match="offers no STARTTLS") as found:
        send(mailbox(port, tmp_path, certificate), tmp_path)
    assert found.value.permanent and not letters.asked and not letters.got
    with mail_server(certificate) as (letters, port), pytest.raises(NotifyError, match=r"certificate of .* is not accepted") as found:
        send(replace(mailbox(port, tmp_path, certificate), ca_file=None), tmp_path)
    assert not found.value.permanent and not letters.asked and not letters.got


def test_a_wrong_password_and_a_refused_address_are_told(tmp_path: Path, certificate: Path) -> None:
    with mail_server(certificate) as (letters, port):
        with pytest.raises(NotifyError, match="535") as found:
            send(mailbox(port, tmp_path, certificate, "wrong-wrong"), tmp_path)
        assert found.value.permanent and not letters.got
        letters.refuse = ("b@example.com",)
        with pytest.raises(NotifyError, match=r"refused b@example\.com; the other addresses got it") as found:
            send(mailbox(port, tmp_path, certificate), tmp_path)
        assert found.value.permanent and len(letters.got) == 1
        with pytest.raises(NotifyError, match="takes mail for none") as found:
            send(mailbox(port, tmp_path, certificate, to=("b@example.com",)), tmp_path)
        assert found.value.permanent


def test_apprise_hands_it_to_the_service(tmp_path: Path) -> None:
    """Apprise's own json:// plugin posts to our server."""
    with hook() as server:
        send(Receiver("chat", "apprise", url_from=kept(tmp_path / "u", f"json://127.0.0.1:{server.port}/hook")), tmp_path)
        (document,) = server.got
        assert document["type"] == "failure" and document["message"].startswith("pool web is wrong\n")
        server.status = 403
        with pytest.raises(NotifyError, match="403") as found:
            send(Receiver("chat", "apprise", url_from=kept(tmp_path / "u", f"json://127.0.0.1:{server.port}/hook")), tmp_path)
        assert found.value.permanent
        server.status = 502
        with pytest.raises(NotifyError) as found:
            send(Receiver("chat", "apprise", url_from=kept(tmp_path / "u", f"json://127.0.0.1:{server.port}/hook")), tmp_path)
        assert not found.value.permanent


def test_apprise_takes_one_service_that_it_knows(tmp_path: Path) -> None:
    for text in (f"nosuch://{SECRET}/x", f"json://127.0.0.1/a json://127.0.0.1/{SECRET}", SECRET):
        with pytest.raises(NotifyError, match="none of one service") as found:
            send(Receiver("chat", "apprise", url_from=kept(tmp_path / "u", text)), tmp_path)
        assert found.value.permanent and SECRET not in str(found.value)


def test_what_apprise_says_of_another_receiver_is_no_reason_of_this_one(tmp_path: Path) -> None:
    """Two threads use the library at once: one is told that its URL is wrong while the other waits for its service."""

    def meanwhile(record: logging.LogRecord) -> bool:
        if other.ident is None:
            other.start()
            other.join()
        return True

    def said() -> None:
        logging.getLogger("apprise").warning("refused https://chat.example/%s, error=404.", SECRET)

    other = threading.Thread(target=said)
    logger = logging.getLogger("apprise")
    with hook(status=502) as server:
        logger.addFilter(meanwhile)
        try:
            with pytest.raises(NotifyError) as found:
                send(Receiver("chat", "apprise", url_from=kept(tmp_path / "u", f"json://127.0.0.1:{server.port}/hook")), tmp_path)
        finally:
            logger.removeFilter(meanwhile)
    assert other.ident is not None and not found.value.permanent and SECRET not in str(found.value) and "502" in str(found.value)


def failing(kind: str, port: int, base: Path, certificate: Path) -> Receiver:
    """A receiver of that kind with SECRET in each place where it can have one."""
    if kind == "apprise":
        return Receiver("r", "apprise", url_from=kept(base / "s", f"json://user:{SECRET}@127.0.0.1:{port}/{SECRET}/x?token={SECRET}"))
    if kind == "email":
        return mailbox(port, base, certificate)
    url = kept(base / "s", f"http://127.0.0.1:{port}/services/{SECRET}?token={SECRET}")
    return Receiver("r", kind, url_from=url, token_from=Reference("env", "POISE_TEST_TOKEN"))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", NOTIFIERS)
@pytest.mark.parametrize("trouble", ["refused", "answers", "gone"])
def test_no_error_log_or_repr_holds_a_secret(
    kind: str,
    trouble: str,
    tmp_path: Path,
    certificate: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The receiver answers with everything that it was sent, or not at all; everything is logged at the lowest level."""
    monkeypatch.setenv("POISE_TEST_TOKEN", SECRET)
    monkeypatch.setattr("poise.notifiers.mail.EACH_STEP_SECONDS", 0.3)  # a mail client waits for this server to speak first
    heard = io.StringIO()
    # As `--log-level debug` sets it up. pytest's own handler hears loggers, too, that tell nobody.
    handler = logging.StreamHandler(heard)
    for name in ("apprise", "urllib3", "requests", "asyncio", ""):
        monkeypatch.setattr(logging.getLogger(name), "level", logging.DEBUG)
    logging.getLogger().addHandler(handler)
    logging.getLogger("poise.test").debug("it hears")
    with hook(status=400 if trouble == "answers" else 503) as server:
        server.answer = f"bad token {SECRET} for /services/{SECRET} Bearer {SECRET}".encode()
        port = server.port if trouble != "gone" else free_port()
        receiver = failing(kind, port, tmp_path, certificate)
        notifier = build(receiver, tmp_path)
        with pytest.raises(NotifyError) as found:
            asyncio.run(notifier.send(MESSAGE))
    logging.getLogger().removeHandler(handler)
    out = capfd.readouterr()
    assert "it hears" in heard.getvalue()
    said = [str(found.value), repr(found.value), repr(notifier), repr(receiver), out.out, out.err, heard.getvalue()]
    assert not [text for text in said if SECRET in text or SECRET[:12] in text]
    assert found.value.__cause__ is None and (found.value.__suppress_context__ or found.value.__context__ is None)


@pytest.mark.parametrize(("text", "words"), [("two\nlines", "alone, on one line"), ("", "alone, on one line"), (None, "No such file")])
def test_a_secret_that_cannot_be_read_is_told_by_its_place(tmp_path: Path, text: str | None, words: str) -> None:
    if text is not None:
        (tmp_path / "u").write_text(text)
    with pytest.raises(NotifyError, match=words) as found:
        send(Receiver("r", "webhook", url_from=Reference("file", "u")), tmp_path)
    assert not found.value.permanent and str(tmp_path / "u") in str(found.value)
    with pytest.raises(NotifyError, match="no variable POISE_NOT_SET"):
        send(Receiver("r", "webhook", url_from=Reference("env", "POISE_NOT_SET")), tmp_path)


@pytest.mark.parametrize("url", ["ftp://x/y", "http://", "http://a b/", f"http://u:{SECRET}@127.0.0.1/", "http://[::1", "http://x:99999/"])
def test_what_is_no_url_is_refused_without_repeating_it(tmp_path: Path, url: str) -> None:
    with pytest.raises(NotifyError) as found:
        send(Receiver("r", "webhook", url_from=kept(tmp_path / "u", url)), tmp_path)
    assert found.value.permanent and SECRET not in str(found.value)


def test_hostile_names_stay_on_their_line(tmp_path: Path) -> None:
    """A server's name from a discovery, with line feeds, an escape sequence, a header of its own and a sign that turns the line round."""
    bad = "pool web\r\nBcc: all@example.com\r\n\r\n\x1b[2Jok\u202e"
    hostile = Held(Identity("lb\n1", "d", bad), alert(bad), "web\x00", "poise diagnose")
    message = replace(MESSAGE, firing=(hostile,), group=(("pool", "web\x1b"),))
    with hook() as server:
        send(Receiver("night", "webhook", server.url), tmp_path, message)
    text = server.got[0]["text"]
    assert not {"\x1b", "\r", "\x00", "\u202e"} & set(json.dumps(server.got[0], ensure_ascii=False))
    assert len(text.split("\n")) == len(_plain_text().split("\n"))


def _plain_text() -> str:
    from poise.report.notification_text import notification_text

    return notification_text(MESSAGE).text


def test_the_message_says_what_where_since_when_how_sure_and_what_to_do() -> None:
    assert _plain_text() == (
        "pool web is wrong\n"
        "\n"
        "Where: load balancer lb1, pool web\n"
        "Since: 2026-11-27 03:00:00 UTC\n"
        "Severity: error; it wakes a person\n"
        "How sure: why\n"
        "What it is: poise explain uneven-weights\n"
        "Look closer: poise diagnose --live /etc/haproxy/haproxy.cfg\n"
        f"Take it in hand: poise alert ack {HELD.identity.id}\n"
        "\n"
        "Sent by poise to night because: it is the first of its group. Message 0123456789abcdef0123\n"
    )


def test_the_end_says_what_is_seen_now_and_how_long_it_lasted() -> None:
    from poise.report.notification_text import notification_text

    (held,) = OVER.resolved
    cleared = replace(held, alert=replace(held.alert, cleared="app1 gets 26% of the requests, the most, the needs want 25%"))
    said = notification_text(replace(OVER, resolved=(cleared,)))
    assert said.title == "Over after 12 min: pool web: app1 gets 26% of the requests, the most, the needs want 25% (was: pool web is wrong)"
    assert "Now: app1 gets 26% of the requests, the most, the needs want 25%\nIt was: pool web is wrong\n" in said.text
    assert "How sure" not in said.text


def test_what_was_late_says_both() -> None:
    from poise.report.notification_text import notification_text

    said = notification_text(replace(OVER, reason="late", delayed_since=at(1)))
    assert said.title == "Over after 12 min: pool web is wrong"
    assert "Since: 2026-11-27 03:00:00 UTC, until 2026-11-27 03:12:04 UTC after 12 min" in said.text
    assert "This message is late: it was first due at 2026-11-27 03:00:01 UTC" in said.text
