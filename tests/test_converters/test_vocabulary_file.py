"""Vocabularies of the authors' repositories."""

import json

import pytest

from mmrsicc.converters.vocabulary_file import read_vocabulary
from mmrsicc.tokenizers import Vocabulary


@pytest.mark.parametrize(
    ("name", "words", "start", "preset"),
    [
        ("WORDMAP_LEVIR_CC_5_cap_per_img_5_min_word_freq.json", 468, 466, "rsicc"),
        ("vocab_levir_mci_468.json", 468, 2, "levir_mci"),
        ("vocab_levir_cc_501_rscama.json", 501, 2, "chg2cap"),
    ],
)
def test_published_files_are_what_their_presets_count(real_data, name, words, start, preset):
    vocabulary = read_vocabulary(real_data / "levir_cc" / name)
    assert (len(vocabulary), vocabulary.pad_id, vocabulary.start_id) == (words, 0, start)
    captions = str(real_data / "levir_cc" / "LevirCCcaptions.json")
    assert vocabulary.to_dict() == Vocabulary(ann_file=captions, preset=preset).to_dict()


def test_a_slip_in_a_published_file_is_kept(real_data):
    vocabulary = read_vocabulary(real_data / "levir_cc" / "vocab_levir_cc_501.json")
    assert len(vocabulary) == 501 and vocabulary.words[5] == "nabandoned"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not valid JSON"),
        (["<pad>", "house"], "ids by word"),
        ({"<pad>": 0, "house": "1"}, "ids by word"),
        ({"<pad>": 0, "<unk>": 1, "<start>": 2, "<end>": 4}, "4 words, but their ids are not 0"),
        ({"<pad>": 0, "<unk>": 1, "<start>": 2, "<END>": 3}, "needs <NULL>, .* or <pad>, "),
    ],
)
def test_faults_are_named(tmp_path, content, message):
    path = tmp_path / "vocab.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(ValueError, match=rf"vocab\.json.* {message}"):
        read_vocabulary(path)
