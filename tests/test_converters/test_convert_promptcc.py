"""PromptCC as its authors' code computes it: same weights, same features, same logits."""

import pytest
import torch
from test_converters.formula import fill
from test_converters.same_network import VOCABULARY, WORDS, dates, read_reference
from torch import nn

from mmrsicc.converters.promptcc import KEYS
from mmrsicc.models.backbones import CLIPVision
from mmrsicc.models.heads import DatesFlagHead, GPT2CaptionHead
from mmrsicc.models.necks import PromptCC
from mmrsicc.structures import Conditions, DifferenceFeatures
from mmrsicc.tokenizers import Vocabulary
from mmrsicc.utils.checkpoint import load_weights


@torch.no_grad()
def test_logits_and_flags_equal_those_of_the_authors_code():
    """Their hidden 768 were made 24 throughout, on 3 x 3 places, with a GPT-2 of two layers."""
    reference = read_reference("promptcc")
    model = nn.ModuleDict(
        {
            "encoder": nn.ModuleDict({"neck": PromptCC(in_channels=(24,), max_grid_size=3)}),
            "flag_head": DatesFlagHead(encoder_channels=24, max_grid_size=3),
            "speaker": nn.ModuleDict(
                {"head": GPT2CaptionHead(24, VOCABULARY, num_layers=2, num_heads=4)}
            ),
        }
    ).eval()
    converted = KEYS.convert(fill(reference["shapes"]), "the reference")
    load_weights(model, converted.state_dict, "the reference")
    before, after = dates(reference)
    difference = model["encoder"]["neck"]((before,), (after,))
    tokens = torch.tensor(reference["tokens"])
    torch.testing.assert_close(difference.tokens[:, reference["places"]], tokens, atol=1e-4, rtol=0)
    flags = model["flag_head"](
        DifferenceFeatures(difference.tokens, difference.pooled, dates=(before, after))
    )
    expected = torch.tensor(reference["flag_logits"])
    torch.testing.assert_close(flags, expected, atol=1e-4, rtol=0)
    told = Conditions(flag=torch.tensor([0.0, 1.0]))
    logits = model["speaker"]["head"](difference, WORDS.unsqueeze(1), told).squeeze(1)
    torch.testing.assert_close(logits, torch.tensor(reference["logits"]), atol=1e-4, rtol=0)


def test_published_size_is_theirs_without_what_they_never_use():
    """Counted from their layers: the README says what is unused."""
    words = Vocabulary(words=["<pad>", "<unk>", "<start>", "<end>", *map(str, range(50253))])
    with torch.device("meta"):
        neck = PromptCC(in_channels=(768,))
        flag = DatesFlagHead(encoder_channels=768)
        head = GPT2CaptionHead(768, words)

    def layer(dims, hidden):
        """Four projections, two layers of the feed-forward part, two normalisations."""
        return 4 * (dims**2 + dims) + 2 * dims * hidden + hidden + dims + 4 * dims

    counts = [sum(p.numel() for p in part.parameters()) for part in (neck, flag, head.gpt)]
    places = 14 * 384
    dates = 2 * 768 + 2 * 1536
    project = 1536 * 768 + 768
    assert counts[0] == 2 * layer(768, 3072) + 3 * layer(1536, 6144) + places + dates + project
    assert counts[1] == 3 * layer(1536, 3072) + places + 1536 + 2 * 1536 + 2
    assert counts[2] == 124_439_808  # GPT-2's smallest, as published.
    assert sum(p.numel() for p in head.classifier.parameters()) == 768 * 50257 + 50257


@pytest.mark.parametrize("normalise", [True, False])
@torch.no_grad()
def test_both_readings_of_the_last_normalisation(normalise):
    """Whether their CLIP normalises the patches is not known: a config says so, or not."""
    torch.manual_seed(0)
    sizes = {"dims": 16, "num_layers": 1, "num_heads": 2, "patch_size": 8, "image_size": 16}
    theirs = CLIPVision(**sizes).eval()
    nn.init.normal_(theirs.post_layernorm.weight)
    weights = theirs.state_dict()
    ours = CLIPVision(**sizes, normalise=normalise, trained_layers=0).eval()
    kept = {k: v for k, v in weights.items() if normalise or not k.startswith("post_layernorm.")}
    load_weights(ours, kept, "theirs")
    assert not any(p.requires_grad for p in ours.parameters())
    x = torch.randn(1, 3, 16, 16)
    (normed,), (found,) = theirs(x), ours(x)
    if normalise:
        assert torch.equal(found, normed)
    else:
        again = theirs.post_layernorm(found.flatten(2).transpose(1, 2))
        torch.testing.assert_close(again, normed.flatten(2).transpose(1, 2))
        assert not torch.allclose(found, normed, atol=0.1)
