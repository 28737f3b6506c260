"""PromptCC as its authors' code computes it: same weights, same features, same logits."""

from pathlib import Path

import pytest
import torch
from test_converters.formula import fill, inputs
from test_converters.same_network import VOCABULARY, WORDS, dates, read_reference, vocabulary_of
from test_converters.theirs import module_of
from torch import nn

from mmrsicc.apis import init_captioner
from mmrsicc.converters.conversion import convert
from mmrsicc.converters.promptcc import KEYS
from mmrsicc.models.backbones import CLIPVision
from mmrsicc.models.heads import DatesFlagHead, GPT2CaptionHead
from mmrsicc.models.necks import PromptCC
from mmrsicc.structures import Conditions, DifferenceFeatures
from mmrsicc.tokenizers import BytePairs
from mmrsicc.utils.checkpoint import load_weights

ROOT = Path(__file__).parents[2]


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
    words = vocabulary_of(50257)
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


#: Their network in miniature, on images of 3 x 3 patches.
SMALL = """
_base_ = ["{root}/configs/promptcc/promptcc_levircc.py"]

model = dict(
    encoder=dict(
        backbone=dict(
            dims=24,
            num_layers=1,
            num_heads=2,
            patch_size=8,
            image_size=24,
            normalise={normalise},
            pretrained=None,
        ),
        neck=dict(max_grid_size=3),
    ),
    flag_head=dict(max_grid_size=3),
    speaker=dict(head=dict(num_layers=2, num_heads=4, pretrained=None)),
)
"""
MERGES = ["h o", "Ġ ho", "Ġho u"]
#: CLIP's image encoder as its authors name it.
CLIP = {
    "class_embedding": [24],
    "positional_embedding": [10, 24],
    "proj": [24, 4],
    "conv1.weight": [24, 3, 8, 8],
    "transformer.resblocks.0.attn.in_proj_weight": [72, 24],
    "transformer.resblocks.0.attn.in_proj_bias": [72],
    "transformer.resblocks.0.attn.out_proj.weight": [24, 24],
    "transformer.resblocks.0.mlp.c_fc.weight": [96, 24],
    "transformer.resblocks.0.mlp.c_fc.bias": [96],
    "transformer.resblocks.0.mlp.c_proj.weight": [24, 96],
    **{
        f"{name}.{part}": [24]
        for name in ("ln_pre", "ln_post", "transformer.resblocks.0.ln_1")
        for part in ("weight", "bias")
    },
    **{f"transformer.resblocks.0.ln_2.{part}": [24] for part in ("weight", "bias")},
    "transformer.resblocks.0.attn.out_proj.bias": [24],
    "transformer.resblocks.0.mlp.c_proj.bias": [24],
}


@pytest.fixture
def theirs(tmp_path):
    """A checkpoint as their train.py writes one: the whole module, with as many byte pairs."""
    shapes = dict(read_reference("promptcc")["shapes"])
    count = len(BytePairs(merges=MERGES))
    for name, shape in shapes.items():
        if name.endswith(("wte.weight", "lm_head_change.weight", "lm_head_change.bias")):
            shapes[name] = [count, *shape[1:]]
    prefix = "Image_Encoder.clip_model.visual."
    shapes = {name.removeprefix("model."): shape for name, shape in shapes.items()}
    weights = fill(shapes | {prefix + name: shape for name, shape in CLIP.items()})
    torch.save({"epoch": 3, "model_GPT": module_of(weights)}, tmp_path / "theirs.pth.tar")
    return tmp_path / "theirs.pth.tar"


@pytest.mark.parametrize("normalise", [True, False])
def test_a_converted_checkpoint_captions_a_pair_with_its_byte_pairs(theirs, tmp_path, normalise):
    (tmp_path / "small.py").write_text(SMALL.format(root=ROOT, normalise=normalise))
    conversion = convert("promptcc", theirs, BytePairs(merges=MERGES), tmp_path / "small.py")
    unread = {name for name in conversion.unused if ".post_layernorm." in name}
    assert len(unread) == (0 if normalise else 2) and conversion.others == ["epoch"]
    torch.save(conversion.checkpoint(), tmp_path / "ours.pth")
    model = init_captioner(None, tmp_path / "ours.pth")
    assert model.speaker.tokenizer.merges == MERGES
    before, after = (inputs(name, 1, 3, 24, 24) * 100 + 100 for name in ("one", "other"))
    (one,) = model((before, after), mode="predict")
    assert one.pred_caption and 0 < one.pred_flag < 1
