"""The site's pages: links lead to what is there, text is no markup, configurations say what they are."""

import re
from pathlib import Path

from poise.app.pages import pages
from poise.app.site import build
from poise.cli.root import root
from poise.report.site.markup import rendered, target
from poise.report.site.pages import site

DOCS = Path(__file__).parents[2] / "docs"
KNOWN = frozenset(("guide/README.md", "guide/06-retries.md", "rules/retry-storm.md", "images/a.png"))


def test_a_link_leads_to_the_page_beside_and_one_to_nowhere_is_text() -> None:
    assert target("../rules/retry-storm.md#why", "guide", KNOWN) == "../rules/retry-storm.html#why"
    assert target("06-retries.md", "guide", KNOWN) == "06-retries.html"
    assert target("../guide", "rules", KNOWN) == "../guide/index.html"
    assert target("https://example.net/", "guide", KNOWN) == "https://example.net/"
    for nowhere in ("../src/poise/x.py", "/etc/passwd", "javascript:alert(1)", "../../rules/retry-storm.md"):
        assert target(nowhere, "guide", KNOWN) is None
    page = rendered("# A\n\n[one](06-retries.md) [two](gone.md) ![p](../images/a.png) ![q](http2.png)\n", "guide/x.md", KNOWN)
    assert '<a href="06-retries.html">one</a> two <img src="../images/a.png" alt="p" /> q' in page.body


def test_text_is_text_and_a_configuration_says_how_it_is_judged() -> None:
    text = "<!-- ours -->\n# T <b>\n\n*Wants <i>this</i>.*\n\n<script>alert(1)</script>\n\n- [ ] do\n\n"
    text += "```haproxy bad uneven-weights\na <b\n```\n"
    page = rendered(text, "guide/x.md", KNOWN)
    assert "<script" not in page.body
    assert "ours" not in page.body
    assert "☐ do" in page.body
    assert 'HAProxy: bad; found by <a href="../rules/uneven-weights.html">uneven-weights</a>' in page.body
    assert "a &lt;b" in page.body
    assert rendered("# A\n\none\ntwo\n", "x.md", KNOWN).summary == "one two"
    assert (page.title, page.summary) == ("T <b>", "Wants <i>this</i>.")


def test_headings_of_one_name_are_told_apart() -> None:
    assert re.findall(r'id="([^"]+)"', rendered("# A b\n\n## Why\n\n## Why\n", "x.md", KNOWN).body) == ["a-b", "why", "why-2"]


def test_every_link_of_the_site_leads_to_a_file_of_it_and_to_a_heading_that_is_there(tmp_path: Path) -> None:
    assert build(tmp_path, root, DOCS) > 300
    wrong = []
    ids = {file: set(re.findall(r'id="([^"]+)"', file.read_text(encoding="utf-8"))) for file in tmp_path.rglob("*.html")}
    for file in ids:
        for link in re.findall(r'(?:href|src|action)="([^"]+)"', file.read_text(encoding="utf-8")):
            if link.startswith(("http", "data:")):
                continue
            path, _, fragment = link.partition("#")
            to = (file.parent / path).resolve() if path else file
            if not to.is_file() or (fragment and fragment not in ids.get(to, set())):
                wrong.append((str(file.relative_to(tmp_path)), link))
    assert wrong == []


def test_the_policy_allows_the_sites_own_files_only_and_pages_hold_no_script() -> None:
    made = site(pages(root))
    for path, text in made.items():
        if path.endswith(".html"):
            assert "default-src &#39;none&#39;; style-src &#39;self&#39;; script-src &#39;self&#39;" in text
            scripts = re.findall(r"<script[^>]*>", text)
            assert scripts == (['<script src="search-index.js" defer>', '<script src="search.js" defer>'] if path == "search.html" else [])
            assert " style=" not in text
            assert not re.search(r"\son\w+=", text)
    assert {"index.html", "search.html", "guide/index.html", "rules/uneven-weights.html"} <= set(made)
