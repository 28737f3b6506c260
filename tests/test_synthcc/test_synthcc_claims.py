"""The reader of SynthCC's sentences, on sentences and events written by hand."""

import pytest

from mmrsicc.synthcc import is_true, read_sentence
from mmrsicc.synthcc.scene import Event

HOUSES = Event("appear", "house", 2, 0, "desert", place="top left", relations=(("along", "road"),))
VILLAS = Event("appear", "villa", 4, 1, "grassland", place="right")
TREES = Event(
    "disappear",
    "tree",
    3,
    2,
    "farmland",
    place="center",
    relations=(("beside", "lake"), ("beside", "villas")),
)
BUILDING = Event("replace", "building", 1, 3, "bareland", replaced="house", replaced_count=3)
LAKE = Event("shrink", "lake", 1, 4, "woods", place="bottom")
ROAD = Event("extend", "road", 1, 5, "bareland")


@pytest.mark.parametrize(
    ("sentence", "claims"),
    [
        (
            "two small houses are built along the road in the top left corner",
            [("house", (2, 2), "appear", None, {"top left"}, set(), {"road"})],
        ),
        (
            "in the middle of the scene some trees have been cut down near the pond",
            [("tree", (2, 99), "disappear", None, {"center"}, set(), {"lake"})],
        ),
        (
            "the old houses are replaced by a large building on the bare ground",
            [("building", (1, 1), "replace", "house", set(), {"bareland"}, set())],
        ),
        (
            "a parking lot is built in place of the woods on the right side",
            [("parking lot", (1, 1), "replace", "woods", {"right"}, set(), set())],
        ),
        (
            "a row of villas and a sports field appear on the meadow",
            [
                ("villa", (3, 99), "appear", None, set(), {"grassland"}, set()),
                ("playground", (1, 1), "appear", None, set(), {"grassland"}, set()),
            ],
        ),
        (
            "there is a new pool next to the building while one patch of forest disappears",
            [
                ("swimming pool", (1, 1), "appear", None, set(), set(), {"building"}),
                ("woods", (1, 1), "disappear", None, set(), set(), set()),
            ],
        ),
    ],
)
def test_claims_of_sentences_read_by_hand(sentence, claims):
    reading = read_sentence(sentence)
    assert reading.unread == ()
    names = ("kind", "count", "change", "replaced", "places", "lands", "neighbours")
    assert [tuple(getattr(claim, name) for name in names) for claim in reading.claims] == claims


@pytest.mark.parametrize(
    ("sentence", "events"),
    [
        ("two houses are built", [HOUSES]),
        ("  Two houses are built along the road in the desert .", [HOUSES]),
        ("in the top left corner of the scene some small houses show up", [HOUSES]),
        ("several villas have been constructed on the meadow on the right", [VILLAS]),
        ("many villas appear", [VILLAS]),
        ("three trees are removed beside the villas", [TREES]),
        ("a row of trees disappears near the lake", [TREES]),
        ("a large building replaces the old houses on the bareland", [BUILDING]),
        ("the pond has shrunk in the forest at the bottom", [LAKE]),
        ("the road gets longer", [ROAD]),
        # Some of the events, and in another order.
        ("the road is extended and the lake becomes smaller", [LAKE, HOUSES, ROAD]),
        ("four villas and two houses are built", [HOUSES, VILLAS]),
        ("the scene is the same as before", []),
    ],
)
def test_true_sentences(sentence, events):
    assert is_true(sentence, events)


@pytest.mark.parametrize(
    ("sentence", "events"),
    [
        ("one house is built", [HOUSES]),
        ("several houses are built", [HOUSES]),
        ("a row of houses is built", [HOUSES]),
        ("two villas are built", [HOUSES]),
        ("two houses are demolished", [HOUSES]),
        ("two houses are built in the top right corner", [HOUSES]),
        ("two houses are built at the top", [HOUSES]),
        ("two houses are built on the grassland", [HOUSES]),
        ("two houses are built beside the lake", [HOUSES]),
        ("two houses are built along the road beside the lake", [HOUSES]),
        ("five villas are built", [VILLAS]),
        ("a villa is built", [VILLAS]),
        # The place of one event, the count of another.
        ("two houses are built on the right", [HOUSES, VILLAS]),
        ("two villas and four houses are built", [HOUSES, VILLAS]),
        # Each claim needs an event of its own.
        ("two houses are built and two houses are built", [HOUSES]),
        ("two houses are built and a road is built", [HOUSES]),
        # A replacement is neither of its halves, nor the other way round.
        ("a building is built", [BUILDING]),
        ("the old houses are demolished", [BUILDING]),
        ("the building is replaced by three houses", [BUILDING]),
        ("a building replaces the old villas", [BUILDING]),
        ("a parking lot replaces the old houses", [BUILDING]),
        ("the lake becomes larger", [LAKE]),
        ("a lake disappears", [LAKE]),
        ("two lakes have shrunk", [LAKE]),
        ("a road is built", [ROAD]),
        ("two houses are built", []),
        ("there is no difference", [HOUSES]),
        ("no change has occurred", [ROAD, LAKE]),
    ],
)
def test_false_sentences(sentence, events):
    assert read_sentence(sentence).unread == ()
    assert not is_true(sentence, events)


@pytest.mark.parametrize(
    "sentence",
    [
        "",
        ".",
        "and",
        "two",
        "two houses",
        "two houses are",
        "two two houses are built",
        "two houses houses are built",
        "houses are built",
        "two <unk> are built",
        "two houses are built in the",
        "two houses are built along the",
        "two houses are built and two",
        "two houses are built and a villa",
        "in the top left corner",
        "there are",
        "two houses are built and there are",
        "two houses are built while there is",
        "two houses are built and there are in the desert",
        "the old houses are replaced by",
        "a building replaces",
        "two skyscrapers are built",
        "two houses are built because of the flood",
        "no change has occurred and two houses are built",
        "two houses two houses two houses are built",
    ],
)
def test_broken_sentences_are_true_of_nothing(sentence):
    for events in ([], [HOUSES], [BUILDING], [HOUSES, VILLAS, BUILDING]):
        assert not is_true(sentence, events)


@pytest.mark.parametrize(
    "sentence",
    [
        "two houses are demolished are built",
        "two houses are built are demolished",
        "two houses are built are built",
        "there are there are two houses",
        "two houses are built and",
        "and two houses are built",
    ],
)
def test_stammering_is_true_of_nothing(sentence):
    gone = Event("disappear", "house", 2, 0, "desert")
    for events in ([HOUSES], [gone]):
        assert not is_true(sentence, events)


def test_the_number_of_a_noun_counts():
    one_gone = Event("disappear", "villa", 1, 0, "desert")
    assert is_true("the villa is demolished", [one_gone])
    assert not is_true("the villas are demolished", [one_gone])
    assert not is_true("the house is built", [HOUSES])
    assert is_true("the old houses are replaced by a building", [BUILDING])
    assert not is_true("the old house is replaced by a building", [BUILDING])


def test_unread_words_are_named():
    unread = read_sentence("two houses are quickly built beside the quarry").unread
    assert {"quickly", "quarry"} <= set(unread)
    assert read_sentence("two houses are built in the desert").unread == ()
    assert read_sentence("a building is built in place of").unread == ("replaces",)
