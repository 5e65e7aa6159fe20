"""The forms of an audit: each against its schema or its published grammar, and none lets hostile text through."""

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import jsonschema
import pytest

from poise.model.audit import Audit, ReadFile
from poise.model.could_not import CouldNot
from poise.model.finding import Finding
from poise.model.forecast import Forecast, PoolForecast, ServerShare
from poise.model.location import Location
from poise.model.needs import Acceptance
from poise.model.remark import Remark
from poise.report import findings_github, findings_gitlab, findings_json, findings_markdown, findings_sarif, findings_text, forecast_text
from poise.report.printable import printable
from poise.report.schema import NAMES, schema
from poise.rules import RULES

HOSTILE = "\x1b[2Jweb\r\n\x07| <script>`*_\u202ebew%"


def finding(**changes: object) -> Finding:
    values: dict[str, object] = {
        "rule": "uneven-weights",
        "fault": "uneven-weights",
        "severity": "error",
        "confidence": "high",
        "message": "app1 gets 98.8 % of web's requests",
        "why": "it saturates",
        "remedy": "level the weights",
        "location": Location("haproxy.cfg", 2, 12, 20, 23),
        "product": "haproxy",
        "pool": "web",
        "server": "app1",
    }
    return Finding(**{**values, **changes})  # type: ignore[arg-type]


def audit(*findings: Finding, could_not: tuple[CouldNot, ...] = (), not_judged: tuple[CouldNot, ...] = ()) -> Audit:
    texts = (("haproxy.cfg", "backend web\n  server a weight 256 check\n"),)
    return Audit(findings, (ReadFile("haproxy.cfg", "haproxy", "2.6", "given"),), could_not, texts=texts, not_judged=not_judged)


@pytest.mark.parametrize("begin", [0, 30, 150, 280])
def test_of_a_long_line_the_place_is_shown(begin: int) -> None:
    line = f"{'a ' * (begin // 2)}HERE{' b' * ((296 - begin) // 2)}"
    made = audit(finding(location=Location("envoy.json", 1, begin + 1, begin, begin + 4)))
    shown, mark = findings_text.text(replace(made, texts=(("envoy.json", f"{line}\n"),))).split("\n")[2:4]
    assert len(shown) <= 130
    # At the first column the mark would be of no use.
    assert shown[mark.index("^") :].startswith("HERE") if begin else "| HERE" in shown


def test_a_sentence_that_follows_another_does_not_begin_in_lower_case() -> None:
    made = audit(finding())
    forms = (
        findings_github.text(made),
        findings_markdown.text(made),
        str(findings_gitlab.to_gitlab(made)),
        str(findings_sarif.to_sarif(made)),
    )
    assert all("of web's requests; it saturates. " in text for text in forms)


def test_bars_keep_to_the_terminal() -> None:
    servers = tuple(ServerShare(f"app{n}", f"10.0.0.{n}:80", "active", 1, 0.5, 0.01) for n in (1, 2))
    made = Forecast((PoolForecast("a.cfg", "haproxy", "web", "roundrobin", "exact", 1500, servers),))
    widths = {columns: max(map(len, forecast_text.text(made, columns).split("\n"))) for columns in (40, 60, 80, None)}
    assert widths[60] <= 60 and widths[80] <= 80
    assert "█" not in forecast_text.text(made, 40)
    assert forecast_text.text(made, 200) == forecast_text.text(made)


UNREAD = CouldNot("broken.cfg", "line 3 is not a keyword", 3)


def test_text_shows_what_where_why_and_what_to_do() -> None:
    text = findings_text.text(audit(finding(location=Location("haproxy.cfg", 2, 19, 30, 33))))
    assert text.split("\n") == [
        "haproxy.cfg:2:19 error uneven-weights",
        "  app1 gets 98.8 % of web's requests",
        "  2 |   server a weight 256 check",
        "    |                   ^^^",
        "  why: it saturates",
        "  do:  level the weights",
        "",
        "1 error in 1 file (haproxy 2.6)",
        "",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "  stats auth admin:hunter2",
        "  user bob insecure-password hunter2",
        '  http-request set-header Authorization "Basic hunter2"',
        "  option httpchk GET / HTTP/1.1\\r\\nAuthorization:hunter2",
        "  cluster-secret hunter2",
        "  tcp-check send AUTH\\ hunter2\\r\\n",
        "  setenv X hunter2",
        "  proxy_set_header Authorization 'Basic hunter2';",
        "  proxy_set_header X-Api-Key hunter2;",
        "  proxy_pass http://u:hunter2@10.0.0.1;",
        "  db_pass = hunter2",
        "  x?apikey=hunter2",
    ],
)
def test_the_line_that_is_shown_tells_no_password(line: str) -> None:
    shown = findings_text.text(Audit((finding(location=Location("a.cfg", 1, 3)),), (), (), texts=(("a.cfg", line),)))
    assert "hunter2" not in shown
    assert f"1 | {line[:8]}" in shown


