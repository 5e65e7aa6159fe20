"""Certificates of the lab's servers: one that is in order, and the two that stop a service at three in the morning."""

import shutil
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from poise.lab.config import CA, TLS_NAME
from poise.lab.error import LabError
from poise.lab.processes import Supervisor

Run = Callable[..., Awaitable[None]]
VALID, EXPIRED, OTHER_NAME = "valid.pem", "expired.pem", "other-name.pem"
_CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
_AUTHORITY = """\
[ca]
default_ca = lab
[lab]
new_certs_dir = .
database = index.txt
rand_serial = yes
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
"""


async def make(supervisor: Supervisor, directory: Path) -> None:
    """An authority, and with each certificate its key in one file. LabError without the program openssl."""
    openssl = shutil.which("openssl")
    if openssl is None:
        raise LabError("a lab whose servers speak TLS needs the program openssl; Debian and Ubuntu: sudo apt-get install openssl")
    (directory / "index.txt").touch()
    (directory / "openssl.cnf").write_text(_AUTHORITY)

    async def run(*arguments: str) -> None:
        process = supervisor.spawn("openssl", [openssl, *arguments])
        code = await process.ended(20.0)
        await supervisor.end(process)
        if code != 0:
            raise LabError(f"openssl {' '.join(arguments[:2])}: {process.last_words()}")

    await run("req", "-x509", *_CURVE, "-keyout", "ca.key", "-out", CA, "-days", "2", "-subj", "/CN=lab authority")
    for file, name, validity in (
        (VALID, TLS_NAME, ("-days", "2")),
        (EXPIRED, TLS_NAME, ("-startdate", "20240101000000Z", "-enddate", "20250101000000Z")),
        (OTHER_NAME, "shop.lab.internal", ("-days", "2")),
    ):
        await _signed(run, directory, file, name, validity)


async def _signed(run: Run, directory: Path, file: str, name: str, validity: Sequence[str]) -> None:
    await run("req", *_CURVE, "-keyout", "new.key", "-out", "new.csr", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}")
    signing = ("-config", "openssl.cnf", "-batch", "-notext", "-cert", CA, "-keyfile", "ca.key", "-in", "new.csr", "-out", "new.crt")
    await run("ca", *signing, *validity)
    (directory / file).write_text((directory / "new.crt").read_text() + (directory / "new.key").read_text())
