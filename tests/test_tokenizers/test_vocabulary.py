"""The vocabulary against the published ones."""

import json
from collections import Counter

import pytest
import torch
from data.make_levir_layout import make_levir_cc

from mmrsicc.registry import TOKENIZERS
from mmrsicc.tokenizers import Vocabulary

WORDS = ["<pad>", "<unk>", "<start>", "<end>", "a", "road", "t-shaped"]


@pytest.fixture(scope="module")
def ann_file(real_data):
    return str(real_data / "levir_cc" / "LevirCCcaptions.json")


@pytest.mark.parametrize(
    ("preset", "name", "size"),
    [
        ("rsicc", "WORDMAP_LEVIR_CC_5_cap_per_img_5_min_word_freq.json", 468),
        ("levir_mci", "vocab_levir_mci_468.json", 468),
        ("chg2cap", "vocab_levir_cc_501_rscama.json", 501),
    ],
)
def test_presets_equal_the_published_files_id_for_id(real_data, ann_file, preset, name, size):
    published = json.loads((real_data / "levir_cc" / name).read_text())
    vocabulary = Vocabulary(ann_file=ann_file, preset=preset)
    assert len(vocabulary) == size
    assert {word: i for i, word in enumerate(vocabulary.words)} == published


def test_default_counts_in_the_train_split_alone(ann_file):
    vocabulary = Vocabulary(ann_file=ann_file)
    with open(ann_file, encoding="utf-8") as file:  # noqa: PTH123
        images = json.load(file)["images"]
    counts = Counter(
        token
        for record in images
        if record["split"] == "train"
        for sentence in record["sentences"]
        for token in sentence["tokens"]
    )
    assert len(vocabulary) == 436
    assert set(vocabulary.words[4:]) == {word for word, n in counts.items() if n >= 5}
    assert vocabulary.words[:4] == WORDS[:4]


def test_every_real_sentence_survives_a_vocabulary_of_all_its_words(ann_file):
    vocabulary = Vocabulary(ann_file=ann_file, splits=("train", "val", "test"), min_count=1)
    assert len(vocabulary) == 995 + 4
    for sentence in ("a\\almost", "some houses stand along1side the t-shaped road"):
        ids = vocabulary.encode(sentence)
        assert vocabulary.decode(ids) == sentence
        assert vocabulary.unk_id not in ids


def test_encode_and_decode():
    vocabulary = Vocabulary(WORDS)
    assert vocabulary.encode("a t-shaped villa") == [2, 4, 6, 1, 3]
    assert vocabulary.encode("a road", add_special=False) == [4, 5]
    assert vocabulary.decode([2, 4, 1, 5, 0, 3, 6]) == "a road"
    assert vocabulary.decode(torch.tensor([2, 4, 5])) == "a road"
    assert vocabulary.decode([3]) == ""
    for bad in (7, -1):
        with pytest.raises(ValueError, match=f"id {bad} is outside a vocabulary of 7"):
            vocabulary.decode([2, bad])


@pytest.mark.parametrize("preset", [None, "rsicc", "chg2cap"])
def test_travels_as_a_config(tmp_path, preset):
    path = make_levir_cc(tmp_path) / "LevirCCcaptions.json"
    vocabulary = Vocabulary(ann_file=str(path), min_count=1, preset=preset)
    config = json.loads(json.dumps(vocabulary.to_dict()))
    path.unlink()
    again = TOKENIZERS.build(config)
    assert again.words == vocabulary.words
    for role in ("pad_id", "unk_id", "start_id", "end_id"):
        assert getattr(again, role) == getattr(vocabulary, role)


def test_raw_sentences_are_counted_where_there_are_no_tokens(tmp_path):
    path = make_levir_cc(tmp_path) / "LevirCCcaptions.json"
    from_tokens = Vocabulary(ann_file=str(path), min_count=1)
    content = json.loads(path.read_text())
    for record in content["images"]:
        for sentence in record["sentences"]:
            del sentence["tokens"]
            sentence["raw"] = sentence["raw"].capitalize()
    path.write_text(json.dumps(content))
    assert Vocabulary(ann_file=str(path), min_count=1).words == from_tokens.words


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "either words or ann_file"),
        ({"words": WORDS, "ann_file": "x.json"}, "not both"),
        ({"words": [*WORDS, "road", "a"]}, r"remove one: \['a', 'road'\]"),
        ({"words": WORDS[:4]}, "has no word"),
        ({"words": []}, "lacks its special"),
        ({"words": ["<NULL>", "<UNK>", "<START>", "<END>", "a"]}, r"specials=dict"),
        ({"words": WORDS, "specials": {"pad": "a"}}, "'end', 'pad', 'start', 'unk'"),
        ({"words": WORDS, "preset": "bert"}, "'chg2cap', 'levir_mci', 'rsicc'"),
    ],
)
def test_wrong_arguments_are_named_with_the_mend(options, message):
    with pytest.raises(ValueError, match=message):
        Vocabulary(**options)


def test_wrong_files_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no.json: check"):
        Vocabulary(ann_file=str(tmp_path / "no.json"))
    path = str(make_levir_cc(tmp_path) / "LevirCCcaptions.json")
    with pytest.raises(ValueError, match=r"no split \['dev'\]: it has \['test', 'train', 'val'\]"):
        Vocabulary(ann_file=path, splits=("train", "dev"))
    with pytest.raises(ValueError, match=r"LevirCCcaptions.json has no word: lower min_count"):
        Vocabulary(ann_file=path, min_count=1000)
