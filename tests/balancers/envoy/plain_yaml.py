"""Texts that are nearly YAML as bootstraps have it: what a reader that reads line by line could take otherwise than libyaml does.

python -m tests.balancers.envoy.plain_yaml 1000000        so many, and how many of them were read line by line
"""

import re
import sys
from random import Random

from poise.balancers.envoy.syntax.plain_yaml import read_plain
from poise.balancers.envoy.syntax.yaml_text import read_with_care

KEYS = [
    *("a", "name", "null", "Null", "~", '"@type"', "'b c'", '""', "on", "1", "a b", "<<", "a.b-c", "a:b", '"a\\n"', "'it''s'", "- a"),
    *("x" * 99, "x" * 101, "? a"),
]
WORDS = [
    *("a", "10.0.0.1", "5s", "0x1F", "010", "yes", "Off", "~", "null", "-1", "- 1", "-", "a b", "a  b", "a:b", "a: b", "a :b", "a #b"),
    *("a#b", "/x/", "a,b", "a, b", "[a", "a]", "{a", "a}", "a{b}", ":a", "::1", "a,:b", "a, :b", "%x", "@x", "`x", "!x", "!!str x"),
    *("&x a", "*x", "|", ">", "|-\n   x", "'a'", "'a' b", "'it''s'", '"a"', '"a b"', '"a\\tb"', '"a": b', '"a" #c', '"a"#c', "'", '"'),
    *("a\\b", "?", "? a", "<<", "99999999999", "+1", "1.5", "1e3", ".", "..", "...", "---", "--- a", "a---", "$x", "^a$", "(a)", "a\tb"),
    *("é", "a\x01", "=", "1:2", "a:", "a: ", "x" * 1100),
]
FLOW = [
    *("{", "}", "[", "]", ",", ", ", ": ", ":", " ", "a", "b: ", '"c"', "'d'", '"e": ', "10.0.0.1", "a b", "-1", "- ", "~", "null"),
    *("#", " # c", "\n  ", "*x", "::1", "/x", "%d"),
]
SIGNS = [*" :-#,[]{}\"'&*!|>%@?.~\\\té\r\x00a0", "- ", ": ", " #", "\n"]
ENDS = [
    " \n",
    " # c\n",
    "  #\n",
    "\n\n",
    "\n# c\n",
    "\n      # c\n",
    "#c\n",
    "\r\n",
    "\t\n",
    "",
    "\n   \n",
    "\n---\n",
    "\n...\n",
]


def flow(dice: Random, deep: int = 0) -> str:
    """A list or a map in brackets, well-formed as a rule."""
    if dice.random() < 0.05:
        return "".join(dice.choices(FLOW, k=dice.randint(1, 8)))
    if deep > 3 or dice.random() < 0.4:
        return dice.choice(["a", "10.0.0.1", "8080", '"c d"', "'d'", "5s", "yes", "null", "-1", "a:b", "/x/"])
    parts = [flow(dice, deep + 1) for _ in range(dice.randint(0, 3))]
    space, comma = dice.choice(["", "", "", " "]), dice.choice([", ", ", ", ", ", ",", " ,  "])
    if dice.random() < 0.6:
        keys = [dice.choice(["a", "address", "port_value", '"@type"', "'k'", "null", "a b"]) for _ in parts]
        colon = dice.choice([": ", ": ", ": ", ":", ":  ", " : "])
        return "{" + space + comma.join(f"{key}{colon}{part}" for key, part in zip(keys, parts, strict=True)) + space + "}"
    return "[" + space + comma.join(parts) + space + "]"


def lines(dice: Random, column: int, usual: bool, deep: int = 0) -> list[str]:
    """The lines of a map or a list at that column."""
    as_list, made, inner = dice.random() < 0.4, [], column + dice.choice([1, 2, 2, 2, 4])
    for _ in range(dice.randint(1, 3)):
        head = " " * column
        if as_list:
            width = dice.choice([1, 1, 1, 2, 3])
            kind = dice.random()
            if kind < 0.5 and deep < 3:
                # A map or a list that begins on the line of the dash.
                block = lines(dice, column + 1 + width, usual, deep + 1)
                made += [head + "-" + " " * width + block[0].lstrip(" "), *block[1:]]
                continue
            if kind < 0.7 and deep < 3:
                made += [head + "-" + dice.choice(["", "", " ", " # c"]), *lines(dice, inner, usual, deep + 1)]
                continue
            head += "-" + " " * width
        else:
            head += dice.choice(["a", "name", '"@type"', "'k'", "on"] if usual else KEYS) + ":"
            if dice.random() < 0.4 and deep < 3:
                # A list may stand at the column of its key.
                block = lines(dice, dice.choice([inner, inner, column]), usual, deep + 1)
                made += [head + dice.choice(["", "", "", " ", " # c"]), *block]
                continue
            head += dice.choice([" ", " ", " ", "  "])
        value = flow(dice) if dice.random() < 0.3 else dice.choice(["a", "1s", "10", '"x y"', "'z'", "a b", "yes"] if usual else WORDS)
        made.append(head + value + dice.choice(["", "", "", "", " ", " # c"]))
    return made


