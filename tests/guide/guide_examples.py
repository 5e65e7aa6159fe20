"""The fenced blocks of the guide, with what each claims of itself."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

GUIDE = Path(__file__).parents[2] / "src/poise/guide"
PRODUCTS = ("haproxy", "nginx", "envoy")
HEADING = re.compile(r"(#+) (.*)")


@dataclass(frozen=True)
class Block:
    """A configuration of the guide. `rules` are those that a bad one names, or that a good one accepts; `needs` the poise.toml that holds
    where it stands; `before` is the file that it replaces, where the chapter judges the change; `forecast` are lines that `poise predict`
    must say of it; `refused`: the real program does not take it."""

    chapter: str
    line: int
    product: str
    good: bool
    rules: frozenset[str]
    refused: bool
    needs: str
    text: str
    before: str = ""
    forecast: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """For the list of tests."""
        return f"{self.chapter}:{self.line}-{self.product}"


def fences(text: str) -> Iterator[tuple[int, str, str]]:
    """Line, info string and body of each fenced block, and of each heading with the info string `#`."""
    lines = iter(enumerate(text.split("\n"), 1))
    for number, line in lines:
        if line.startswith("```"):
            body = []
            for _, inner in lines:
                if inner == "```":
                    break
                body.append(inner)
            else:
                raise AssertionError(f"line {number}: the block has no end")
            yield number, line[3:], "\n".join(body) + "\n"
        elif heading := HEADING.match(line):
            yield number, "#" * len(heading[1]), heading[2]


def blocks() -> list[Block]:
    """Every configuration of every chapter. Needs hold until the next of their kind or the next `##`."""
    found: list[Block] = []
    for file in sorted(GUIDE.glob("*.md")):
        needs, before = "", ""
        for line, info, body in fences(file.read_text()):
            words = info.split()
            if info in ("#", "##"):
                needs = ""
            elif info == "toml needs":
                needs = body
            elif info == "text forecast":
                found[-1] = replace(found[-1], forecast=tuple(body.splitlines()[1:]))
            elif words and words[0] in PRODUCTS and words[1:] == ["before"]:
                before = body
            elif words and words[0] in PRODUCTS:
                found.append(_block(file.stem, line, words, needs, body, before))
                before = ""
    return found


def _block(chapter: str, line: int, words: list[str], needs: str, body: str, before: str) -> Block:
    product, judged, *rest = words
    assert judged in ("good", "bad"), f"{chapter}:{line}: a configuration is good or bad"
    refused = "refused" in rest
    named = [word.removeprefix("accepts=") for word in rest if word != "refused"]
    return Block(chapter, line, product, judged == "good", frozenset(",".join(named).split(",")) - {""}, refused, needs, body, before)