def test_a_line_without_end_is_not_shown() -> None:
    line = '{"clusters":[' + "{}," * 1000
    shown = findings_text.text(Audit((finding(location=Location("a.json", 1, 3)),), (), (), texts=(("a.json", line),)))
    assert shown.startswith("a.json:1:3 error uneven-weights\n")
    assert "{}" not in shown


def test_what_was_not_read_is_never_called_clean() -> None:
    text = findings_text.text(Audit((), (), (UNREAD,)))
    assert "could not broken.cfg:3: line 3 is not a keyword" in text
    assert "nothing was read; 1 not understood, so this is not the whole picture" in text
    assert "no findings" not in text


def test_colour_only_when_asked() -> None:
    assert "\x1b" not in findings_text.text(audit(finding()))
    assert "\x1b[1;31merror\x1b[0m" in findings_text.text(audit(finding()), colour=True)


@pytest.mark.parametrize("render", [findings_text.text, findings_markdown.text])
def test_hostile_text_cannot_reach_the_terminal(render: object) -> None:
    hostile = finding(message=HOSTILE, why=HOSTILE, remedy=HOSTILE, location=Location(HOSTILE, 1, 1))
    shown = render(audit(hostile, could_not=(CouldNot(HOSTILE, HOSTILE),), not_judged=(CouldNot(HOSTILE, HOSTILE),)))  # type: ignore[operator]
    assert re.findall("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", shown) == []
    assert len(shown.split("\n")) < 20


def test_markdown_escapes_what_would_be_markup() -> None:
    text = findings_markdown.text(audit(finding(message="a|b <b>x</b> `y` *z*")))
    (row,) = [line for line in text.split("\n") if "a" in line and line.startswith("| 🔴")]
    assert "a\\|b &lt;b&gt;x&lt;/b&gt; \\`y\\` \\*z\\*" in row


def test_github_commands_keep_to_one_line_and_escape() -> None:
    (line,) = findings_github.text(audit(finding(message="50 %\nnext::error::x", location=Location("a,b:c.cfg", 2, 3)))).splitlines()
    assert line.startswith("::error file=a%2Cb%3Ac.cfg,line=2,col=3,title=uneven-weights::50 %25%0Anext::error::x")


def test_github_says_what_could_not_be_read() -> None:
    assert (
        findings_github.text(Audit((), (), (UNREAD,))) == "::error file=broken.cfg,line=3,title=could not read::line 3 is not a keyword\n"
    )


def test_json_keeps_the_contract() -> None:
    accepted = ((finding(), Acceptance("uneven-weights", "D. Müller", "big machine", date(2027, 1, 31))),)
    made = findings_json.to_json(Audit((finding(),), (ReadFile("haproxy.cfg", "haproxy"),), (UNREAD,), accepted))
    jsonschema.validate(made, json.loads(schema("audit")), format_checker=jsonschema.FormatChecker())
    assert made["findings"][0] == {
        "rule": "uneven-weights",
        "fault": "uneven-weights",
        "severity": "error",
        "confidence": "high",
        "message": "app1 gets 98.8 % of web's requests",
        "why": "it saturates",
        "remedy": "level the weights",
        "file": "haproxy.cfg",
        "line": 2,
        "column": 12,
        "product": "haproxy",
        "pool": "web",
        "server": "app1",
        "url": "docs/rules/uneven-weights.md",
    }
    assert made["could_not"] == [{"file": "broken.cfg", "line": 3, "reason": "line 3 is not a keyword"}]
    assert made["accepted"][0]["until"] == "2027-01-31"


