"""Plain English: no words that readers of docs, messages and docstrings have to guess at."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = {"mmrsicc": "*.py", "tools": "*.*", "configs": "*.*", "docs/en": "*.md"}
#: What to avoid, and what to write instead.
PLAIN = {
    r"mend(s|ed|ing)?": "fix",
    r"anew": "again",
    r"as ever": "as usual",
    r"by heart": "memorise",
    r"lets? nothing in": "must be positive",
    r"(is|are|was|were|be) heard": "count, contribute",
    r"(tell|tells|told) (\w+ )?apart": "distinguish",
    r"(speak|speaks) of": "describe, mention",
    r"(tells|told) of": "describe, mention",
    r"puts? out": "output, return",
    r"(goes|went) by": "uses, depends on",
    r"(stand|stands|stood) in for": "replace",
    r"takes? along": "include, download",
    r"(find|finds|make|makes) room": "fit, free",
    r"bears? the (name|word)": "have",
}
WORDS = re.compile("|".join(rf"(?P<w{n}>\b{word}\b)" for n, word in enumerate(PLAIN)), re.I)


def texts() -> list[Path]:
    """Files that people read: sources, configs, pages. The lexicon lists words of captions."""
    files = [path for folder, name in FOLDERS.items() for path in (ROOT / folder).rglob(name)]
    files = [path for path in files if path.suffix in {".py", ".sh", ".md", ".yml"}]
    made = ROOT / "docs" / "en" / "models"
    files = [path for path in files if made not in path.parents and path.name != "concepts.py"]
    return sorted([*files, *ROOT.glob("*.md")])


def unusual(text: str) -> list[str]:
    """Line, words and plain words for each place in a text."""
    plain = list(PLAIN.values())
    return [
        f"line {text.count(chr(10), 0, match.start()) + 1}: {match[0]!r}, write "
        f"{plain[int((match.lastgroup or 'w0')[1:])]!r}"
        for match in WORDS.finditer(text)
    ]


def test_words_are_plain():
    found = {
        str(path.relative_to(ROOT)): places
        for path in texts()
        if (places := unusual(path.read_text(encoding="utf-8")))
    }
    assert not found, "\n".join(f"{path}, {p}" for path, places in found.items() for p in places)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Fix it.\nIt was mended anew", "line 2: 'mended', write 'fix'"),
        ("limits that let nothing in", "line 1: 'let nothing in', write 'must be positive'"),
        ("a villa told it apart", "line 1: 'told it apart', write 'distinguish'"),
    ],
)
def test_an_unusual_word_is_found(text, place):
    assert place in unusual(text)


def test_plain_text_passes():
    assert unusual("Recommended: amend the config; the dropout goes bypassed.") == []
