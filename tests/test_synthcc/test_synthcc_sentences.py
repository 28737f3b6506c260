"""What SynthCC says of its pairs: true, complete, and false of anything else."""

import re
from collections import Counter
from dataclasses import replace
from random import Random

import pytest

from mmrsicc.datasets.no_change import NO_CHANGE_SENTENCES
from mmrsicc.synthcc import is_true, read_sentence
from mmrsicc.synthcc.distractors import DISTRACTORS
from mmrsicc.synthcc.events import draw_pair
from mmrsicc.synthcc.kinds import COUNTED, KINDS, LANDS, PLACES
from mmrsicc.synthcc.mixes import MIXES
from mmrsicc.synthcc.sentences import write_sentences

CHANGES = ("appear", "disappear", "replace", "extend", "shrink")


@pytest.fixture(scope="module")
def told():
    """Events and their five sentences, of 400 scenes."""
    random = Random(3)
    scenes = [draw_pair(random, 256, True, MIXES["even"]) for _ in range(400)]
    return [(scene.events, tuple(write_sentences(random, scene.events))) for scene in scenes]


def facts(event):
    """What the five sentences must tell of an event."""
    beside = event.relations[0][1].rstrip("s") if event.relations else None
    return (
        event.change,
        event.kind,
        event.replaced,
        # What grows or dwindles is "the" thing.
        event.count if event.change in ("appear", "disappear", "replace") else 1,
        event.place,
        event.land,
        "woods" if beside == "wood" else beside,
    )


def only(values):
    """The one value of a set, or None of an empty one."""
    assert len(values) <= 1, f"sentences contradict each other: {values}"
    return next(iter(values), None)


def reconstruct(sentences):
    """The facts of each event, from what the sentences claim together."""
    readings = [read_sentence(sentence).claims for sentence in sentences]
    found = []
    for claims in zip(*readings, strict=True):
        fewest, most = (pick(c.count[i] for c in claims) for i, pick in enumerate((max, min)))
        changes = only({claim.change for claim in claims})
        found.append(
            (
                changes,
                only({claim.kind for claim in claims}),
                only({claim.replaced for claim in claims}),
                fewest if fewest == most or changes in ("extend", "shrink") else None,
                only(set().union(*(claim.places for claim in claims))),
                only(set().union(*(claim.lands for claim in claims))),
                only(set().union(*(claim.neighbours for claim in claims))),
            )
        )
    return found


def test_scenes_are_varied(told):
    events = [event for events, _ in told for event in events]
    assert {len(events) for events, _ in told} == {1, 2, 3}
    assert {event.change for event in events} == set(CHANGES)
    assert {event.kind for event in events} == set(KINDS)
    assert {event.land for event in events} == set(LANDS)
    assert {event.place for event in events} == {None, *(p for row in PLACES for p in row)}
    assert {event.count for event in events if event.kind in COUNTED} == {1, 2, 3, 4, 5}


def test_every_word_of_every_sentence_is_read_and_true(told):
    for events, sentences in told:
        assert len(sentences) == 5
        for sentence in sentences:
            reading = read_sentence(sentence)
            assert reading.unread == () and len(reading.claims) == len(events), sentence
            assert is_true(sentence, events), (sentence, events)


def test_events_can_be_told_from_their_sentences(told):
    lost = [
        (facts(event), found, sentences)
        for events, sentences in told
        for event, found in zip(events, reconstruct(sentences), strict=True)
        if facts(event) != found
    ]
    assert not lost, f"{len(lost)} events, such as {lost[0]}"


def test_pairs_that_differ_never_share_their_sentences(told):
    random, by_sentences = Random(4), {}
    for events, sentences in told:
        for texts in (sentences, write_sentences(random, events), write_sentences(random, events)):
            known = by_sentences.setdefault(frozenset(texts), Counter(map(facts, events)))
            assert known == Counter(map(facts, events))


def test_a_missing_event_makes_every_sentence_false(told):
    for events, sentences in told:
        for index in range(len(events)):
            rest = events[:index] + events[index + 1 :]
            assert not any(is_true(sentence, rest) for sentence in sentences)


