"""nginx's language: nothing is lost, nothing raises, and every span points at the bytes it names."""

from hypothesis import given, settings
from hypothesis import strategies as st

from poise.balancers.nginx.assemble import assemble
from poise.balancers.nginx.document import Directive
from poise.balancers.nginx.lower import lower
from poise.balancers.nginx.syntax import parse, recognise, unparse
from poise.balancers.nginx.words import words_of

# Text as it comes from any bytes at all, and text of the characters that mean something.
ANY_BYTES = st.binary(max_size=300).map(lambda data: data.decode("utf-8", "surrogateescape"))
PIECES = [
    *(
        "http {\n",
        "upstream web {",
        "server",
        "location",
        "proxy_pass",
        "set",
        "map",
        "if",
        "include",
        "content_by_lua_block {",
        "listen 80;",
    ),
    *(" ", "\t", "\r\n", "\n", '"', "'", "\\", "$", "${", "{", "}", ";", "#", "x", ")", "(", "[[", "]]", "--", "{{", "{%", "<%="),
    *(
        "# configuration file /etc/nginx/nginx.conf:\n",
        "\0",
        "\v",
        "é",
        "\udcff",
        "weight=5",
        "127.0.0.1:80",
        "$pool",
        "http://",
        "unix:/x",
    ),
]
MEANINGFUL = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)


def nothing(pattern: str, from_file: str) -> str:
    """A finder that finds no file."""
    return f"{pattern} is not there"


def everything(body: list[Directive]) -> list[Directive]:
    """Every directive of the body, with those inside."""
    found = []
    waiting = list(body)
    while waiting:
        directive = waiting.pop()
        found.append(directive)
        waiting += directive.body or []
    return found


@given(st.one_of(ANY_BYTES, MEANINGFUL))
@settings(max_examples=500, deadline=None)
def test_no_text_is_lost_and_none_raises(text: str) -> None:
    document = parse(text, "any.conf")
    assert unparse(document) == text
    recognise(text)
    for part in document.parts:
        data = part.source.text.encode("utf-8", "surrogateescape")
        for directive in everything(part.body):
            words = words_of(part.source.text, directive.start, directive.end)
            if directive.args:
                # A quote that nobody closes is a word of the line and no argument.
                last = words[len(directive.args)]
                assert last is words[-1] or document.could_not
                span = directive.value_location()
                assert data[span.start : span.end] == part.source.text[words[1].start : last.end].encode("utf-8", "surrogateescape")
            for index, word in enumerate(words):
                span = directive.word(index)
                assert data[span.start : span.end] == part.source.text[word.start : word.end].encode("utf-8", "surrogateescape")
    topology = lower(assemble("any.conf", text, nothing))
    for listener in topology.listeners:
        for route in listener.routes:
            assert set(route.options) == set(route.places)
            assert all(place.file for place in route.places.values())


def values(text: str) -> list[str]:
    (directive,) = parse(text, "x.conf").parts[0].body
    return [directive.name, *directive.args]


@given(
    st.lists(
        st.sampled_from(
            [*PIECES, "''", '"a"', "'b'", '"c;"', '"d e"', '"f{"', "a b;", ")", "\\n", "\\.", "\\;", "\\{", "{%", "{{", "<%", "%{"]
        ),
        max_size=40,
    ).map("".join)
)
@settings(max_examples=400, deadline=None)
def test_directives_read_at_once_are_those_of_the_careful_way(text: str) -> None:
    """A form feed anywhere makes the reader look at every word: then it must find the same directives in the same places."""
    mark = "# \f\n"
    quick, careful = parse(f"# .\n{text}", "a.conf"), parse(f"{mark}{text}", "a.conf")
    first, second = (
        [(d.name, d.args, d.start, d.end, d.close, d.body is None) for part in each.parts for d in everything(part.body)]
        for each in (quick, careful)
    )
    assert first == second
    assert (quick.could_not, quick.template) == (careful.could_not, careful.template)


def test_lines_and_columns_are_found_in_any_text() -> None:
    source = parse("a;\n\nb;\n  c;", "a.conf").parts[0]
    assert [(d.line, d.location().column) for d in source.body] == [(1, 1), (3, 1), (4, 3)]


def test_quotes_escapes_and_comments() -> None:
    assert values('env a"b  "c d" \'e "f"\' # g ; h\n i;') == ["env", 'a"b', "c d", 'e "f"', "i"]
    assert values(r'env \"a b\ c "d\n\\\x\"" \;;') == ["env", '"a', "b\\ c", 'd\n\\\\x"', "\\;"]
    assert values("env a}b ${c}d$ e{") == ["env", "a}b", "${c}d$", "e"]
    assert values("\tenv\r\na\r\n\r\n;") == ["env", "a"]


def test_columns_count_characters_and_offsets_count_bytes() -> None:
    text = "upstream é {\n    server é:80 weight=100;\n}\n"
    (block,) = parse(text, "x.conf").parts[0].body
    assert block.body
    span = block.body[0].within(2, len("weight="))
    assert (span.line, span.column) == (2, 24)
    assert text.encode()[span.start : span.end] == b"100"


def test_lua_is_read_as_lua() -> None:
    text = 'location / {\n content_by_lua_block { if a then b("}") end -- }\n c = [[ } ]] d = {} }\n proxy_pass http://web;\n}\n'
    (location,) = parse(text, "x.conf").parts[0].body
    assert [d.name for d in location.body or []] == ["content_by_lua_block", "proxy_pass"]
    assert not parse(text, "x.conf").could_not


def test_recognises_its_own_and_no_others() -> None:
    assert recognise("# comment\nevents {}\nhttp {\n  include mime.types;\n}\n")
    assert recognise("upstream web {\n server 127.0.0.1:80;\n}\n")
    assert recognise("map $host $pool { default web; }")
    assert recognise("server{listen 80;}")
    assert recognise("http\n# comment\n{ }\n")
    assert recognise("{% if x %}\nupstream web {\n{% endif %}\n")
    assert not recognise("frontend web\n bind :80\n default_backend app\nbackend app\n server a 127.0.0.1:80\n")
    assert not recognise("static_resources:\n  clusters:\n  - name: web\n")
    assert not recognise('{"static_resources": {"clusters": []}}')
    assert not recognise("")
    assert not recognise("# only a comment, upstream web {\n")
