"""The door: finds the command, turns every ending into the promised exit code, and never shows a traceback unasked.

Ctrl-C has its word from `main` on. So nothing is imported here that Python has not loaded already: typing alone would be half of the wait.
"""

import gc
import io
import os
import sys

from poise import __version__

TYPE_CHECKING = False  # typing's own, without typing
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

# The commands that read files, answer and end.
READING = frozenset(("audit", "predict", "diff", "needs", "docs"))
EXIT_COULD_NOT = 2
EXIT_USAGE = 64  # EX_USAGE of sysexits.h
EXIT_BUG = 70  # EX_SOFTWARE of sysexits.h
EXIT_INTERRUPTED = 130  # 128 + SIGINT, as shells say it
EXIT_BROKEN_PIPE = 141  # 128 + SIGPIPE, as shells say it
# As `poise.cli.output` names it in its errors.
STANDARD_OUTPUT = "standard output"
# For the metadata of the package that is installed: the release knows its address, the source does not.
URL_LABELS = ("bug tracker", "issues", "tracker", "bugs", "repository", "source", "homepage")


def main(arguments: "Sequence[str] | None" = None) -> "NoReturn":
    """The entry point of `poise`. Ends the process."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if sys.stderr is None:
        # Closed by who called us (`2>&-`): what is said there has nowhere to go, and saying it must not fail.
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - it stays open until the process ends
    if sys.stdout is None:
        # Closed by who called us (`>&-`): Python then has no stream at all, and an answer would have nowhere to go.
        sys.stderr.write("poise: standard output is closed, so nothing was done. Give it a place to write to, /dev/null at least\n")
        sys.exit(EXIT_COULD_NOT)
    if isinstance(getattr(sys.stdout, "buffer", None), io.RawIOBase):
        # With PYTHONUNBUFFERED, as images of Python set it, Python takes a short write for a whole one: a disk that fills up would cut the
        # answer off without a word. By lines it is still prompt.
        sys.stdout = open(sys.stdout.fileno(), "w", 1, sys.stdout.encoding, closefd=False)  # noqa: SIM115 - as above
    if isinstance(sys.stdout, io.TextIOWrapper):
        # In the C locale "½" has no byte: better a question mark than no answer, and better still what looks like it.
        sys.stdout.reconfigure(errors="replace" if sys.stdout.encoding.lower() in ("utf-8", "utf8") else _plain_signs())
    if words == ["--version"]:
        # The fast road: no library is imported to say a number.
        code = _printed(f"poise {__version__}\n")
    elif sys.platform == "win32":
        _tell("poise: Windows is not supported; in WSL (Windows Subsystem for Linux) poise runs as on Linux.\n")
        code = EXIT_COULD_NOT
    else:
        try:
            code = run(words)
        except KeyboardInterrupt:
            # Ctrl-C while libraries are imported, before a command runs.
            _tell("\npoise: interrupted\n")
            code = EXIT_INTERRUPTED
    _flush_and_leave(code, at_once=arguments is None and bool(words) and words[0] in READING)


def run(words: "Sequence[str]") -> int:
    """Run one command line and say its exit code. Raises nothing but SystemExit."""
    if words and words[0] in READING:
        # What these read lives until they end, and the collector would go through all of it again and again: reading and judging 633 KB
        # of nginx took 0.78 s with it and 0.42 s without.
        gc.disable()
        from poise.cli.unneeded import put_off_inspect  # noqa: PLC0415 - needs what `--version` must not wait for

        put_off_inspect()
    try:
        result = _audited(words[1:]) if _bare_audit(words) else _parsed(words)
    except KeyboardInterrupt:
        _tell("\npoise: interrupted\n")
        return EXIT_INTERRUPTED
    except SystemExit as ended:
        # click itself ends the process on a closed pipe, after putting a wrapper before stdout.
        return EXIT_BROKEN_PIPE if type(sys.stdout).__name__.endswith("PacifyFlushWrapper") else int(ended.code or 0)
    except BrokenPipeError:
        return EXIT_BROKEN_PIPE
    except Exception as error:
        return _ended(error, words)
    return result if isinstance(result, int) else 0


def _bare_audit(words: "Sequence[str]") -> bool:
    """Whether it is `poise audit PATH…` without any option. click's completion finds its words in the environment."""
    paths = words[1:]
    return (
        words[:1] == ["audit"] and bool(paths) and not any(path.startswith("-") for path in paths) and "_POISE_COMPLETE" not in os.environ
    )


