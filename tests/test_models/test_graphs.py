"""Encoder and speaker are tensors in, tensors out: they trace and export."""

import pytest
import torch
from test_models.parts import captioner, raw_pairs
from test_models.transfer_parts import CONFIG, DETECTOR
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode

from mmrsicc.structures import Conditions

IDS = torch.tensor([[[2, 4, 5, 3], [2, 6, 7, 8]], [[2, 8, 4, 3], [2, 0, 0, 0]]])
MIT = {
    "type": "mmseg.MixVisionTransformer",
    "embed_dims": 8,
    "num_layers": [1, 1, 1, 1],
    "num_heads": [1, 1, 2, 2],
}

SIAMESE = {**DETECTOR, "backbone": {**MIT, "embed_dims": 4}}


def make_dfm(**changes):
    """A small DFM with all that a graph may meet: detector, mask, flag."""
    parts = {
        **CONFIG,
        "change_detector": DETECTOR,
        "head": {**CONFIG["head"], "flag_condition": True},
        "flag_head": {"type": "FlagHead"},
        "token_mask": {"type": "TokenMask", "alpha": 0.5},
    }
    return captioner(**{**parts, **changes}).eval()


class Graph(nn.Module):
    """Images and ids to logits of words, of the flag and of the mask."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, before, after, ids):
        features = self.model.encoder(before, after)
        flag = self.model.flag_head(features)
        told = Conditions((flag > 0).float(), features.logits.argmax(1) != 0)
        masked = self.model.speaker.masked(features, told)
        return self.model.speaker.head(masked, ids, told), flag, features.logits


@torch.no_grad()
def test_fake_tensors_pass_without_a_look_at_their_values():
    model = Graph(make_dfm(backbone=MIT, change_detector=SIAMESE))
    expected = model(*raw_pairs(), IDS)
    with FakeTensorMode(allow_non_fake_inputs=True) as mode:
        fake = [mode.from_tensor(x) for x in (*raw_pairs(), IDS)]
        found = model(*fake)
    assert [x.shape for x in found] == [x.shape for x in expected]
    assert [x.dtype for x in found] == [x.dtype for x in expected]
    assert found[0].shape == (2, 2, 4, 10)


@torch.no_grad()
@pytest.mark.parametrize("head", ["TransformerCaptionHead", "ClassicCaptionHead"])
def test_a_dfm_exports_as_one_graph_that_says_the_same(head):
    model = Graph(make_dfm(head={**CONFIG["head"], "type": head, "flag_condition": True}))
    exported = torch.export.export(model, (*raw_pairs(size=32), IDS)).module()
    others = (*raw_pairs(size=32, seed=7), IDS.flip(0))
    for found, expected in zip(exported(*others), model(*others), strict=True):
        torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_one_step_of_decoding_exports():
    """The encoder once, then a word at a time from the keys and values of the words so far."""
    model = make_dfm(flag_head=None, head=CONFIG["head"], token_mask=None)
    head, features = model.speaker.head, model(raw_pairs(size=32))

    class Step(nn.Module):
        def forward(self, tokens, memory, past):
            state = type(start)([memory], [past], past[0].shape[2])
            logits, state = head.step(tokens, state)
            return logits, state.past[0]

    start = head.start(features)
    _, state = head.step(IDS[:, 0, 0], start)
    arguments = (IDS[:, 0, 1], start.memory[0], state.past[0])
    exported = torch.export.export(Step(), arguments).module()
    expected, _ = head.step(IDS[:, 1, 1], state)
    found, _ = exported(IDS[:, 1, 1], *arguments[1:])
    torch.testing.assert_close(found, expected)
