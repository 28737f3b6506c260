"""HiSem's parts by what they do; against the authors' code: tests/test_converters."""

from copy import deepcopy
from types import SimpleNamespace

import pytest
import torch
from test_models.parts import encoded
from test_models.transfer_parts import make_captioner
from torch import nn

from mmrsicc.engine.hooks import FlagScheduleHook
from mmrsicc.models.heads import FlagHead, HiSemCaptionHead
from mmrsicc.models.heads.hisem_caption_head import ChosenBatchNorm2d
from mmrsicc.models.layers.experts import MixtureOfExperts
from mmrsicc.models.necks import HiSem
from mmrsicc.structures import Conditions, DifferenceFeatures


def test_the_memory_is_both_dates_and_the_flag_is_read_from_their_difference():
    neck = HiSem(in_channels=(3, 16), num_layers=2, num_heads=4, max_grid_size=4).eval()
    first, second = torch.randn(2, 2, 16, 3, 4)
    out = neck((torch.randn(2, 3, 6, 8), first), (torch.randn(2, 3, 6, 8), second))
    before, after = out.tokens.chunk(2, dim=1)
    assert before.shape == (2, 12, 16) and neck.out_channels == 16
    torch.testing.assert_close(out.pooled, (after - before).mean(1))
    with pytest.raises(ValueError, match=r"6 x 4 places, .* 4 x 4: set max_grid_size=6"):
        neck((torch.zeros(1, 16, 6, 4),), (torch.zeros(1, 16, 6, 4),))


@torch.no_grad()
def test_the_experts_of_a_token_are_the_best_of_its_best_groups():
    torch.manual_seed(0)
    layer = MixtureOfExperts(8, 16, num_experts=6, chosen=2, num_groups=3, chosen_groups=2)
    x = torch.randn(2, 5, 8)
    mixed, unevenness = layer(x)
    scores = layer.score(x).sigmoid()
    loads = torch.zeros(2, 6)
    for b in range(2):
        for n in range(5):
            own = scores[b, n].tolist()
            groups = sorted(range(3), key=lambda g: -max(own[2 * g : 2 * g + 2]))[:2]
            members = [e for g in groups for e in (2 * g, 2 * g + 1)]
            best = sorted(members, key=lambda e: -own[e])[:2]
            expected = layer.shared(x[b, n]) + sum(own[e] * layer.experts[e](x[b, n]) for e in best)
            torch.testing.assert_close(mixed[b, n], expected)
            loads[b, best] += 6 / 2 / 5
    torch.testing.assert_close(unevenness, (loads * scores.mean(1)).sum(1))


def test_statistics_are_those_of_the_chosen_images():
    torch.manual_seed(0)
    ours, theirs = ChosenBatchNorm2d(4).train(), nn.BatchNorm2d(4).train()
    x = torch.randn(5, 4, 3, 3, requires_grad=True)
    chosen = torch.tensor([True, False, True, True, False])
    found, expected = ours(x, chosen)[chosen], theirs(x[chosen])
    torch.testing.assert_close(found, expected)
    (one,), (other,) = (torch.autograd.grad(y.pow(3).sum(), x) for y in (found, expected))
    torch.testing.assert_close(one, other)
    for name, value in theirs.state_dict().items():
        torch.testing.assert_close(ours.state_dict()[name], value)
    kept = {name: value.clone() for name, value in ours.state_dict().items()}
    assert ours(x, torch.zeros(5, dtype=torch.bool)).isfinite().all()
    assert all(torch.equal(value, kept[name]) for name, value in ours.state_dict().items())
    torch.testing.assert_close(ours.eval()(x, chosen), theirs.eval()(x))


def make(vocabulary):
    torch.manual_seed(0)
    return HiSemCaptionHead(32, vocabulary, hidden=16, num_heads=4)


@pytest.fixture
def features():
    tokens = torch.randn(3, 8, 32, generator=torch.Generator().manual_seed(0))
    return DifferenceFeatures(tokens, tokens.mean(1))


@torch.no_grad()
def test_a_pair_goes_the_way_of_its_flag(vocabulary, features):
    head = make(vocabulary).eval()
    ids = torch.randint(4, len(vocabulary), (3, 1, 5), generator=torch.Generator().manual_seed(1))
    some, none = (Conditions(flag=torch.tensor(f)) for f in ([1.0, 0.0, 1.0], [0.0, 0.0, 0.0]))
    told, same = head(features, ids, some), head(features, ids, none)
    torch.testing.assert_close(told[1], same[1])
    assert not torch.allclose(told[0], same[0], atol=1e-3)
    head.experts.apply(lambda m: m.weight.zero_() if isinstance(m, nn.Linear) else None)
    torch.testing.assert_close(head(features, ids, none), same)
    assert not torch.allclose(head(features, ids, some)[0], told[0], atol=1e-3)
    with pytest.raises(ValueError, match="gets no change flag: set flag_head="):
        head(features, ids)


