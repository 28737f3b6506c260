"""What pycocoevalcap gave for LEVIR-CC's test split, stored with the real data."""

import pytest

SAME = "the scene is the same as before"


@pytest.fixture(scope="module")
def published_scores(published_run, score):
    return score(published_run.references, published_run.predictions)


@pytest.mark.parametrize("name", ["CIDEr-D", "METEOR"])
def test_scores_of_each_pair(published_run, published_scores, name):
    # The stored values have six decimals as fractions, and stand in the order of file names.
    expected = dict(zip(sorted(published_run.flags), published_run.per_pair[name], strict=True))
    assert published_scores.sentences[name] == pytest.approx(expected, abs=5.1e-5)


def test_means_of_sentences(published_scores):
    for name in ("ROUGE-L", "CIDEr-D"):
        values = published_scores.sentences[name].values()
        assert sum(values) / len(values) == pytest.approx(published_scores.corpus[name])


def test_constant_no_change_sentence(published_run, score):
    scores = score(published_run.references, dict.fromkeys(published_run.references, SAME))
    expected = published_run.scores["constant_no_change_sentence"]
    assert {name: scores.corpus[name] for name in expected} == pytest.approx(expected, abs=0.01)


def test_first_reference_against_the_other_four(published_run, score):
    references = published_run.references
    scores = score(
        {pair: texts[1:] for pair, texts in references.items()},
        {pair: texts[0] for pair, texts in references.items()},
    )
    expected = published_run.scores["first_reference_vs_other_four"]
    assert {name: scores.corpus[name] for name in expected} == pytest.approx(expected, abs=0.01)


def test_perfect_flag_and_one_fixed_sentence(published_run, score):
    built = "some roads and houses are built on bareland"
    predictions = {pair: built if flag else SAME for pair, flag in published_run.flags.items()}
    scores = score(published_run.references, predictions)
    assert scores.corpus["Sm"] == pytest.approx(73.86, abs=0.005)
