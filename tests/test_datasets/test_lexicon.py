import pytest

from mmrsicc.datasets.caption_file import read_caption_file, sentence_tokens
from mmrsicc.datasets.concepts import ACTIONS, COUNTS, OBJECTS, PLACES
from mmrsicc.evaluation.content import named, unknown_words


def _named(sentence) -> dict[str, set[str]]:
    return {category: set(names) for category, names in named(sentence).items() if names}


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (
            "two houses are built along the road in the upper left corner",
            {
                "objects": {"house", "road"},
                "actions": {"appear"},
                "places": {"beside", "corner"},
                "counts": {"two"},
                "directions": {"top", "left"},
            },
        ),
        (
            "A residential area replaces the woods on the lower-right.",
            {
                "objects": {"house", "vegetation"},
                "actions": {"replace"},
                "directions": {"bottom", "right"},
            },
        ),
        (
            "many villas have been demolished on both sides of the crossroad",
            {
                "objects": {"villa", "crossing"},
                "actions": {"disappear"},
                "places": {"both sides"},
                "counts": {"many"},
            },
        ),
        ("parking lots show up", {"objects": {"parking lot"}, "actions": {"appear"}}),
        ("the two scenes seem identical", {}),
        ("there is no difference", {}),
        ("", {}),
    ],
)
def test_sentences_by_hand(sentence, expected):
    assert _named(sentence) == expected


@pytest.mark.parametrize(
    "same",
    [
        ("a house is built", "houses constructed", "a residential building appears"),
        ("the trees are cut down", "vegetation disappears", "plants removed"),
        ("a road is widened", "the path is extended", "a street has expanded"),
        ("there is a pool", "a swimming pool shows up"),
    ],
)
def test_synonyms_name_the_same(same):
    first, *others = ((_named(s)["objects"], _named(s)["actions"]) for s in same)
    assert all(other == first for other in others)


def test_what_annotators_tell_apart_stays_apart():
    kinds = ("house", "villa", "building", "road", "bridge", "parking lot", "trees", "grass")
    found = [_named(f"a {kind} appears")["objects"] for kind in kinds]
    assert len({frozenset(names) for names in found}) == len(kinds)
    assert _named("a house is removed")["actions"] != _named("a house is built")["actions"]


@pytest.mark.parametrize(
    ("sentence", "category", "absent"),
    [
        ("the original one is there", "counts", "one"),
        ("houses on both sides", "counts", "two"),
        ("to make room for a road", "objects", "house"),
        ("bare land", "objects", "field"),
        ("a square building", "objects", "square"),
        ("trees are replaced by a road", "places", "beside"),
        ("the trees are cut down", "directions", "bottom"),
        ("the cars have left", "directions", "left"),
    ],
)
def test_words_that_mean_something_else_there(sentence, category, absent):
    assert absent not in named(sentence)[category]


@pytest.mark.parametrize(
    ("sentence", "directions"),
    [
        ("in the northwest", {"top", "left"}),
        ("in the southeastern part", {"bottom", "right"}),
        ("on the leftmost edge", {"left"}),
        ("at the bottom", {"bottom"}),
        ("houses above the road", {"top"}),
    ],
)
def test_directions(sentence, directions):
    assert named(sentence)["directions"] == directions


@pytest.mark.parametrize("table", [OBJECTS, ACTIONS, PLACES, COUNTS])
def test_every_phrase_is_read_as_its_concept_says(table):
    category = {id(OBJECTS): "objects", id(ACTIONS): "actions", id(PLACES): "places"}
    phrases = [(phrase, name) for name, listed in table.items() for phrase in listed.split(", ")]
    assert len({phrase for phrase, _ in phrases}) == len(phrases), "a phrase stands twice"
    for phrase, name in phrases:
        read = named(phrase)[category.get(id(table), "counts")]
        assert read == ({name} if name else set()), phrase


def test_unknown_words_are_counted():
    share, unknown = unknown_words(["a purple house appears", "a house of a purple zebra"])
    # Content words: purple, house, appears, house, purple, zebra. Known: house twice, appears.
    assert share == pytest.approx(3 / 6)
    assert unknown == {"purple": 2, "zebra": 1}


def test_coverage_of_levir_cc(real_data):
    images = read_caption_file(real_data / "levir_cc" / "LevirCCcaptions.json")
    changed = [image for image in images if image["changeflag"]]
    sentences = [" ".join(sentence_tokens(s)) for image in changed for s in image["sentences"]]
    share, unknown = unknown_words(sentences)
    assert len(sentences) > 25_000
    assert share > 0.90
    # Every word that is frequent was looked at. "right" is none where it is no direction.
    assert {word for word, times in unknown.items() if times >= 15} <= {"right"}
    assert sum(unknown.values()) < 0.01 * sum(len(text.split()) for text in sentences)
