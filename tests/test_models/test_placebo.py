import pytest

from mmrsicc.models.losses.texts import ExchangedCaptions
from mmrsicc.structures import ChangeDataSample

CAPTIONS = {f"pair{i}": [f"{i} houses appear", f"{i} roads appear"] for i in range(9)}


def make_sample(pair_id, number=0, flag=1):
    sample = ChangeDataSample(metainfo={"pair_id": pair_id})
    sample.gt_captions = CAPTIONS.get(pair_id, ["nothing has changed"])
    sample.targets, sample.change_flag = [sample.gt_captions[number]], flag
    return sample


def test_every_changed_pair_speaks_for_exactly_one_other():
    exchange = ExchangedCaptions(CAPTIONS)
    spoken = {name: exchange(make_sample(name)).targets[0] for name in CAPTIONS}
    assert all(caption not in CAPTIONS[name] for name, caption in spoken.items())
    assert sorted(spoken.values()) == sorted(captions[0] for captions in CAPTIONS.values())


def test_it_is_the_same_in_every_epoch_and_run_and_keeps_the_number():
    first, second = ExchangedCaptions(CAPTIONS), ExchangedCaptions(dict(reversed(CAPTIONS.items())))
    for name in CAPTIONS:
        sample = first(make_sample(name, number=1))
        assert sample.targets == second(make_sample(name, number=1)).targets
        assert sample.targets == sample.gt_captions[1:] and sample.change_flag == 1


def test_unchanged_pairs_keep_their_own_and_strangers_are_named():
    unchanged = make_sample("other", flag=0)
    assert ExchangedCaptions(CAPTIONS)(unchanged) is unchanged
    with pytest.raises(KeyError, match="no captions for pair 'stranger'"):
        ExchangedCaptions(CAPTIONS)(make_sample("stranger"))


def test_a_pair_without_a_flag_keeps_its_own():
    sample = make_sample("pair3")
    del sample.change_flag
    assert ExchangedCaptions(CAPTIONS)(sample) is sample


def test_all_sentences_of_a_draw_keep_their_numbers():
    sample = make_sample("pair3")
    sample.targets = list(reversed(sample.gt_captions))
    spoken = ExchangedCaptions(CAPTIONS)(sample)
    assert spoken.targets == list(reversed(spoken.gt_captions))
    assert set(spoken.targets).isdisjoint(sample.targets)
