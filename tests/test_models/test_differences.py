import pytest
import torch
import torch.nn.functional as F
from torch import nn

from mmrsicc.models.layers.differences import (
    ConcatCosDifference,
    CrossAttentionDifference,
    GatedDifference,
    MCIDifference,
    SimpleDifference,
)
from mmrsicc.registry import MODELS

OPTIONS = [
    {"type": "PairDifference"},
    {"type": "PairDifference", "groups": 1, "shortcut": True},
    {"type": "AbsoluteDifference"},
    *({"type": "SimpleDifference", "operation": o} for o in ("sub", "abs", "sum", "concat")),
    {"type": "ConcatCosDifference"},
    {"type": "MCIDifference"},
    {"type": "GatedDifference"},
    {"type": "CrossAttentionDifference", "memory_size": 3},
]


def dates(channels=8, size=(5, 6), seed=0):
    generator = torch.Generator().manual_seed(seed)
    return tuple(torch.randn(2, channels, *size, generator=generator) for _ in range(2))


def build(config):
    torch.manual_seed(0)
    return MODELS.build({"in_channels": 8, "channels": 32, **config})


@pytest.mark.parametrize("config", OPTIONS, ids=str)
def test_every_option_gives_a_map_and_learns(config):
    compare = build(config)
    before, after = dates()
    difference = compare(before, after)
    assert difference.shape == (2, 32, 5, 6)
    (difference * torch.randn(difference.shape)).sum().backward()
    assert all(p.grad is not None and p.grad.any() for p in compare.parameters())


@pytest.mark.parametrize("config", OPTIONS, ids=str)
def test_pairs_do_not_see_their_batch(config):
    compare = build(config)
    before, after = dates()
    torch.testing.assert_close(
        compare(before[:1], after[:1]), compare(before, after)[:1], atol=1e-5, rtol=1e-4
    )


@pytest.mark.parametrize(("groups", "kept"), [(32, False), (1, True)])
def test_groups_of_one_channel_remove_its_level(groups, kept):
    compare = build({"type": "PairDifference", "groups": groups}).double()
    before, after = (date.double() for date in dates())
    level = torch.linspace(-2, 2, 8).double().view(8, 1, 1)  # The same in the whole of both dates.
    same = torch.allclose(compare(before, after), compare(before + level, after + level))
    assert same is not kept


def test_a_shortcut_adds_what_the_dates_show():
    compare = build({"type": "PairDifference", "shortcut": True})
    plain = build({"type": "PairDifference"})
    plain.load_state_dict({k: v for k, v in compare.state_dict().items() if "shortcut" not in k})
    before, after = dates()
    weight, bias = compare.shortcut.weight[:, :, 0, 0], compare.shortcut.bias
    seen = (
        torch.einsum("oc,bchw->bohw", weight, torch.cat([before, after], 1)) + bias[:, None, None]
    )
    torch.testing.assert_close(compare(before, after), plain(before, after) + seen)


def test_simple_operations():
    before, after = dates()
    expected = {
        "sub": after - before,
        "abs": torch.maximum(after - before, before - after),
        "sum": after + before,
        "concat": torch.stack([before, after], dim=1).flatten(1, 2),
    }
    for operation, maps in expected.items():
        compare = SimpleDifference(8, 32, operation)
        torch.testing.assert_close(compare(before, after), compare.project(maps))
    with pytest.raises(ValueError, match=r"'mul': set one of \['sub', 'abs', 'sum', 'concat'\]"):
        SimpleDifference(8, 32, "mul")


def test_concat_cos_adds_the_cosine_to_every_channel():
    compare = ConcatCosDifference(8, 32)
    compare.refine = nn.Identity()
    before, after = dates()
    a, b = before[1, :, 2, 3], after[1, :, 2, 3]
    marked = torch.cat([a, b]) + torch.dot(a, b) / (a.norm() * b.norm())
    expected = compare.project.weight[:, :, 0, 0] @ marked + compare.project.bias
    torch.testing.assert_close(compare(before, after)[1, :, 2, 3], expected)


def test_mci_stands_between_its_dates():
    compare = MCIDifference(8, 32)
    before, after = dates()
    joined = []
    compare.join.register_forward_hook(lambda module, args, out: joined.append(args[0]))
    compare(before, after)
    torch.testing.assert_close(joined[0][:, :8], before)
    torch.testing.assert_close(joined[0][:, 40:], after)
    convolved = torch.einsum(
        "oi,bihw->bohw", compare.difference[0].weight[..., 0, 0], after - before
    )
    cosine = (F.normalize(before, dim=1) * F.normalize(after, dim=1)).sum(1, keepdim=True)
    expected = F.group_norm(convolved, 32) + cosine
    torch.testing.assert_close(joined[0][:, 8:40], expected, atol=1e-5, rtol=1e-4)


def test_gated_difference_is_zero_for_equal_dates_and_odd_under_exchange():
    compare = GatedDifference(8, 32)
    before, after = dates()
    assert not compare(before, before).any()
    torch.testing.assert_close(compare(before, after), -compare(after, before))
    nn.init.zeros_(compare.gate.weight)
    nn.init.constant_(compare.gate.bias, 30.0)  # Open gates leave the difference alone.
    a, b = compare.reduce(before), compare.reduce(after)
    torch.testing.assert_close(compare(before, after), compare.project(b - a))


def test_cross_attention_is_torchs_with_pooled_memory():
    compare = CrossAttentionDifference(8, 32, num_heads=4, memory_size=3)
    reference = nn.MultiheadAttention(32, 4, batch_first=True)
    ours = compare.attention
    with torch.no_grad():
        for part in ("weight", "bias"):
            stacked = torch.cat([getattr(p, part) for p in (ours.query, ours.key, ours.value)])
            getattr(reference, f"in_proj_{part}").copy_(stacked)
            getattr(reference.out_proj, part).copy_(getattr(ours.output, part))
    before, after = dates(size=(6, 6))
    a, b = compare.reduce(before), compare.reduce(after)
    memory = F.avg_pool2d(compare.memory(a * (b - a)), 2).flatten(2).transpose(1, 2)
    assert memory.shape[1] == 9
    expected = torch.cat(
        [
            d + reference(d.flatten(2).transpose(1, 2), memory, memory)[0].mT.unflatten(2, (6, 6))
            for d in (a, b)
        ],
        dim=1,
    )
    torch.testing.assert_close(compare(before, after), compare.project(expected))