def test_sarif_has_what_code_scanning_asks_for() -> None:
    made = findings_sarif.to_sarif(audit(finding(), finding(rule="zero-weight", severity="info"), could_not=(UNREAD,)))
    json.dumps(made, allow_nan=False)
    assert made["version"] == "2.1.0"
    (run,) = made["runs"]
    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    for result in run["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        region = result["locations"][0]["physicalLocation"]["region"]
        assert region["startLine"] >= 1
        assert region["startColumn"] >= 1
        assert result["partialFingerprints"]
    assert [r["level"] for r in run["results"]] == ["error", "note"]
    assert run["invocations"][0]["executionSuccessful"] is False
    assert run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"] == "line 3 is not a keyword"


@pytest.mark.parametrize(
    ("line", "column", "width", "end"),
    [
        ("    server app1 10.0.0.1:80", 5, 6, 11),
        ("    server \u20acuro 10.0.0.1:80", 12, 7, 17),
        ("short", 3, 60, 6),
        ("short\r", 3, 60, 6),
        ("short", 3, 0, None),
        ("", 1, 4, None),
    ],
)
def test_sarif_marks_the_span_in_characters(line: str, column: int, width: int, end: int | None) -> None:
    made = audit(finding(location=Location("haproxy.cfg", 2, column, 100, 100 + width)))
    made = replace(made, texts=(("haproxy.cfg", f"global\n{line}\nlisten web\n"),))
    (run,) = findings_sarif.to_sarif(made)["runs"]
    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert region.get("endColumn") == end


def test_sarif_of_a_clean_file_still_has_results() -> None:
    (run,) = findings_sarif.to_sarif(audit())["runs"]
    assert run["results"] == []
    assert run["invocations"][0]["executionSuccessful"] is True


def test_a_moved_finding_keeps_its_fingerprint() -> None:
    def fingerprint(line: int) -> object:
        (run,) = findings_sarif.to_sarif(audit(finding(location=Location("haproxy.cfg", line, 1))))["runs"]
        return run["results"][0]["partialFingerprints"]

    assert fingerprint(2) == fingerprint(40)


@pytest.mark.parametrize(
    ("file", "artifact"),
    [
        ("./my conf/ä.cfg", {"uri": "my%20conf/%C3%A4.cfg", "uriBaseId": "%SRCROOT%"}),
        ("/repo/conf.d/a.conf", {"uri": "conf.d/a.conf", "uriBaseId": "%SRCROOT%"}),
        ("/repository/a.conf", {"uri": "file:///repository/a.conf"}),
        ("/repo/../etc/a.conf", {"uri": "file:///etc/a.conf"}),
        ("../a.conf", {"uri": "../a.conf"}),
        ("<stdin>", {"uri": "%3Cstdin%3E"}),
        ("caf\udce9.cfg", {"uri": "caf%E9.cfg", "uriBaseId": "%SRCROOT%"}),
        ("%20#?.cfg", {"uri": "%2520%23%3F.cfg", "uriBaseId": "%SRCROOT%"}),
    ],
)
def test_sarif_names_files_as_uris(file: str, artifact: dict[str, str]) -> None:
    (run,) = findings_sarif.to_sarif(audit(finding(location=Location(file, 2, 1))), "/repo")["runs"]
    assert run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"] == artifact


def sarif_schema() -> dict[str, object]:
    made: dict[str, object] = json.loads((Path(__file__).parent / "sarif" / "sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8"))
    return made


def test_sarif_is_what_its_schema_wants() -> None:
    every = [finding(rule=rule.name, fault=rule.fault, severity=rule.severity, message=HOSTILE) for rule in RULES]
    for made in (
        audit(),
        audit(*every, finding(rule="ignore-comment"), finding(), could_not=(UNREAD, CouldNot(HOSTILE, HOSTILE)), not_judged=(UNREAD,)),
    ):
        jsonschema.Draft4Validator(sarif_schema(), format_checker=jsonschema.FormatChecker()).validate(findings_sarif.to_sarif(made))


def test_the_schema_would_refuse_a_run_without_results_of_the_right_kind() -> None:
    made = findings_sarif.to_sarif(audit(finding()))
    made["runs"][0]["results"][0]["level"] = "info"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft4Validator(sarif_schema()).validate(made)


def test_sarif_tells_each_rule_with_its_page() -> None:
    (run,) = findings_sarif.to_sarif(audit(*(finding(rule=rule.name) for rule in RULES)))["runs"]
    for described in run["tool"]["driver"]["rules"]:
        assert described["help"]["markdown"].startswith(described["shortDescription"]["text"])
        assert described["fullDescription"]["text"]
        assert described["properties"]["problem.severity"] in {"error", "warning", "recommendation"}


def test_two_of_the_same_have_two_fingerprints() -> None:
    (run,) = findings_sarif.to_sarif(audit(finding(), finding(location=Location("haproxy.cfg", 9, 1))))["runs"]
    assert len({json.dumps(r["partialFingerprints"]) for r in run["results"]}) == 2


def test_gitlab_gets_what_its_report_needs() -> None:
    one, two, unread = findings_gitlab.to_gitlab(audit(finding(), finding(severity="info"), could_not=(UNREAD,)), "/repo")
    assert one == {
        "description": "app1 gets 98.8 % of web's requests; it saturates. level the weights.",
        "check_name": "uneven-weights",
        "fingerprint": one["fingerprint"],
        "severity": "critical",
        "location": {"path": "haproxy.cfg", "lines": {"begin": 2}},
    }
    assert (two["severity"], unread["severity"], unread["location"]) == ("info", "blocker", {"path": "broken.cfg", "lines": {"begin": 3}})
    assert len({each["fingerprint"] for each in (one, two, unread)}) == 3


@pytest.mark.parametrize("name", NAMES)
def test_every_schema_is_a_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(schema(name)))


