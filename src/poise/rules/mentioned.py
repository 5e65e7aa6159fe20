"""What a configuration mentions, by which rules are left out that could say nothing of it. Pure.

Importing the rules is a third of what a small file takes. Many speak of one thing that somebody has to write: where `stick` stands nowhere,
there is no stick table. Such a rule names its words in the list of rules, and is imported only where one of them stands, be it in a comment
or in a name: too many rules cost a millisecond, a rule too few would cost a finding.
"""

from collections.abc import Collection, Mapping

from poise.model.regexp import regexp

# What a rule names that says nothing where poise.toml declares nothing of any pool. No configuration has such a word.
NEEDS = "[pool."
# Of larger inputs, and of more different words, the rules are a small part, and the looking would cost more.
MOST_CHARACTERS = 4_194_304
MOST_DIFFERENT = 262_144
# Where a keyword may be spelled otherwise than it is read. HAProxy: escapes and quotes within a word, and variables, whose values are not
# in the file. Envoy: escapes in quoted YAML and JSON, and tags (`!!binary`). nginx looks up its directives as they are written: a
# quote within a word is a part of it (measured on 1.22 and 1.31), and variables hold values only.
_OTHERWISE = {
    "haproxy": regexp(r"\\|\$[\w{.]|[\w-][\"']+[\w-]"),
    "envoy": regexp(r"\\|!"),
}


def mentioned(texts: Mapping[str, str], files: Collection[str], products: Collection[str], needs: bool) -> str | None:
    """All that `files` say, for `Entry.speaks`; None where it cannot be told, and every rule is asked.

    A file without a text is one that could not be read again, or a dump, whose files are told elsewhere.
    """
    if not all(texts.get(file) for file in files) or sum(map(len, texts.values())) > MOST_CHARACTERS:
        return None
    # A large file says the same words again and again: 633 KB of nginx hold 80 KB of different ones.
    whole = " ".join({word for text in texts.values() for word in text.split()})
    if len(whole) > MOST_DIFFERENT:
        return None
    if any(product in products and otherwise.search(whole) for product, otherwise in _OTHERWISE.items()):
        return None
    return plain(whole) + (NEEDS if needs else "")


def plain(text: str) -> str:
    """Envoy takes `healthChecks` for `health_checks`: neither case nor underscores count."""
    return text.lower().replace("_", "")
