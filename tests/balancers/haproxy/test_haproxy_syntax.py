"""HAProxy's language: nothing is lost, nothing raises, and every span points at the bytes it names."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.work import steps

from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import parse, recognise, unparse
from poise.balancers.haproxy.syntax.words import _Cutter, cut

# Text as it comes from any bytes at all, and text of the characters that mean something.
ANY_BYTES = st.binary(max_size=300).map(lambda data: data.decode("utf-8", "surrogateescape"))
PIECES = [
    *(
        "listen web\n",
        "defaults\n",
        "global\n",
        "server",
        "bind",
        " ",
        "\t",
        "\r\n",
        "\n",
        '"',
        "'",
        "\\",
        "$",
        "${",
        "}",
        "[*]",
        "-",
        "#",
        "x",
    ),
    *(".if", ".else", ".endif", "(", ")", "&&", "setenv A 1\n", "\0", "é", "\udcff", "weight", "127.0.0.1:80", "no ", "%", "option"),
]
MEANINGFUL = st.lists(
    st.sampled_from(PIECES),
    max_size=60,
).map("".join)


@given(st.one_of(ANY_BYTES, MEANINGFUL))
@settings(max_examples=400, deadline=None)
def test_no_text_is_lost_and_none_raises(text: str) -> None:
    document = parse(text, "any.cfg", {"A": "1 2"})
    assert unparse(document) == text
    topology = lower([document])
    data = text.encode("utf-8", "surrogateescape")
    for line in document.lines:
        for word in line.words:
            span = line.span("any.cfg", word.start, word.end)
            assert data[span.start : span.end] == line.raw[word.start : word.end].encode("utf-8", "surrogateescape")
    for pool in topology.pools:
        for server in pool.servers:
            assert data[server.location.start : server.location.end].rstrip(b"\0 ")


@given(st.text(alphabet=" \t\v\fa1\u00a0\x1c\x85é\udcff$#\r{}", max_size=200).map(lambda text: text + "\n"))
@settings(max_examples=400, deadline=None)
def test_plain_lines_are_cut_in_one_go_as_character_by_character(raw: str) -> None:
    """The quick way is for lines without quotes and escapes; it must give what the careful way gives."""
    assert cut(raw, {}.get) == _Cutter(raw, {}.get).run()


@given(st.text(alphabet=" \t\v\fa1.\u00a0\x1c\x85é\udcff$#\r\0\"'\\\\", max_size=140).map(lambda text: f"\nglobal\n{text}\n"))
@settings(max_examples=400, deadline=None)
def test_words_that_are_looked_for_late_are_those_of_the_careful_way(text: str) -> None:
    line = parse(text, "x.cfg", {}).lines[-1]
    careful = _Cutter(line.raw, {}.get).run()
    if careful.error is None:
        assert (line.words, line.keyword) == (careful.words, careful.words[0].value if careful.words else "")


def test_a_line_that_only_just_holds_too_many_words_is_no_plain_one() -> None:
    for count, refused in ((63, False), (64, False), (65, True)):
        document = parse("global\n" + "w " * (count - 1) + "w\n", "x.cfg", {})
        assert (len(document.lines[-1].words) == count, bool(document.could_not)) == (not refused, refused)


def test_more_words_than_haproxy_takes_are_refused_both_ways() -> None:
    for raw in ("w " * 63 + "w\n", "w " * 64 + "\n", "w " * 64 + "w\n", "w " * 63 + "w#\n", "w " * 64 + "#\n"):
        assert cut(raw, {}.get) == _Cutter(raw, {}.get).run()


def test_variables_that_double_each_other_fill_no_memory() -> None:
    document = parse("global\n" + '    setenv A "x$A$A"\n' * 200 + "backend web\n    server a 127.0.0.1:80\n", "x.cfg", {})
    assert [entry.reason.partition(" of text")[0] for entry in document.could_not] == [
        "environment variable A has no value here, so the line is read with nothing there. Set it for poise: A=VALUE poise …",
        "variables stand for more than 4 MiB",
    ]
    assert max(len(word.value) for line in document.lines for word in line.words) < 16 * 1024 * 1024
    assert [section.kind for section in document.sections] == ["global", "backend"]


def values(line: str, environment: dict[str, str] | None = None) -> list[str]:
    document = parse(f"listen web\n{line}\n", "x.cfg", environment if environment is not None else {})
    return list(document.sections[0].lines[0].values)


def test_quotes_escapes_and_comments() -> None:
    assert values(r'a "b c" d\ e f\#g # h') == ["a", "b c", "d e", "f#g"]
    assert values(r"""a 'b "c" \d' "e 'f'" """) == ["a", 'b "c" \\d', "e 'f'"]
    assert values(r"a \x41\t\\ \z") == ["a", "A\t\\", "\\z"]
    assert values('a"b"\'c\'d ""') == ["abcd", ""]


def test_variables_count_between_double_quotes_only() -> None:
    there = {"PORT": "80", "MANY": "x y"}
    assert values('a "$PORT" "${PORT}0" $PORT \'$PORT\'', there) == ["a", "80", "800", "$PORT", "$PORT"]
    assert values('a "${NONE-7}" "${MANY[*]}" "${MANY}"', there) == ["a", "7", "x", "y", "x y"]


def test_an_unset_variable_is_said_with_its_line_and_how_to_set_it() -> None:
    (missing,) = parse('listen web\n server a "127.0.0.1:$PORT"\n', "x.cfg", {}).could_not
    assert (missing.what, missing.line) == ("x.cfg", 2)
    assert "PORT=VALUE" in missing.reason


def test_columns_count_characters_and_offsets_count_bytes() -> None:
    text = "listen web\n    server é 127.0.0.1:80 weight 100\n"
    line = parse(text, "x.cfg").sections[0].lines[0]
    span = line.span("x.cfg", line.words[4].start, line.words[4].end)
    assert (span.line, span.column) == (2, 34)
    assert text.encode()[span.start : span.end] == b"100"


def test_a_condition_that_only_the_binary_can_answer_is_said() -> None:
    document = parse(".if feature(OPENSSL)\nlisten a\n.else\nlisten b\n.endif\nlisten c\n", "x.cfg", {})
    assert [section.name for section in document.sections] == ["c"]
    assert [entry.line for entry in document.could_not] == [1]


def test_a_version_condition_follows_the_target() -> None:
    text = ".if version_atleast(2.7)\nlisten new\n.else\nlisten old\n.endif\n"
    assert [s.name for s in parse(text, "x", {}, "2.6").sections] == ["old"]
    assert [s.name for s in parse(text, "x", {}, "2.8.25").sections] == ["new"]
    assert parse(text, "x", {}).could_not


def test_recognises_its_own_and_no_others() -> None:
    assert recognise("# comment\nglobal\n  maxconn 5\n")
    assert recognise("frontend web # here\r\n bind :80\r\n")
    assert not recognise("http {\n  upstream web { server 127.0.0.1:80; }\n}\n")
    assert not recognise("static_resources:\n  clusters: []\n")
    assert not recognise("")


def test_work_grows_with_the_length_of_the_text_and_not_faster() -> None:
    def work(repeats: int) -> int:
        text = "listen web\n    acl x path " + "a\\ 'b' \"c\" d" * repeats + "\n"
        return steps(lambda: lower([parse(text, "x.cfg")]))

    work(1)
    assert work(1000) < 2.1 * work(500)


# Work in instructions does not see what a regular expression or a copy of the text does inside: with its square these take many minutes.
@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", ["a\\ 'b' \"c\" d ", "\\", '"', "'", "$", "${A", "#", " \t", "a,", "{ a } ", "\\x4", "%[a(", "a\r"])
def test_one_line_of_half_a_megabyte_is_read_at_once(piece: str) -> None:
    text = "listen web\n    acl x path " + piece * (500_000 // len(piece)) + "\n    server a 10.0.0.1:80\n"
    document = parse(text, "x.cfg")
    assert unparse(document) == text
    assert [server.name for pool in lower([document]).pools for server in pool.servers] == ["a"]


@pytest.mark.parametrize(
    ("condition", "advice"),
    [
        ("version_atleast(2.8)", "Name the version to read it for (--target haproxy=2.8), or give poise the file without the condition"),
        ("feature(OPENSSL) && version_atleast(2.4)", "judged. Give poise the file without the condition"),
        ("defined(X)", "Read it where HAProxy runs, or give poise the file without the condition"),
    ],
)
def test_a_block_that_is_not_judged_says_what_would_help(condition: str, advice: str) -> None:
    (entry,) = parse(f".if {condition}\nglobal\n.endif\n", "haproxy.cfg").could_not
    assert entry.reason.endswith(advice)
