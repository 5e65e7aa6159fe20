"""A change as Markdown: the story first, and no text of others becomes markup, an order or a call."""

from markdown_it import MarkdownIt

from poise.model.could_not import CouldNot
from poise.model.finding import Finding
from poise.model.forecast import ConfigurationDiff, NeedCheck, PoolDiff, ServerShare
from poise.model.location import Location
from poise.report import diff_markdown

HOSTILE = "/close |<script>x</script> [a](http://b) `c` @team\n# head *d*"


def server(name: str, share: float, weight: int = 1, address: str = "10.0.0.1:80") -> ServerShare:
    return ServerShare(name, address, "active", weight, share, 0.0)


def change(text: str = "web", pools: int = 1) -> ConfigurationDiff:
    check = NeedCheck("split", False, text)
    found = Finding(text, None, "error", "high", text, text, text, Location(text, 1, 1, 0, 1), "haproxy", text, text)
    made = tuple(
        PoolDiff(text, 0.25, None, (server(text, 0.5),), (server(text, 0.75, 3),), text, (check,), (check,), text, "haproxy")
        for _ in range(pools)
    )
    return ConfigurationDiff(made, (found,), (found,), (CouldNot(text, text, 3),), excluded=("x",))


def test_the_first_line_is_the_story_and_the_table_tells_before_and_after() -> None:
    said = diff_markdown.text(change()).split("\n")
    assert said[0] == "**poise diff:** web"
    assert "| web | 10.0.0.1:80 | 1 → 3 | 50.0 % | 75.0 % |" in said
    assert "- 🔴 no longer met: **split**: web" in said
    assert "- 🟢 met again: **split**: web" in said
    assert "<details open><summary>1 finding gained</summary>" in said
    assert "<details><summary>1 finding lost</summary>" in said
    assert "- web:3: web" in said
    assert "1 file excluded." in said


def test_no_text_of_others_is_markup() -> None:
    for pools in (1, 3):
        said = diff_markdown.text(change(HOSTILE, pools))
        assert not [line for line in said.split("\n") if line.startswith(("/", "#"))]
        assert "@team" not in said
        html = MarkdownIt("commonmark", {"html": True}).enable("table").render(said)
        assert "<script" not in html
        assert "<a " not in html
        assert "<code" not in html
        assert "<h1" not in html
        assert "<em>" not in html
        assert html.count("<table>") == pools + 2
        assert html.count("<details") == html.count("</details>")


def test_many_pools_are_folded_and_counted() -> None:
    said = diff_markdown.text(change("web", 25))
    assert said.count("<details><summary>before and after</summary>") == 17
    assert "And 5 more pools change" in said
    assert len(said) < 65_536


def test_servers_that_come_and_go_and_get_other_names() -> None:
    before = (server("a", 0.5), server("b", 0.5, address="10.0.0.2:80"))
    after = (server("c", 0.5), server("d", 0.5, address="10.0.0.3:80"))
    said = diff_markdown.text(ConfigurationDiff((PoolDiff("web", 0.5, None, before, after, "web moves"),)))
    assert "| d | 10.0.0.3:80 | 1 | new | 50.0 % |" in said
    assert "| b | 10.0.0.2:80 | 1 | 50.0 % | gone |" in said
    assert "| a → c | 10.0.0.1:80 | 1 | 50.0 % | 50.0 % |" in said
