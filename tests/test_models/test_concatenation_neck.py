import torch
from torch import nn

from mmrsicc.models.necks import JFM, ConcatenationNeck

WIDTHS = (4, 3)


def make_maps(seed):
    generator = torch.Generator().manual_seed(seed)
    return tuple(
        torch.randn(2, c, s, s, generator=generator) for c, s in zip(WIDTHS, (8, 2), strict=True)
    )


def make_neck(**options):
    torch.manual_seed(0)
    sizes = {"channels": 8, "out_channels": 6, "hidden": 5, "grid_size": 2, "num_heads": 2}
    return ConcatenationNeck(WIDTHS, **{**sizes, **options}).eval()


def test_a_token_is_made_of_its_cell_in_all_maps_of_both_dates():
    neck, before, after = make_neck(), make_maps(0), make_maps(1)
    neck.spatial = nn.Identity()
    out = neck(before, after)
    # Row 0, column 1: a quarter of the finer maps, one place of the coarser.
    cell = [m.mean((2, 3)) for maps in (before, after) for m in (maps[0][:, :, :4, 4:],)]
    place = [maps[1][:, :, 0, 1] for maps in (before, after)]
    joined = torch.cat([cell[0], place[0], cell[1], place[1]], dim=1)
    expected = neck.project(neck.mix(joined) + neck.position[1])
    torch.testing.assert_close(out.tokens[:, 1], expected)
    torch.testing.assert_close(out.pooled, out.tokens.mean(1))
    assert out.tokens.shape == (2, 4, 6) and neck.out_channels == 6


def test_places_see_each_other_and_every_parameter_learns():
    neck, before, after = make_neck(), make_maps(0), make_maps(1)
    moved = (before[0].clone(), before[1])
    moved[0][:, :, 4:, :4] += 1  # The cell at row 1, column 0.
    one, other = (neck(maps, after).tokens[:, 1] for maps in (before, moved))
    assert not torch.allclose(one, other)
    (neck(before, after).tokens * torch.randn(6)).sum().backward()
    assert all(p.grad is not None and p.grad.any() for p in neck.parameters())


def test_the_layers_over_the_places_are_jfm_s():
    own = make_neck(channels=32, num_heads=8).spatial
    jfm = JFM(WIDTHS, channels=32, out_channels=8, num_heads=8).spatial
    assert str(own) == str(jfm)
