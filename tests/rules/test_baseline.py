"""A baseline holds a finding by what it is about and the words of its line, not by its number."""

from poise.model.audit import Baselined
from poise.model.finding import Finding
from poise.model.location import Location
from poise.rules.baseline import Compared, compare, entries

TEXT = "backend web\n    server app1 10.0.0.1:80 weight 100\n    server app2 10.0.0.2:80\n"
NAMES = {"a.cfg": "a.cfg"}


def finding(line: int = 2, rule: str = "uneven-weights", pool: str | None = "web", server: str | None = "app1") -> Finding:
    return Finding(rule, None, "error", "high", "app1 gets 99 %", "why", "do", Location("a.cfg", line, 1), "haproxy", pool, server)


def held(findings: list[Finding], text: str = TEXT) -> list[Baselined]:
    return entries(findings, {"a.cfg": text}, NAMES)


def against(findings: list[Finding], baseline: list[Baselined], text: str = TEXT, ran: tuple[str, ...] = ("uneven-weights",)) -> Compared:
    return compare(findings, baseline, {"a.cfg": text}, NAMES, ran)


def test_an_entry_has_the_words_of_the_line_and_no_number() -> None:
    assert held([finding()]) == [
        Baselined("uneven-weights", "a.cfg", "web", "app1", "server app1 10.0.0.1:80 weight 100", "app1 gets 99 %")
    ]


def test_a_finding_that_moved_is_known() -> None:
    moved = "\n\n# new lines\n" + TEXT.replace("    server", "\tserver")
    compared = against([finding(5)], held([finding(2)]), moved)
    assert (len(compared.new), len(compared.known), compared.fixed) == (0, 1, ())


def test_a_line_that_was_edited_is_known_by_its_pool_and_server() -> None:
    assert against([finding()], held([finding()]), TEXT.replace("100", "90")).new == ()
    # Without a pool only the words say which it is.
    loose = finding(pool=None, server=None)
    assert against([loose], held([loose])).new == ()
    assert against([loose], held([loose]), TEXT.replace("100", "90")).new == (loose,)


def test_another_server_rule_or_file_is_new() -> None:
    for other in (finding(server="app2"), finding(rule="zero-weight"), finding(pool="api")):
        assert against([other], held([finding()])).new == (other,)


def test_each_entry_counts_once_and_equal_words_are_matched_first() -> None:
    first, second = finding(2), finding(3)
    assert against([first, second], held([second])).new == (first,)
    assert against([second, first], held([first])).new == (second,)
    assert against([first, second], held([first, second])).new == ()


def test_what_is_gone_is_told_where_its_rule_ran_and_its_file_was_read() -> None:
    baseline = held([finding()])
    assert against([], baseline).fixed == tuple(baseline)
    assert against([], baseline, ran=("zero-weight",)).fixed == ()
    assert compare([], baseline, {}, {}, ("uneven-weights",)).fixed == ()


def test_a_secret_of_the_line_is_not_kept() -> None:
    secret = "aHVudGVyMg=="
    text = f'backend web\n    http-check send hdr Authorization "Basic {secret}"\n'
    (entry,) = held([finding()], text)
    assert entry.text.startswith("http-check send hdr Authorization") and secret not in entry.text
    assert against([finding()], [entry], text).new == ()


def test_many_equal_findings_stay_linear() -> None:
    many = [finding() for _ in range(20_000)]
    compared = against(many, held(many))
    assert (len(compared.known), compared.new, compared.fixed) == (20_000, (), ())
