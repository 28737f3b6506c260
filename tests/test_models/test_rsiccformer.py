"""RSICCformer's neck by what its parts see; against the authors' code: tests/test_converters."""

import torch

from mmrsicc.models.necks import RSICCformer


def make(**options):
    torch.manual_seed(1)
    return RSICCformer(in_channels=(3, 6), dims=8, grid_size=4, num_heads=4, **options).eval()


def maps():
    generator = torch.Generator().manual_seed(0)
    return tuple(torch.randn(2, 6, 8, 8, generator=generator) for _ in range(2))


def inputs_of(modules):
    """A list that gets what each of the modules is called with."""
    seen = []
    for module in modules:
        module.register_forward_pre_hook(lambda _, arguments: seen.append(arguments))
    return seen


@torch.no_grad()
def test_tokens_are_those_of_the_last_map():
    neck = make()
    first, second = maps()
    out = neck((torch.randn(2, 3, 16, 16), first), (torch.randn(2, 3, 16, 16), second))
    again = neck((torch.randn(2, 3, 16, 16), first), (torch.randn(2, 3, 16, 16), second))
    assert out.tokens.shape == (2, 16, 16) and neck.out_channels == 16
    torch.testing.assert_close(out.pooled, out.tokens.mean(1))
    assert torch.equal(out.tokens, again.tokens)


@torch.no_grad()
def test_both_dates_attend_to_their_difference_in_every_stage():
    neck = make()
    seen = inputs_of(neck.stages)
    first, second = maps()
    neck((first,), (second,))
    assert len(seen) == 2 * len(neck.stages) == 6
    for (before, memory), (after, other) in zip(seen[::2], seen[1::2], strict=True):
        assert torch.equal(memory, after - before) and torch.equal(other, memory)


@torch.no_grad()
def test_the_fusion_adds_each_stage_to_what_it_has():
    neck = make()
    blocks, norms = inputs_of(neck.blocks), []
    for norm in neck.norms:
        norm.register_forward_hook(lambda *call: norms.append(call[2]))
    first, _ = maps()
    # Equal dates stay equal: what a block gets beside the sum so far has equal halves.
    neck((first,), (first,))
    sums = [torch.zeros(2, 16, 16), *norms[:-1]]
    for (grid,), fused in zip(blocks, sums, strict=True):
        stage = grid.flatten(2).transpose(1, 2) - fused
        torch.testing.assert_close(stage[..., :8], stage[..., 8:], atol=1e-5, rtol=1e-5)
        assert stage.std() > 0.1


@torch.no_grad()
def test_without_blocks_the_last_normalisation_speaks():
    neck = make(num_stages=1)
    torch.nn.init.zeros_(neck.blocks[0].body[7].weight)
    joined = inputs_of(neck.blocks)
    first, second = maps()
    tokens = neck((first,), (second,)).tokens
    rectified = joined[0][0].flatten(2).transpose(1, 2).relu()
    torch.testing.assert_close(tokens, neck.norms[0](rectified))
