"""Which sentences deny every change, by data set, against the real captions."""

import json
import re

import pytest
from data.make_caption_layouts import DUBAI_CHANGE, DUBAI_NO_CHANGE, SECOND_NO_CHANGE

from mmrsicc.datasets.caption_file import read_caption_file, sentence_tokens
from mmrsicc.datasets.no_change import (
    NO_CHANGE_BY_DATASET,
    NO_CHANGE_SENTENCES,
    is_no_change,
)
from mmrsicc.evaluation.files.result_files import read_results
from mmrsicc.evaluation.scores.change_scores import change_caption_scores


def distinct_sentences(path):
    entries = [entry for record in read_caption_file(path) for entry in record["sentences"]]
    return {" ".join(sentence_tokens(entry)) for entry in entries}


def test_case_white_space_and_full_stop_do_not_matter():
    assert len(NO_CHANGE_SENTENCES) == 5
    assert is_no_change("  No change has  occurred. ")
    assert is_no_change("no change has occurred .")
    assert not is_no_change("no change has occurred here")
    assert not is_no_change("")


def test_each_data_set_in_its_own_words():
    assert all(map(is_no_change, (*DUBAI_NO_CHANGE, *SECOND_NO_CHANGE)))
    assert not any(map(is_no_change, DUBAI_CHANGE))


def test_dubai_list_is_what_the_published_files_say(real_data):
    """Found apart from the list: a sentence that denies, and names nothing that changed."""
    denies = re.compile(
        r"(no|nothing|there is no)( has)? (changed?|changes|differences?)\b.*|.*\bthe same\b.*"
    )
    found = {
        sentence
        for sentence in distinct_sentences(real_data / "dubai_cc" / "description_jsontr_te_val")
        if denies.fullmatch(sentence)
    }
    assert found == NO_CHANGE_BY_DATASET["Dubai-CC"]
    assert len(found) == 32


def test_no_sentence_of_levir_cc_reads_otherwise_than_with_its_own_five(real_data):
    """So that lists of other data sets cannot move its flags."""
    sentences = distinct_sentences(real_data / "levir_cc" / "LevirCCcaptions.json")
    predicted = (real_data / "levir_cc" / "promptcc_A2B_test_predictions.txt").read_text()
    sentences |= {" ".join(line.lower().rstrip(". ").split()) for line in predicted.splitlines()}
    assert {s for s in sentences if is_no_change(s)} == NO_CHANGE_SENTENCES


def test_scores_of_a_real_model_on_levir_cc_stay_as_published(real_data):
    folder = real_data / "levir_cc"
    captions = folder / "LevirCCcaptions.json"
    records = read_results(folder / "promptcc_A2B_test_predictions.txt", captions).records
    expected = json.loads((folder / "promptcc_A2B_expected_scores.json").read_text())
    scores = change_caption_scores(records, ("BLEU",))
    for prefix, part in (("", "all"), ("change/", "change_only"), ("no_change/", "no_change_only")):
        bleu_4 = 100 * expected["scores"][part]["Bleu_4"]
        assert scores[f"{prefix}BLEU-4"] == pytest.approx(bleu_4, abs=1e-6)
    counts = expected["counts"]
    assert scores["flag_TN"] + scores["flag_FN"] == counts["pred_no_change"]
    assert scores["flag_accuracy"] == pytest.approx(100 * counts["change_flag_accuracy"])
