"""What is a sentence, and what only looks like one."""

import math

import pytest

from mmrsicc.datasets.sentences import check_sentence, sentence_words


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "null is no sentence"),
        (math.nan, "nan is no sentence"),
        (12, "12 is no sentence"),
        (True, "True is no sentence"),
        (["a", "house"], "is no sentence"),
        ("nan", "what programs write for an empty value"),
        (" None ", "what programs write for an empty value"),
        ("#N/A", "what programs write for an empty value"),
        ("<start> a house <end>", '"<start>" in .* is a token'),
        ("a house<pad><pad>", '"<pad>" in'),
        ("[CLS] a house", r'"\[CLS\]" in'),
        ("startseq a house endseq", '"startseq" in'),
        ("a house</s>", '"</s>" in'),
        ('"a house"', "stands in quotes or brackets"),
        ("['a house', 'a road']", "stands in quotes or brackets"),
        ("\u201ca house\u201d", "stands in quotes or brackets"),
        ("a b\ufffdtiment", "U\\+FFFD in .* wrong encoding"),
        ("a \ud83d", "U\\+D83D"),
        ("the building\x92s roof", "U\\+0092 in .* wrong encoding"),
        ("a house\x07", "U\\+0007 in"),
    ],
)
def test_what_is_no_sentence(text, message):
    with pytest.raises(ValueError, match=message):
        check_sentence(text)


@pytest.mark.parametrize("text", ["None.", "N/A.", '"a house".', "a house </s>."])
def test_a_full_stop_makes_no_sentence_of_it(text):
    with pytest.raises(ValueError, match=r"empty value|quotes|token"):
        sentence_words(text)


def test_words_are_the_same_however_they_are_encoded():
    composed, decomposed = "un b\u00e2timent", "un ba\u0302timent"
    assert sentence_words(decomposed) == sentence_words(composed) == composed.split()
    assert sentence_words("\ufeffA\u00a0 hou\u00adse\u200b \t.\r\n") == ["a", "house"]
    # What looks like an empty value or a token, but is a word of a sentence.
    for text in ("none of the houses is new", "the road's end <unk>", 'a "big" house'):
        assert sentence_words(text) == text.split()