def test_an_unknown_schema_is_refused() -> None:
    with pytest.raises(KeyError):
        schema("../audit")


def test_what_no_file_holds_is_said_and_is_no_failure() -> None:
    made = audit(not_judged=(CouldNot("envoy.yaml", "the clusters: a management server hands them out", 4),))
    text = findings_text.text(made)
    assert "not judged envoy.yaml:4: the clusters: a management server hands them out\n" in text
    assert text.endswith("no findings in 1 file (haproxy 2.6); not judged: what a management server hands out\n")
    assert "Not judged:\n\n- envoy.yaml:4: the clusters" in findings_markdown.text(made)
    assert findings_github.text(made).startswith("::notice file=envoy.yaml,line=4,title=not judged::the clusters")
    as_json = findings_json.to_json(made)
    jsonschema.validate(as_json, json.loads(schema("audit")))
    assert as_json["not_judged"] == [{"file": "envoy.yaml", "line": 4, "reason": "the clusters: a management server hands them out"}]
    (invocation,) = findings_sarif.to_sarif(made)["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is True
    assert [each["level"] for each in invocation["toolExecutionNotifications"]] == ["note"]


def test_a_remark_stands_in_every_form_that_has_a_place_for_it() -> None:
    made = replace(audit(finding()), remarks=(Remark("poise.toml", "no pool is called a\nb", 3),))
    assert "\nnote poise.toml:3: no pool is called a\\nb\n" in findings_text.text(made)
    assert "- poise.toml:3: no pool is called a\\\\nb" in findings_markdown.text(made)
    assert "::notice file=poise.toml,line=3,title=remark::no pool is called a%0Ab\n" in findings_github.text(made)
    assert findings_json.to_json(made)["remarks"] == [{"file": "poise.toml", "line": 3, "text": "no pool is called a\nb"}]
    sarif = findings_sarif.to_sarif(made)
    jsonschema.Draft4Validator(sarif_schema(), format_checker=jsonschema.FormatChecker()).validate(sarif)
    (invocation,) = sarif["runs"][0]["invocations"]
    assert invocation["executionSuccessful"]
    assert [each["level"] for each in invocation["toolExecutionNotifications"]] == ["note"]


@pytest.mark.parametrize(
    "sign",
    [*"\u00ad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202e\u2060\u2063\u2066\u206f\ufeff\ufffa", "\U000e0041", "\x1b", "\x9b", "\r"],
)
def test_what_hides_or_turns_a_text_is_written_as_its_escape(sign: str) -> None:
    shown = printable(f"a{sign}b")
    assert sign not in shown
    assert shown.isascii() and shown.encode().decode("unicode_escape") == f"a{sign}b"


def test_letters_of_any_language_stay() -> None:
    text = "größe サーバー خادم 서버 \t\n→ ½ 🔴"
    assert printable(text) == text


@pytest.mark.parametrize(
    ("file", "name", "inside"),
    [
        ("haproxy.cfg", "haproxy.cfg", True),
        ("./conf.d//web.cfg", "conf.d/web.cfg", True),
        ("conf.d/../haproxy.cfg", "haproxy.cfg", True),
        ("conf.d/../../other/haproxy.cfg", "../other/haproxy.cfg", False),
        ("/repo/conf.d/web.cfg", "conf.d/web.cfg", True),
        ("/repository/web.cfg", "/repository/web.cfg", False),
        ("<stdin>", "<stdin>", False),
    ],
)
def test_a_file_has_one_name_below_the_root(file: str, name: str, inside: bool) -> None:
    assert findings_sarif.relative(file, "/repo") == (name, inside)