def text(dice: Random) -> str:
    """A file, and some of its characters or lines changed."""
    usual = dice.random() < 0.8
    made = lines(dice, dice.choice([0, 0, 0, 0, 1, 2]), usual)
    for _ in range(dice.choice([0, 0, 0, 1, 1, 2])):
        at = dice.randrange(len(made))
        line = made[at]
        match dice.randrange(6):
            case 0:
                made[at] = " " * dice.randint(0, 6) + line.lstrip(" ")
            case 1:
                made.insert(at, dice.choice(["", "# c", "   # c", "  ", "\t", "---", "...", "- a", "a: b", "-", "      a", "%x"]))
            case 2:
                del made[at : at + (len(made) > 1)]
            case 3:
                place = dice.randint(0, len(line))
                made[at] = line[:place] + dice.choice(SIGNS) + line[place:]
            case 4:
                place = dice.randrange(max(1, len(line)))
                made[at] = line[:place] + line[place + 1 :]
            case _:
                made[at] = line + dice.choice(ENDS)
    head = dice.choice(["", "", "", "", "---\n", "# c\n", "\n", "--- \n", "%YAML 1.1\n---\n"] if dice.random() < 0.2 else [""])
    return head + "\n".join(made) + dice.choice(["\n", "\n", "\n", "", "\n\n", "\n# c", "\n---\n", "\n..."])


def item(dice: Random, column: int, deep: int = 0) -> list[str]:
    """The lines of a map at that column, with `?` for each of its words."""
    made = []
    for key in dice.sample(["a", "name", '"@type"', "'k'", "on"], dice.randint(1, 3)):
        head, inner = " " * column + key + ":", column + dice.choice([1, 2, 2, 4])
        kind = dice.random()
        if kind < 0.25 and deep < 2:
            made += [head, *item(dice, inner, deep + 1)]
        elif kind < 0.3 and deep < 2:
            at = dice.choice([column, inner])
            block = item(dice, at + 2, deep + 1)
            made += [head, " " * at + "- " + block[0].lstrip(" "), *block[1:]]
        else:
            value = dice.choice(["?", "?", "?", "'x y'", "{a: ?}", "[?, ?]", '{a: {"b": ?, c: ?}, d: []}', "[[?], {}]"])
            made.append(head + " " + value + dice.choice(["", "", "", "", " ", " # c"]))
    return made


def alike(dice: Random) -> str:
    """A file with lists of items that are written alike but for their words, and as a rule some of their lines otherwise."""
    column = dice.choice([0, 2, 2, 4])
    usual, every = ["a", "10.0.0.7", "80", "a-b", "x:1", "null", "'b'", '"c d"'], dice.random() < 0.1
    made: list[str] = []
    for _ in range(dice.randint(1, 3)):
        first = item(dice, column + 2)
        first[0] = " " * column + "- " + first[0].lstrip(" ")
        quoted = dice.random() < 0.2
        for _ in range(dice.randint(2, 6)):
            words = WORDS if every else usual[-2:] if quoted else usual
            made += [re.sub(r"\?", lambda _, words=words: dice.choice(words), line) for line in first]
    for _ in range(dice.choice([0, 0, 1, 1, 2])):
        at = dice.randrange(len(made))
        place = dice.randint(0, len(made[at]))
        changed = made[at][:place] + dice.choice([*SIGNS, *WORDS]) + made[at][place + dice.randint(0, 1) :]
        made[at : at + dice.randint(0, 1)] = [dice.choice([changed, changed, changed, "", "# c", "   # c", " " * column + "a: b", "  - a"])]
    end = dice.choice([[], ["b: c"], [" " * max(0, column - 2) + "b: c"], ["# c"], ["- a: b"], ["  " * column + "b: c"]])
    return "\n".join(["a:", *made, *end]) + dice.choice(["\n", "\n", ""])


def differs(text: str) -> bool:
    """Whether the two readers do not agree where the quick one takes the text."""
    tree = read_plain(text)
    return tree is not None and (tree, []) != read_with_care(text)


if __name__ == "__main__":
    read = 0
    for number in range(int(sys.argv[1])):
        made = text(Random(number))
        read += read_plain(made) is not None
        if differs(made):
            sys.exit(f"seed {number}: {made!r}\n{read_plain(made)}\n{read_with_care(made)}")
    sys.stdout.write(f"{read} of {sys.argv[1]} were read line by line, all alike\n")
