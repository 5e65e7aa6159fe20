"""The certificate that clients of a listener get, by a TLS handshake as theirs: not what a file holds, which may not have been loaded.

Whether it is trusted is not asked: its end and which one it is are told of one that nobody trusts too.
"""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from poise.model.component_label import component_label
from poise.model.could_not import CouldNot
from poise.model.sample import Sample
from poise.probes.source import Reading

# A handshake costs the load balancer a millisecond, and certificates change a few times a year.
EVERY = timedelta(seconds=60)
HANDSHAKE_SECONDS = 3.0
DAY_SECONDS = 86_400.0
# So much of the fingerprint is held exactly by a float.
PRINT_BYTES = 6
_SEQUENCE, _UTC_TIME, _GENERALIZED_TIME, _VERSION = 0x30, 0x17, 0x18, 0xA0


class CertificateProbe:
    """`certificate_days` until it ends, `certificate_lifetime_days` it was made for, and `certificate_print`, a number that another
    certificate has not. `address` is host:port; `server_name` is what a client asks for (SNI), None for the default certificate."""

    def __init__(self, name: str, address: str, server_name: str | None = None, seconds: float = HANDSHAKE_SECONDS) -> None:
        self.name, self.address, self.server_name = name, address, server_name
        self._seconds = seconds
        self._due: datetime | None = None
        self._last: tuple[datetime, datetime, float] | CouldNot | None = None

    async def sample(self, now: datetime) -> Reading:
        """What the last handshake showed, as it stands now; a new one where that is a minute old."""
        if self._due is None or now >= self._due:
            self._due = now + EVERY
            self._last = await self._look()
        if isinstance(self._last, CouldNot):
            return Reading(could_not=(self._last,))
        if self._last is None:
            return Reading()
        begin, end, fingerprint = self._last
        values = {
            "certificate_days": (end - now).total_seconds() / DAY_SECONDS,
            "certificate_lifetime_days": (end - begin).total_seconds() / DAY_SECONDS,
            "certificate_print": fingerprint,
        }
        return Reading(tuple(Sample(now, self.name, metric, value) for metric, value in values.items()))

    async def _look(self) -> tuple[datetime, datetime, float] | CouldNot:
        what = f"certificate of {component_label('listener', self.name)}"
        try:
            der = await handshake(self.address, self.server_name, self._seconds)
            return *validity(der), float(int.from_bytes(sha256(der).digest()[:PRINT_BYTES]))
        except TimeoutError:
            why = f"no TLS handshake with {self.address} within {self._seconds:g} s"
        except (OSError, ValueError) as error:
            why = f"no TLS handshake with {self.address}: {_plain(error)}"
        return CouldNot(what, f"{why}; when it ends is not known")


async def handshake(address: str, server_name: str | None, seconds: float = HANDSHAKE_SECONDS) -> bytes:
    """The certificate (DER) that is shown to a client that asks for this name. OSError, TimeoutError or ValueError where none is."""
    host, _, port = address.rpartition(":")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    async with asyncio.timeout(seconds):
        _, writer = await asyncio.open_connection(host.strip("[]"), int(port), ssl=context, server_hostname=server_name or "")
        try:
            der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        finally:
            writer.transport.abort()
    if not der:
        raise ValueError("no certificate was shown")
    return bytes(der)


def validity(der: bytes) -> tuple[datetime, datetime]:
    """From when and until when it holds (RFC 5280, 4.1); ValueError for what is no certificate."""
    try:
        at, _ = _inside(der, 0, _SEQUENCE)
        at, _ = _inside(der, at, _SEQUENCE)
        if der[at] == _VERSION:
            at = _behind(der, at)
        for _ in ("serialNumber", "signature", "issuer"):
            at = _behind(der, at)
        at, _ = _inside(der, at, _SEQUENCE)
        return _time(der, at), _time(der, _behind(der, at))
    except IndexError:
        raise ValueError("what was shown is no certificate") from None


def _header(der: bytes, at: int) -> tuple[int, int]:
    """Where the value of the element at this place begins and ends."""
    length, at = der[at + 1], at + 2
    if length & 0x80:
        count = length & 0x7F
        length, at = int.from_bytes(der[at : at + count]), at + count
    if at + length > len(der):
        raise IndexError
    return at, at + length


def _inside(der: bytes, at: int, tag: int) -> tuple[int, int]:
    if der[at] != tag:
        raise ValueError("what was shown is no certificate")
    return _header(der, at)


def _behind(der: bytes, at: int) -> int:
    return _header(der, at)[1]


def _time(der: bytes, at: int) -> datetime:
    begin, end = _header(der, at)
    text = der[begin:end].decode("ascii", "replace")
    if der[at] == _UTC_TIME:
        # RFC 5280, 4.1.2.5.1: from 50 on the last century.
        text = ("19" if text[:2] >= "50" else "20") + text
    elif der[at] != _GENERALIZED_TIME:
        raise ValueError("its times are not understood")
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def _plain(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error)
    return "".join(c for c in text if c.isprintable())[:120] or type(error).__name__
