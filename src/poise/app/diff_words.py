"""What `poise diff` is asked to compare: two paths, or a revision of git with another or with the working tree."""

import os
from collections.abc import Sequence

from poise.app.git import GitError, asked, commit_of
from poise.model.light import dataclass
from poise.reading.files import STANDARD_INPUT

EXAMPLES = "poise diff OLD NEW, poise diff HEAD -- haproxy.cfg or poise diff main...HEAD -- deploy/lb"


# Nobody calls a file so: what begins with it is a revision, also one that git does not know.
_OF_GIT = ("HEAD", "@{", "@~", "@^")


class AmbiguousError(Exception):
    """The words may mean two things, or nothing; the message says how to write what is meant."""


@dataclass(frozen=True, slots=True)
class TwoPaths:
    """`also` are words that are revisions too: the paths are compared, and that is said."""

    old: str
    new: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Revisions:
    """`new` None is the working tree. Commits where git knows them, None where it does not; no `paths` mean the whole repository."""

    old: str
    new: str | None
    old_commit: str | None
    new_commit: str | None
    paths: tuple[str, ...] = ()


def meant(words: Sequence[str], behind: Sequence[str] | None) -> TwoPaths | Revisions:
    """`behind` is what stood behind `--`, None without one. Raises AmbiguousError, and GitError where revisions need a repository."""
    if behind is not None:
        if not words and len(behind) == 2:
            return TwoPaths(behind[0], behind[1])
        if not words:
            raise AmbiguousError(f"before `--` stands a revision, or nothing and behind it two paths. Try {EXAMPLES}")
        return _revisions(words, behind)
    if len(words) == 2 and all(map(_is_there, words)):
        return TwoPaths(words[0], words[1], tuple(word for word in words if _is_revision_too(word)))
    if not words or (len(words) == 1 and _is_there(words[0])):
        raise AmbiguousError(f"name what to compare: {EXAMPLES}")
    revisions: list[str] = []
    for word in words[:2]:
        if _is_there(word):
            break
        if not _is_revision(word):
            break
        revisions.append(word)
    rest = words[len(revisions) :]
    if not revisions:
        if len(words) <= 2 and words[0].startswith(_OF_GIT) and ":" not in words[0] and not _is_there(words[0]):
            return _revisions(words, ())
        if len(words) == 2 and not (_is_there(words[0]) and _is_revision(words[1])):
            for word in words:
                revision, _, path = word.partition(":")
                if path and not _is_there(word) and _is_revision(revision):
                    raise AmbiguousError(f"{word} is a file of a revision: write poise diff {revision} -- {path}")
            # As ever: what is not there is told by name.
            return TwoPaths(words[0], words[1])
        if _is_there(words[0]) and _is_revision_too(words[0]):
            raise AmbiguousError(_both(words[0], words))
        if len(words) == 2 and _is_there(words[0]):
            raise AmbiguousError(f"{words[0]} is a path and {words[1]} a revision: write poise diff {words[1]} -- {words[0]}")
        many = ", and more than two paths cannot be compared" if len(words) > 2 else ", nor is there a file of that name"
        raise AmbiguousError(f"{words[0]} is no revision that git knows here{many}. Try {EXAMPLES}")
    if len(revisions) == 1 and rest and _is_revision_too(rest[0]) and ".." not in revisions[0]:
        raise AmbiguousError(_both(rest[0], words))
    return _revisions(revisions, rest)


def _both(word: str, words: Sequence[str]) -> str:
    rest = " ".join(each for each in words if each != word)
    return f"{word} is both a revision and a file: put `--` between revisions and paths, as in poise diff {word} -- {rest}".rstrip()


def _is_there(word: str) -> bool:
    return word == STANDARD_INPUT or os.path.lexists(word)


def _is_revision(word: str) -> bool:
    try:
        return all(commit_of(end) is not None for end in _ends(word))
    except GitError:
        return False


def _is_revision_too(word: str) -> bool:
    """No revision begins so; git is not asked about the paths of every day."""
    return not word.startswith(("/", ".", STANDARD_INPUT)) and _is_revision(word)


def _ends(word: str) -> tuple[str, ...]:
    """`A..B` and `A...B` are two, as in git; an end that is left out is HEAD."""
    for dots in ("...", ".."):
        if dots in word:
            left, _, right = word.partition(dots)
            return left or "HEAD", right or "HEAD"
    return (word,)


def _revisions(words: Sequence[str], paths: Sequence[str]) -> Revisions:
    ends = _ends(words[0])
    if len(words) > 2 or (len(words) == 2 and (len(ends) == 2 or len(_ends(words[1])) == 2)):
        raise AmbiguousError(f"two revisions are compared, or one with the working tree. Try {EXAMPLES}")
    if len(words) == 2:
        return Revisions(words[0], words[1], commit_of(words[0]), commit_of(words[1]), tuple(paths))
    if len(ends) == 1:
        return Revisions(words[0], None, commit_of(words[0]), None, tuple(paths))
    old, new = (commit_of(end) for end in ends)
    if "..." not in words[0] or old is None or new is None:
        return Revisions(ends[0], ends[1], old, new, tuple(paths))
    base = asked("merge-base", old, new).split("\n")[0]
    return Revisions(base[:10], ends[1], base, new, tuple(paths))
