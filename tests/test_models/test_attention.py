"""The weights that attention gives away are those that it uses."""

import pytest
import torch

from mmrsicc.models.layers import CachedAttention


@pytest.fixture
def attention():
    torch.manual_seed(0)
    return CachedAttention(12, num_heads=3).eval()


def by_hand(attention, x, memory, causal):
    """softmax(q k^T / sqrt(d)) of each head, one row at a time."""
    weights = torch.zeros(len(x), 3, x.shape[1], memory.shape[1])
    query, key = attention.query(x), attention.key(memory)
    for head in range(3):
        part = slice(4 * head, 4 * head + 4)
        for row in range(x.shape[1]):
            seen = row + 1 if causal else memory.shape[1]
            scores = key[:, :seen, part] @ query[:, row, part].unsqueeze(-1) / 4**0.5
            weights[:, head, row, :seen] = scores.squeeze(-1).softmax(-1)
    return weights


@pytest.mark.parametrize("causal", [False, True])
def test_weights_are_the_softmax_by_hand(attention, causal):
    x = 3 * torch.randn(2, 5, 12)
    memory = x if causal else 3 * torch.randn(2, 7, 12)
    weights = attention.weights(x, attention.keys_values(memory), causal)
    torch.testing.assert_close(weights, by_hand(attention, x, memory, causal))
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, 3, 5))


def test_the_output_is_the_values_mixed_by_the_weights(attention):
    x, memory = torch.randn(2, 5, 12), torch.randn(2, 7, 12)
    keys, values = attention.keys_values(memory)
    mixed = attention.weights(x, (keys, values)) @ values
    expected = attention.output(mixed.transpose(1, 2).flatten(2))
    torch.testing.assert_close(attention(x, (keys, values)), expected)
