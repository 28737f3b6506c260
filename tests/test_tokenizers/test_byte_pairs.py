"""GPT-2's byte pairs against the tokenizer of transformers that is written in Python."""

import json

import pytest
from transformers import GPT2Tokenizer
from transformers.models.gpt2.tokenization_gpt2 import bytes_to_unicode

from mmrsicc.registry import TOKENIZERS
from mmrsicc.tokenizers import BytePairs
from mmrsicc.tokenizers.kept_vocabulary import kept_vocabulary

MERGES = ["h o", "Ġ ho", "Ġho u", "s e", "Ġhou se", "o a", "Ġ r", "Ġr oa", "Ġroa d"]
SENTENCE = "a house and a road, é"


@pytest.fixture
def folder(tmp_path):
    """The two files of a tokenizer with GPT-2's order of ids."""
    words = [*bytes_to_unicode().values(), *(m.replace(" ", "") for m in MERGES), "<|endoftext|>"]
    ids = {word: i for i, word in enumerate(words)}
    (tmp_path / "vocab.json").write_text(json.dumps(ids))
    (tmp_path / "merges.txt").write_text("\n".join(["#version: 0.2", *MERGES, ""]))
    return tmp_path


def test_ids_are_those_of_transformers(folder):
    theirs = GPT2Tokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"))
    ours = BytePairs(merges=MERGES)
    assert len(ours) == len(theirs) == 256 + 9 + 1
    assert ours.encode(SENTENCE, add_special=False) == theirs.encode(f" {SENTENCE}")
    ids = ours.encode(SENTENCE)
    assert ids[0] == theirs.eos_token_id and ids[-1:] == theirs.encode(".")
    assert ours.decode(ids) == SENTENCE
    assert ours.decode([*ids, 5, 6]) == SENTENCE


def test_pretrained_ones_are_their_merges(folder):
    GPT2Tokenizer(str(folder / "vocab.json"), str(folder / "merges.txt")).save_pretrained(folder)
    found = BytePairs(pretrained=str(folder))
    assert found.merges == MERGES
    assert TOKENIZERS.build(found.to_dict()).encode(SENTENCE) == found.encode(SENTENCE)


def test_full_stops_stand_at_the_end_alone():
    coder = BytePairs(merges=MERGES)
    assert coder.encode("a. road.") == coder.encode("a road")


def test_numbers_keep_their_points():
    coder = BytePairs(merges=MERGES)
    said = "1.22 percent of 3.5 houses 2,500"
    ids = coder.encode(f"{said}.")
    assert ids.count(coder.end_id) == 1 and coder.decode(ids) == said


def test_a_checkpoint_holds_them():
    def kept(**tokenizer):
        content = {"meta": {"mmrsicc": {"tokenizer": tokenizer}}}
        return kept_vocabulary(content, "a.pth")

    assert kept(**BytePairs(merges=MERGES).to_dict()).merges == MERGES
    with pytest.raises(ValueError, match=r"a.pth: its byte pairs are no list of merges alone"):
        kept(type="BytePairs", merges=MERGES, pretrained="gpt2")
    with pytest.raises(ValueError, match=r"a.pth: its byte pairs are no list"):
        kept(type="BytePairs", merges=[1])


@pytest.mark.parametrize("merges", [["h o", "ab cd"], ["h o", "h o"], ["ho"], ["h o u"]])
def test_wrong_merges_are_refused(merges):
    with pytest.raises(ValueError, match="do not build on each other"):
        BytePairs(merges=merges)


def test_arguments_and_ids_are_checked():
    with pytest.raises(ValueError, match="either merges or pretrained"):
        BytePairs()
    with pytest.raises(ValueError, match="id 300 is outside the 265 byte pairs"):
        BytePairs(merges=MERGES[:8]).decode([300])
