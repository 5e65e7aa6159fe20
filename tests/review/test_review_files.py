"""What is no postmortem gets a word, hostile text stays text, and time grows no faster than the file."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest

from poise.app.review import exit_code, reviewed
from poise.report import review_json, review_markdown, review_page, review_sarif, review_text
from poise.report.schema import schema
from poise.review.review import review

SARIF = Path(__file__).parents[1] / "report" / "sarif" / "sarif-2.1.0-rtm.5.json"
NOVEMBER = Path(__file__).parent / "november.md"
HOSTILE = "\n".join(
    (
        "# Outage <script>alert(1)</script> of 10 November 2023 \x1b[31mred\x1b[0m",
        "",
        "## Timeline (UTC)",
        "- 13:45 An alert fired <img src=x onerror=alert(2)> \u202egnp.exe",
        "- 14:30 [Restored](javascript:alert(3)) | cell | `code` @everyone",
        "",
        "## Root cause",
        "The root cause was human error & <b>more</b>.",
        "",
    )
)


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "it is empty"),
        (b" \n\n", "it is empty"),
        (b"\x7fELF\x02\x01\x01\x00\x00\x00", "NUL bytes"),
        (b"- 13:45 an alert\0 fired\n", "NUL bytes"),
        (b"x" * (10 * 1024 * 1024), "10.0 MB"),
        (b"\xff\xfe\x00", "UTF-16"),
        (b"Shopping: milk, bread.\n", "is it one?"),
        (b"listen web\n    balance roundrobin\n    server app1 10.0.0.1:8080 weight 256 check\n", "is it one?"),
        ("Der Server war nicht erreichbar, und die Kunden wurden von der Störung getroffen. ".encode() * 5, "German"),
    ],
)
def test_what_cannot_be_read_is_told(data: bytes, word: str, tmp_path: Path) -> None:
    file = tmp_path / "postmortem.md"
    file.write_bytes(data)
    run = reviewed((str(file),))
    assert run.documents == ()
    assert word in run.could_not[0].reason
    assert exit_code(run, "never") == 2


def test_a_pipe_that_nobody_writes_into_and_a_device_are_told(tmp_path: Path) -> None:
    pipe = tmp_path / "postmortem.md"
    os.mkfifo(pipe)
    run = reviewed((str(pipe), "/dev/zero"))
    assert "nobody writes into" in run.could_not[0].reason
    assert "Give poise the document itself" in run.could_not[1].reason


def test_a_missing_file_and_an_empty_folder_are_told(tmp_path: Path) -> None:
    run = reviewed((str(tmp_path / "none.md"), str(tmp_path)))
    assert run.could_not[0].reason == "there is no such file. Check the path"
    assert ".md" in run.could_not[1].reason


def test_a_folder_gives_its_texts_in_order(tmp_path: Path) -> None:
    for name in ("b.md", "a.txt", "picture.png", ".git/c.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(NOVEMBER.read_text())
    assert [Path(file).name for file, _ in reviewed((str(tmp_path),)).documents] == ["a.txt", "b.md"]


def test_letters_of_windows_are_read(tmp_path: Path) -> None:
    file = tmp_path / "old.txt"
    file.write_bytes("Outage of 5 March 2024\r\n\r\n13:45 \u201can alert\u201d fired\r\n14:30 restored\r\n".encode("cp1252"))
    (_, read) = reviewed((str(file),)).documents[0]
    assert [(e.time.iso, e.line) for e in read.timeline] == [("2024-03-05T13:45:00", 3), ("2024-03-05T14:30:00", 4)]


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    file = tmp_path / "<script>.md"
    file.write_text(HOSTILE)
    run = reviewed((str(file),))
    page, text, markdown = review_page.html(run), review_text.text(run), review_markdown.text(run)
    assert "<script" not in page and "<img" not in page and "<b>more" not in page and 'href="javascript' not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<script" not in markdown and "<img" not in markdown
    for made in (page, text, markdown):
        assert "\x1b" not in made and "\u202e" not in made
    jsonschema.validate(review_json.to_json(run), json.loads(schema("review")))


def test_sarif_is_what_its_schema_says() -> None:
    made = review_sarif.to_sarif(reviewed((str(NOVEMBER),)), str(NOVEMBER.parent))
    jsonschema.Draft4Validator(json.loads(SARIF.read_text()), format_checker=jsonschema.FormatChecker()).validate(made)
    results = made["runs"][0]["results"]
    assert {r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in results} == {"november.md"}
    assert len({r["partialFingerprints"]["poise/v1"] for r in results}) == len(results)


def test_the_page_has_each_finding_beside_its_line() -> None:
    run = reviewed((str(NOVEMBER),))
    page = review_page.html(run)
    for finding in run.documents[0][1].findings:
        row = page.partition(f'<tr id="d1-l{finding.line}"')[2].partition("</tr>")[0]
        assert f"{finding.rule}: " in row
    assert page.count("<tr id=") == len(NOVEMBER.read_text().split("\n"))
    assert "<script" not in page


def test_exit_codes_of_the_command(tmp_path: Path) -> None:
    good = tmp_path / "good.md"
    good.write_text("# Outage of 10 November 2023\n\n## Timeline (UTC)\n- 13:45 An alert fired.\n- 14:30 Service was restored.\n")

    def code(*words: str) -> int:
        done = subprocess.run([sys.executable, "-m", "poise.cli", "review", *words], capture_output=True, check=False, timeout=60)
        assert b"Traceback" not in done.stderr
        return done.returncode

    assert code(str(good)) == 0
    assert code("--fail-on", "warning", str(good)) == 1
    assert code(str(NOVEMBER)) == 1
    assert code(str(NOVEMBER), str(tmp_path / "none.md")) == 2
    assert code("--select", "no-such-rule", str(good)) == 64


@pytest.mark.parametrize(
    "line",
    [
        "- 13:45 an alert fired\n",
        "The outage lasted 4 hours 30 minutes, from 14:00 to 18:30 UTC. ",
        "a" * 50 + " ",
        "12:34 ",
        "1:1:1:1:",
        "| 13:45 | x ",
        "[[[[((((**__",
        "5 h 5 min 5 s ",
        "= == === ",
        "<tr><td>13:45",
    ],
)
def test_time_grows_as_the_text_does(line: str) -> None:
    def took(size: int) -> float:
        # In lines of a page's width, and in one that is read as far as it is.
        text = "# Outage of 10 November 2023\n\n" + f"{(line * 80)[:80].rstrip()}\n" * (size // 80) + "\n" + line * (size // len(line))
        begin = time.process_time()
        review(text)
        return time.process_time() - begin

    took(20_000)
    small, large = min(took(40_000) for _ in range(2)), min(took(160_000) for _ in range(2))
    # Four times as much; eight leaves room for what is done once and for a shared machine.
    assert large < 8 * small + 0.3
