"""SynthCC's splits: how many pairs, how many of them changed, and what is held out of training."""

from collections import Counter
from itertools import product

import pytest

from mmrsicc.synthcc import SHARES, PairId, make_pair, pair_ids
from mmrsicc.synthcc.kinds import KINDS, LANDS, PLACES
from mmrsicc.synthcc.scene import Event
from mmrsicc.synthcc.splits import is_changed, is_held_out

ALL_PLACES = [place for row in PLACES for place in row]
HELD_OUT = {
    triple
    for triple in product(KINDS, LANDS, ALL_PLACES)
    if is_held_out(Event("appear", triple[0], 1, 0, triple[1], place=triple[2]))
}
PER_SPLIT = 16


@pytest.fixture(scope="module")
def drawn():
    """Small pairs of each split, odd numbers changed."""
    return {
        split: [make_pair(5, PairId(split, number + 1), 128) for number in range(PER_SPLIT)]
        for split in SHARES
    }


def test_splits_have_their_shares():
    assert list(SHARES) == ["train", "val", "test", "test_combination", "test_distractor"]
    assert sum(SHARES.values()) == pytest.approx(1)
    for number in (5, 6, 37, 1000, 9999):
        pairs = pair_ids(number)
        sizes = Counter(pair.split for pair in pairs)
        assert len(pairs) == len(set(pairs)) == len({pair.name for pair in pairs}) == number
        assert all(sizes[split] >= 1 for split in SHARES)
        for split, share in SHARES.items():
            assert abs(sizes[split] - share * number) < 5
    assert Counter(pair.split for pair in pair_ids(1000)) == {
        "train": 700,
        "val": 100,
        "test": 100,
        "test_combination": 50,
        "test_distractor": 50,
    }


def test_a_larger_data_set_holds_the_smaller_one():
    assert set(pair_ids(50)) <= set(pair_ids(200))


def test_too_few_pairs_are_refused():
    with pytest.raises(ValueError, match=r"4 pairs do not fill 5 splits: ask for at least 5"):
        pair_ids(4)


@pytest.mark.parametrize("unchanged", [0.0, 0.1, 0.25, 0.3, 0.5, 0.75, 0.9, 1.0])
def test_share_of_unchanged_pairs(unchanged):
    """In every stretch from the start, so in every split of any size."""
    still = 0
    for number in range(1, 500):
        still += not is_changed(number, unchanged)
        assert abs(still - unchanged * number) <= 1 + 1e-9


def test_pairs_change_as_they_should(drawn):
    for split, pairs in drawn.items():
        changed = [bool(pair.scene.events) for pair in pairs]
        assert changed == [is_changed(number + 1, 0.5) for number in range(PER_SPLIT)]
        assert sum(changed) == PER_SPLIT / 2, split
    for unchanged in (0.0, 1.0):
        pair = make_pair(0, PairId("val", 1), 128, unchanged)
        assert bool(pair.scene.events) == (unchanged == 0)


def test_every_two_of_kind_land_and_place_meet_in_training():
    """One in ten to one in five triples is held out, but no pair of values is."""
    allowed = set(product(KINDS, LANDS, ALL_PLACES)) - HELD_OUT
    assert 0.1 < len(HELD_OUT) / (len(HELD_OUT) + len(allowed)) < 0.2
    assert {(kind, land) for kind, land, _ in allowed} == set(product(KINDS, LANDS))
    assert {(kind, place) for kind, _, place in allowed} == set(product(KINDS, ALL_PLACES))
    assert {(land, place) for _, land, place in allowed} == set(product(LANDS, ALL_PLACES))
    # Of each value some is held out, so that no kind, land or place is spared.
    for index, values in enumerate((KINDS, LANDS, ALL_PLACES)):
        assert {triple[index] for triple in HELD_OUT} == set(values)


def test_held_out_triples_are_in_test_combination_alone(drawn):
    for split, pairs in drawn.items():
        for events in (pair.scene.events for pair in pairs if pair.scene.events):
            held = [event for event in events if (event.kind, event.land, event.place) in HELD_OUT]
            assert bool(held) == (split == "test_combination")


def test_distractors_of_test_distractor_are_stronger_than_all_others(drawn):
    others = [pair for split in drawn if split != "test_distractor" for pair in drawn[split]]
    for name in others[0].distractors:
        strongest = max(pair.distractors[name] for pair in others)
        assert 0 < strongest < min(pair.distractors[name] for pair in drawn["test_distractor"])


def test_distractors_do_not_give_changes_away(drawn):
    """They come as often and as strong with unchanged pairs as with changed ones."""
    groups = {True: [], False: []}
    for pairs in (drawn[split] for split in drawn if split != "test_distractor"):
        for pair in pairs:
            groups[bool(pair.scene.events)] += pair.distractors.values()
    for strengths in groups.values():
        present = [value for value in strengths if value > 0]
        assert 0.4 < len(present) / len(strengths) < 0.6
        assert 0.3 < sum(present) / len(present) < 0.4


def test_unchanged_pairs_look_different_all_the_same(drawn):
    still = [pair for pair in drawn["test_distractor"] if not pair.scene.events]
    for pair in still:
        assert pair.scene.before == pair.scene.after and not pair.label.any()
        assert abs(pair.before.astype(int) - pair.after).mean() > 5


def test_pairs_of_one_number_differ_between_splits_and_seeds(drawn):
    looks = {pairs[0].before.tobytes() for pairs in drawn.values()}
    looks.add(make_pair(6, PairId("train", 1), 128).before.tobytes())
    assert len(looks) == len(drawn) + 1