def test_another_kind_or_change_makes_every_sentence_false(told):
    random = Random(5)
    for events, sentences in told:
        index = random.randrange(len(events))
        event = events[index]
        kind = random.choice([kind for kind in KINDS if kind not in {e.kind for e in events}])
        change = random.choice([c for c in CHANGES if c not in {e.change for e in events}])
        old = random.choice([kind for kind in KINDS if kind not in {e.replaced for e in events}])
        others = [replace(event, kind=kind), replace(event, change=change)]
        if event.change == "replace":
            others.append(replace(event, replaced=old))
        for other in others:
            altered = (*events[:index], other, *events[index + 1 :])
            assert not any(is_true(sentence, altered) for sentence in sentences), (other, sentences)


def alterations(event):
    """The event with another count, place, land cover or neighbour."""
    if event.kind in COUNTED:
        yield from (replace(event, count=count) for count in range(1, 6) if count != event.count)
    places = [place for row in PLACES for place in row if place != event.place]
    yield from (replace(event, place=place) for place in places if event.place)
    yield from (replace(event, land=land) for land in LANDS if land != event.land)
    if event.relations:
        neighbours = [kind for kind in (*KINDS, None) if kind not in dict(event.relations).values()]
        first = {thing.rstrip("s") for _, thing in event.relations}
        yield from (
            replace(event, relations=(("beside", kind),) if kind else ())
            for kind in neighbours
            if kind is None or kind.rstrip("s") not in first
        )


def test_another_count_place_land_or_neighbour_makes_some_sentence_false(told):
    random = Random(6)
    for events, sentences in told:
        index = random.randrange(len(events))
        if [event.kind for event in events].count(events[index].kind) > 1:
            continue  # A sentence may be true with the two of them in either order.
        for other in alterations(events[index]):
            altered = (*events[:index], other, *events[index + 1 :])
            false = [sentence for sentence in sentences if not is_true(sentence, altered)]
            assert false, (events[index], other, sentences)


def test_sentences_are_false_of_other_pairs(told):
    def gist(events):
        return Counter((event.change, event.kind, event.replaced) for event in events)

    compared = 0
    for (_, sentences), (events, _), (own, _) in zip(told, told[1:] + told[:1], told, strict=True):
        if not gist(own) <= gist(events):
            compared += 1
            assert not any(is_true(sentence, events) for sentence in sentences)
    assert compared > 300


def test_unchanged_pairs_have_the_five_fixed_sentences():
    random = Random(7)
    for _ in range(5):
        scene = draw_pair(random, 256, False, MIXES["even"])
        assert scene.events == ()
        sentences = write_sentences(random, scene.events)
        assert sorted(sentences) == sorted(NO_CHANGE_SENTENCES)
        assert all(is_true(sentence, ()) for sentence in sentences)


def test_no_sentence_speaks_of_distractors(told):
    names = "|".join(word for name in DISTRACTORS for word in name.split())
    more = (
        "summer|winter|autumn|spring|dry|green|shadow|shade|light|dark|bright|colo|tint|fog|cloud|"
        "blurr|sharp|shift|mov|offset|regist|cars?|vehicle|weather|sensor|image|photo|picture|same"
    )
    found = re.compile(rf"\b(?:{names}|{more})")
    assert found.search("a car has moved") and not found.search("a parking lot is built")
    assert [text for _, texts in told for text in texts if found.search(text)] == []


def test_register(told):
    """Short sentences, few words, real variety, and verbs that agree with their subjects."""
    sentences = [text for _, texts in told for text in texts]
    words = {word for text in sentences for word in text.split()}
    assert all(re.fullmatch("[a-z]+( [a-z]+)*", text) for text in sentences)
    assert max(len(text.split()) for text in sentences) <= 40
    assert 80 <= len(words) <= 200
    assert len(set(sentences)) > 0.8 * len(sentences)
    for text in (text for events, texts in told if len(events) == 1 for text in texts):
        if re.match("(a|an|one) ", text):
            assert not re.search(r"\b(are|have|appear|disappear|show|replace)\b", text), text
        if re.match("(some|several|many|two|three|four|five) ", text):
            assert not re.search(r"\b(is|has|appears|disappears|shows|replaces)\b", text), text


def test_the_mix_of_levir_cc_is_mostly_new_houses_and_buildings():
    random = Random(5)
    scenes = [draw_pair(random, 256, True, MIXES["levir-cc"]) for _ in range(200)]
    events = [event for scene in scenes for event in scene.events]
    built = [event for event in events if event.kind in ("house", "villa", "building")]
    assert len(built) > 0.6 * len(events)
    assert sum(event.change == "appear" for event in events) > 0.7 * len(events)
    for scene in scenes[:50]:
        for sentence in write_sentences(random, scene.events):
            assert is_true(sentence, scene.events), sentence