def test_maps_that_are_no_squares_are_refused(vocabulary):
    tokens = torch.zeros(1, 24, 32)
    features = DifferenceFeatures(tokens, tokens.mean(1))
    with pytest.raises(ValueError, match="square maps, but each date has 12 places"):
        make(vocabulary).start(features, Conditions(flag=torch.zeros(1)))
    wide = torch.zeros(1, 32, 2, 8)
    tokens = torch.zeros(1, 32, 32)  # 16 places, as many as in a square of 4.
    features = DifferenceFeatures(tokens, tokens.mean(1), dates=(wide, wide))
    with pytest.raises(ValueError, match="16 places, which form no square: resize the images"):
        make(vocabulary).start(features, Conditions(flag=torch.zeros(1)))


def test_only_changed_pairs_spread_over_the_experts(vocabulary, features):
    head = make(vocabulary).train()
    batch = encoded(vocabulary, "a house is built", "a road is gone", "a road")
    seen = []
    head.experts.register_forward_hook(lambda _, __, output: seen.append(output[1]))
    terms = head.loss(features, batch, Conditions(flag=torch.tensor([0.0, 1.0, 1.0])))
    torch.testing.assert_close(terms["loss_experts"], 0.001 * seen[0][1:].mean())
    assert {"loss_caption", "loss_experts", "word_accuracy"} == set(terms)
    none = head.loss(features, batch, Conditions(flag=torch.zeros(3)))
    assert none["loss_experts"] == 0
    assert head._unevenness is None


def test_captions_wait_for_no_other_process(vocabulary, features, monkeypatch):
    """Pictures of a test are drawn by the main process alone."""

    def fails(*_):
        raise AssertionError("waits for other processes")

    monkeypatch.setattr("mmrsicc.models.heads.hisem_caption_head.mean_count", fails)
    make(vocabulary).start(features, Conditions(flag=torch.ones(3)))


def test_synchronised_norms_leave_the_choice(vocabulary):
    head = nn.SyncBatchNorm.convert_sync_batchnorm(make(vocabulary))
    norms = [part for part in head.changed.block if isinstance(part, ChosenBatchNorm2d)]
    assert len(norms) == 3


def test_two_scores_make_one_logit():
    head = FlagHead(4, outputs=2, bias=False)
    pooled = torch.randn(3, 4)
    features = DifferenceFeatures(pooled.unsqueeze(1), pooled)
    scores = pooled @ head.classify.weight.T
    chances = head(features).sigmoid()
    torch.testing.assert_close(chances, scores.softmax(1)[:, 1])
    flags = torch.tensor([0, 1, 1])
    expected = nn.functional.cross_entropy(scores, flags)
    torch.testing.assert_close(head.loss(features, flags)["loss_flag"], expected)


def test_the_flag_is_scheduled_as_published():
    """Their epochs count from 0: no effect up to 3, x = (epoch - 3) / 47, taught up to 40."""
    model = SimpleNamespace(flag_head=object(), loss_factors={}, teaches_flags=True)
    hook = FlagScheduleHook()
    found = {}
    for epoch in (0, 3, 4, 27, 40, 41, 49):
        runner = SimpleNamespace(model=model, epoch=epoch, max_epochs=50, train_loop=None)
        hook.before_train_epoch(runner)
        found[epoch] = (round(model.loss_factors["flag"], 4), model.teaches_flags)
    assert found == {
        0: (0.0, True),
        3: (0.0, True),
        4: (0.0011, True),
        27: (0.5167, True),
        40: (0.8924, True),
        41: (0.9122, False),
        49: (0.9989, False),
    }
    with pytest.raises(ValueError, match="quiet_epochs=0 must be 1 or more"):
        FlagScheduleHook(quiet_epochs=0)
    bare = SimpleNamespace(flag_head=None)
    with pytest.raises(ValueError, match="no flag_head: take the hook out"):
        hook.before_train_epoch(SimpleNamespace(model=bare, epoch=0, max_epochs=50))


def test_a_captioner_without_a_flag_head_is_refused_before_training():
    head = {"type": "HiSemCaptionHead", "hidden": 16, "num_heads": 4}
    with pytest.raises(ValueError, match=r"HiSemCaptionHead reads the change flag.*flag_head="):
        make_captioner(head=head)


def test_sentences_that_are_only_scored_leave_no_graph_behind(vocabulary, features):
    """As rewarded sentences are, in training."""
    head = make(vocabulary).train()
    ids = torch.full((3, 1, 5), 4)
    head(features, ids, Conditions(flag=torch.ones(3)))
    assert head._unevenness is None
    deepcopy(head)