def _audited(paths: "Sequence[str]") -> int:
    from poise.cli.audited import plain  # noqa: PLC0415 - `--version` must not wait for it

    return plain(paths)


def _parsed(words: "Sequence[str]") -> object:
    """What the command returns that click finds for these words, or the exit code where click could not."""
    import click  # noqa: PLC0415 - `--version` and a plain audit must not wait for it

    from poise.cli.root import root  # noqa: PLC0415

    try:
        return root.main(args=list(words), prog_name="poise", standalone_mode=False)
    except click.exceptions.Abort as ended:
        # click has ended the line of `^C` itself, but for that of a question.
        _tell("poise: interrupted\n" if ended.__cause__ is not None else "\npoise: interrupted\n")
        return EXIT_INTERRUPTED
    except click.ClickException as error:
        error.show()
        return EXIT_USAGE


def _ended(error: Exception, words: "Sequence[str]") -> int:
    from poise.store.store_error import StoreError  # noqa: PLC0415 - only a failure pays for it

    if isinstance(error, StoreError):
        _tell(_safe(f"poise: {error}\n"))
        return EXIT_COULD_NOT
    if isinstance(error, OSError):
        if error.filename in (None, STANDARD_OUTPUT) and not _output_taken():
            error.filename = STANDARD_OUTPUT
        place = f"{error.filename}: " if error.filename is not None else ""
        _tell(_safe(f"poise: {place}{error.strerror or error}. Nothing more was done.\n"))
        return EXIT_COULD_NOT
    return _bug(error, words)


def _bug(error: Exception, words: "Sequence[str]") -> int:
    import traceback  # noqa: PLC0415 - only a bug pays for it
    from itertools import pairwise  # noqa: PLC0415

    from poise.model.without_secrets import without_userinfo  # noqa: PLC0415

    last = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{last.filename.rpartition('/')[2]}:{last.lineno}"
    if "--log-level=debug" in words or ("--log-level", "debug") in pairwise(words):
        traceback.print_exception(error, file=sys.stderr)
    said = without_userinfo(str(error))
    _tell(
        _safe(
            f"poise: this is a bug in poise {__version__}, not in your files: {type(error).__name__}: {said} ({where}).\n"
            f"Please report it to {_where_to_report()}, with the output of: poise --log-level debug {' '.join(words)}\n"
        )
    )
    return EXIT_BUG


def _where_to_report() -> str:
    """The address that the installed package names, else who can be meant without one."""
    from importlib.metadata import PackageNotFoundError, metadata  # noqa: PLC0415 - only a bug pays for it

    try:
        lines = metadata("poise").get_all("Project-URL") or []
    except PackageNotFoundError:
        lines = []
    urls = {label.strip().lower(): url.strip() for label, _, url in (str(line).partition(",") for line in lines)}
    return next((urls[label] for label in URL_LABELS if label in urls), "whoever maintains the poise that you installed")


def _nobody_waits() -> bool:
    """Whether nothing is to be done at the exit: no function is registered for it, no thread runs on, nobody profiles or traces."""
    threads = sys.modules.get("threading")
    return "atexit" not in sys.modules and (threads is None or threads.active_count() == 1) and not (sys.getprofile() or sys.gettrace())


def _plain_signs() -> str:
    from poise.cli.plain_signs import register  # noqa: PLC0415 - nearly every terminal has all signs

    return register()


def _tell(text: str) -> None:
    """A word on standard error. Where that is full or closed as well, the exit code is all that can be said."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def _safe(text: str) -> str:
    from poise.report.printable import printable  # noqa: PLC0415

    return printable(text)


def _printed(text: str) -> int:
    try:
        sys.stdout.write(text)
    except OSError as error:
        _output_taken()
        _tell(f"poise: {STANDARD_OUTPUT}: {error.strerror}\n")
        return EXIT_COULD_NOT
    return 0


def _output_taken() -> bool:
    """Whether what is buffered of the output could be written. What could not is given up: it has its word, and gets no second one."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True


def _flush_and_leave(code: int, at_once: bool) -> "NoReturn":
    """Standard output is flushed here, where a full disk or a closed pipe still gets its word and its code."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        code = EXIT_BROKEN_PIPE
    except OSError as error:
        _tell(f"poise: could not write the output: {error.strerror}\n")
        code = EXIT_COULD_NOT
    else:
        if at_once and _nobody_waits():
            # Python would take apart one by one all that was read, which is a tenth of a small audit; the system takes it back at once.
            _tell("")
            os._exit(code)
        sys.exit(code)
    # What is still buffered cannot be written: the interpreter must not try again at exit and complain.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)
