"""MCI's branches by what their parts see; against the authors' code: tests/test_converters."""

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from mmengine import Config
from test_models.parts import captioner, raw_pairs, sample

from mmrsicc.models.heads import MaskHead
from mmrsicc.models.necks import MCI
from mmrsicc.models.necks.mci import InteractionLayer

CHANNELS = (4, 8, 16)


def make(**options):
    torch.manual_seed(1)
    return MCI(CHANNELS, num_layers=2, num_heads=4, max_grid_size=5, **options).eval()


def maps(height=3, width=4):
    generator = torch.Generator().manual_seed(0)
    sizes = [(c, height * 4 // 2**k, width * 4 // 2**k) for k, c in enumerate(CHANNELS)]
    return tuple(
        tuple(torch.randn(2, *size, generator=generator) for size in sizes) for _ in range(2)
    )


def calls_of(modules):
    """A list that gets arguments and output of each call of the modules."""
    seen = []
    for module in modules:
        module.register_forward_hook(lambda _, arguments, output: seen.append((*arguments, output)))
    return seen


@torch.no_grad()
def test_tokens_are_those_of_the_last_map_and_masks_are_read_off_twice_the_finest():
    neck = make()
    out = neck(*maps())
    assert out.tokens.shape == (2, 12, 16) and neck.out_channels == 16
    torch.testing.assert_close(out.pooled, out.tokens.mean(1))
    assert neck.scale_channels == (8,) and [m.shape for m in out.scales] == [(2, 8, 24, 32)]
    head = MaskHead(neck.scale_channels, num_classes=3, channels=4, transposed=True)
    assert head(out.scales, (48, 64)).shape == (2, 3, 48, 64)


@torch.no_grad()
def test_the_caption_does_not_depend_on_the_branch_of_the_masks():
    neck, alone = make(), make(masks=False)
    own = {k: v for k, v in neck.state_dict().items() if not k.startswith("masks.")}
    alone.load_state_dict(own)
    first, second = maps()
    assert torch.equal(neck(first, second).tokens, alone(first[-1:], second[-1:]).tokens)
    assert alone.scale_channels == () and alone(first, second).scales == ()


@torch.no_grad()
def test_for_captions_both_dates_see_one_another_as_they_were():
    dates = make().caption
    first, second = calls_of(dates.before_layers), calls_of(dates.after_layers)
    a, b = maps()
    dates(a[-1], b[-1])
    for (x, other, _), (y, same, _) in zip(first, second, strict=True):
        assert torch.equal(x, same) and torch.equal(y, other)
    assert torch.equal(first[1][0], first[0][2]) and torch.equal(second[1][0], second[0][2])


@torch.no_grad()
def test_for_masks_the_second_date_sees_what_the_first_has_become():
    dates = make().masks.dates
    first, second = calls_of(dates.before_layers), calls_of(dates.after_layers)
    a, b = maps()
    dates(a[-1], b[-1], in_turn=True)
    x, _, said = first[0]
    y, seen, answered = second[0]
    assert torch.equal(seen, x + said) and torch.equal(first[1][0], x + said)
    assert torch.equal(second[1][0], y + answered)


@torch.no_grad()
def test_a_layer_attends_to_the_product_of_a_date_and_the_difference():
    torch.manual_seed(0)
    layer = InteractionLayer(16, 4, 0.1).eval()
    x, other = torch.randn(2, 1, 16, 3, 4)
    q, k = x + layer.around(x), other + layer.around_other(other)
    memory = layer.fuse(q * (k - q)).flatten(2).transpose(1, 2)
    tokens = q.flatten(2).transpose(1, 2)
    queries, keys, values = layer.query(tokens), layer.key(memory), layer.value(memory)
    heads = [
        (queries[..., i : i + 4] @ keys[..., i : i + 4].mT / 2).softmax(2) @ values[..., i : i + 4]
        for i in range(0, 16, 4)
    ]
    y = layer.attention_norm(tokens + layer.output(torch.cat(heads, dim=2)))
    y = layer.ffn_norm(y + layer.ffn(y))
    torch.testing.assert_close(layer(x, other), y.transpose(1, 2).unflatten(2, (3, 4)))


@torch.no_grad()
def test_scales_are_added_from_the_coarsest_to_the_finest():
    branch = make().masks
    fused, rises = calls_of(branch.fusions), calls_of(branch.rises)
    a, b = maps()
    out = branch(a, b)
    assert [x.shape[-1] for x, _ in rises] == [4, 8, 16]
    for step in (1, 2):
        torch.testing.assert_close(rises[step][0], fused[step][1] + rises[step - 1][1])
    assert torch.equal(out, rises[2][1])
    joined, similarity = fused[2][0], F.cosine_similarity(a[0], b[0], dim=1).unsqueeze(1)
    assert torch.equal(joined[:, :4], a[0]) and torch.equal(joined[:, 8:], b[0])
    torch.testing.assert_close(joined[:, 4:8], branch.differences[0](b[0] - a[0]) + similarity)


@pytest.mark.parametrize("sides", [(13, 7, 4), (13, 6, 3)])
def test_scales_whose_sides_are_no_halves_are_added_too(sides):
    """Backbones round halves up, and some of them down."""
    before, after = (
        tuple(torch.randn(2, c, side, side + 1) for c, side in zip(CHANNELS, sides, strict=True))
        for _ in range(2)
    )
    neck = make()
    fused, rises = calls_of(neck.masks.fusions), calls_of(neck.masks.rises)
    out = neck(before, after)
    assert [m.shape for m in out.scales] == [(2, 8, 26, 28)]
    for step in (1, 2):
        (joined, _), (_, below), (_, own) = rises[step], rises[step - 1], fused[step]
        rows, columns = (min(a, b) for a, b in zip(own.shape[2:], below.shape[2:], strict=True))
        expected = own.clone()
        expected[..., :rows, :columns] += below[..., :rows, :columns]
        torch.testing.assert_close(joined, expected)


def test_larger_maps_and_heads_that_do_not_divide_are_refused():
    with pytest.raises(ValueError, match=r"6 x 4 places, .* 5 x 5: set max_grid_size=6"):
        make()(*maps(height=6))
    with pytest.raises(ValueError, match="dims=16 is not a multiple of num_heads=3"):
        MCI(CHANNELS, num_heads=3)


RESNET = {
    "type": "mmpretrain.ResNet",
    "depth": 18,
    "stem_channels": 4,
    "base_channels": 4,
    "out_indices": (0, 1, 2, 3),
}


def both_branches(vocabulary):
    return captioner(
        backbone=RESNET,
        neck={"type": "MCI", "masks": True, "num_heads": 4},
        mask_head={"type": "MaskHead", "num_classes": 3, "channels": 4, "transposed": True},
        head={"type": "ClassicCaptionHead", "num_heads": 4, "residual": True},
        tokenizer=vocabulary.to_dict(),
    )


def test_both_branches_learn_from_sentences_and_masks(vocabulary):
    model = both_branches(vocabulary).train()
    generator = torch.Generator().manual_seed(0)
    samples = [
        sample(text, gt_mask=torch.randint(0, 3, (64, 64), generator=generator))
        for text in ("a house is built", "a road is gone")
    ]
    losses = model(raw_pairs(), samples, mode="loss")
    (losses["loss_caption"] + losses["loss_mask"]).backward()
    idle = [
        name
        for name, parameter in model.named_parameters()
        if not name.endswith("key.bias") and not parameter.grad.any()
    ]
    assert not idle


def test_the_phases_of_the_config_name_parts_of_the_model(vocabulary):
    cfg = Config.fromfile(Path(__file__).parents[2] / "configs/mci/mci_levirmci.py")
    names = [name for name, _ in both_branches(vocabulary).named_parameters()]
    (hook,) = cfg.custom_hooks
    for phase in hook.phases:
        for part in phase.trained:
            assert any(name.startswith(f"{part}.") for name in names)
    trained = {part for phase in hook.phases for part in phase.trained}
    rest = [name for name in names if not name.startswith(tuple(f"{part}." for part in trained))]
    assert rest and all(name.startswith("encoder.backbone.") for name in rest)
