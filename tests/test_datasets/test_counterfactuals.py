"""Sentences with one fact changed: what they are, that they are false, and when there is none."""

import json
from collections import Counter
from random import Random

import pytest

from mmrsicc.datasets.counterfactuals import PER_CATEGORY, counterfactuals, hard_negatives
from mmrsicc.datasets.no_change import NO_CHANGE_SENTENCES
from mmrsicc.datasets.transforms.directions import ORIENTATIONS, rewrite_directions
from mmrsicc.synthcc import is_true, read_sentence
from mmrsicc.synthcc.events import draw_pair
from mmrsicc.synthcc.mixes import MIXES
from mmrsicc.synthcc.sentences import write_sentences

#: Sentences in the words of LEVIR-CC, and all that may be made of them, by category; of more than
#: PER_CATEGORY some are taken.
KNOWN = {
    "a villa is built at the top left corner": {
        "directions": {
            "a villa is built at the top right corner",
            "a villa is built at the bottom left corner",
        },
        "objects": {
            "a road is built at the top left corner",
            "a parking lot is built at the top left corner",
            "a tree is built at the top left corner",
        },
        "actions": {"a villa is removed at the top left corner"},
    },
    "two houses appear on the right": {
        "directions": {"two houses appear on the left"},
        "objects": {
            "two roads appear on the right",
            "two parking lots appear on the right",
            "two trees appear on the right",
        },
        "counts": {f"{n} houses appear on the right" for n in ("three", "four", "many")},
        "actions": {"two houses disappear on the right"},
    },
    "many trees are removed": {
        "objects": {f"many {things} are removed" for things in ("houses", "roads", "parking lots")},
        "counts": {"two trees are removed", "three trees are removed"},
        "actions": {"many trees are planted"},
    },
    "the building has been demolished": {
        "objects": {f"the {t} has been demolished" for t in ("road", "parking lot", "tree")},
        "actions": {"the building has been built"},
    },
    "an intersection appears in the upper right corner": {
        "directions": {
            "an intersection appears in the upper left corner",
            "an intersection appears in the lower right corner",
        },
        "actions": {"an intersection disappears in the upper right corner"},
    },
    "some trees have been planted in the northeast": {
        "directions": {
            "some trees have been planted in the northwest",
            "some trees have been planted in the southeast",
        },
        "objects": {
            f"some {things} have been planted in the northeast"
            for things in ("houses", "roads", "parking lots")
        },
        "actions": {"some trees have been cut down in the northeast"},
    },
    "the parking lot becomes larger": {
        "objects": {f"the {thing} becomes larger" for thing in ("house", "road", "tree")},
        "actions": {"the parking lot becomes smaller"},
    },
    "an overpass shows up": {"actions": {"an overpass disappears"}},
    # Nothing that can be changed for certain.
    "some vegetation has withered": {},
    "the bareland is turned into grassland": {},
    "an overpass is built in place of the woods": {},
    "the cars have left": {},
    "there is no difference": {},
}


def of(found, category):
    return {c.text for c in found if c.category == category}


@pytest.mark.parametrize("sentence", KNOWN)
def test_known_answers(sentence):
    found = counterfactuals(sentence)
    assert {c.category for c in found} == KNOWN[sentence].keys()
    for category, all_of_them in KNOWN[sentence].items():
        made = of(found, category)
        assert made <= all_of_them and len(made) == min(PER_CATEGORY, len(all_of_them))


def test_an_article_fits_what_is_put_in():
    (text, *_) = of(counterfactuals("an old house disappears"), "objects")
    assert text.startswith("an old ")
    made = of(counterfactuals("in an area a house disappears"), "objects")
    assert all(" area a " in text for text in made)


@pytest.mark.parametrize("sentence", sorted(NO_CHANGE_SENTENCES))
def test_who_denies_a_change_has_none(sentence):
    assert not counterfactuals(sentence) and not counterfactuals(f"{sentence.capitalize()}.")


@pytest.mark.parametrize(
    ("sentence", "another", "category"),
    [
        ("a house is built on the left", "houses on the left and the right", "directions"),
        ("many villas appear", "two villas appear", "counts"),
        ("two villas appear", "several villas appear", "counts"),
        ("a road appears", "trees disappear and a road appears", "actions"),
        ("trees disappear", "houses and roads beside a square", "objects"),
    ],
)
def test_what_another_annotator_bears_out_is_no_negative(sentence, another, category):
    alone = of(hard_negatives(sentence, [sentence]), category)
    beside = of(hard_negatives(sentence, [sentence, another]), category)
    assert beside < alone


def test_no_reference_is_ever_its_pair_s_negative():
    sentence = "two houses appear on the right"
    for text in (c.text for c in counterfactuals(sentence)):
        assert text not in {c.text for c in hard_negatives(sentence, [sentence, text])}


def test_they_are_false_of_the_pair_that_the_sentence_is_true_of():
    """By the reader of generated pairs, which has words of its own."""
    random, found = Random(5), Counter()
    for _ in range(150):
        events = draw_pair(random, 256, True, MIXES["even"]).events
        references = write_sentences(random, events)
        for sentence in references:
            for negative in hard_negatives(sentence, references):
                assert not is_true(negative.text, events), (sentence, negative, events)
                reading = read_sentence(negative.text)
                found[negative.category, bool(reading.claims and not reading.unread)] += 1
    categories = {category for category, _ in found}
    assert categories == {"directions", "objects", "counts", "actions"}
    # A sentence that cannot be read would be false for that alone: the reader knows no small road.
    assert all(found[c, True] > 0.8 * (found[c, True] + found[c, False]) for c in categories)


@pytest.mark.parametrize("orientation", ["rot90", "flip_horizontal", "transpose"])
def test_rewritten_sentences_have_theirs(orientation):
    sentence = "a villa is built at the top left corner"
    turned = rewrite_directions(sentence, orientation)
    assert {c.category for c in counterfactuals(turned)} == {"directions", "objects", "actions"}
    references = [turned, rewrite_directions("a house appears in the top left", orientation)]
    assert of(hard_negatives(turned, references), "directions")


def test_nearly_every_real_pair_has_some_and_none_is_a_reference(real_data):
    captions = real_data / "levir_cc_real" / "LevirCCcaptions.json"
    if not captions.is_file():
        pytest.skip("the recovered part of LEVIR-CC is not here")
    records = json.loads(captions.read_text())["images"]
    changed = [r for r in records if r["split"] == "train" and r["changeflag"]][:100]
    without = 0
    for record in changed:
        references = [" ".join(sentence["tokens"]) for sentence in record["sentences"]]
        for orientation in ("identity", "rot90"):
            own = [rewrite_directions(text, orientation) for text in references]
            made = {c.text for text in own for c in hard_negatives(text, own)}
            assert not made & set(own)
            without += not made
    assert without <= 4
    assert len(ORIENTATIONS) == 8
