"""MCI as its authors' code computes it: same weights, same features, same logits and masks."""

import torch
from test_converters.formula import fill, inputs
from test_converters.same_network import (
    VOCABULARY,
    WORDS,
    count,
    published_sizes,
    read_reference,
    vocabulary_of,
)
from torch import nn

from mmrsicc.converters.mci import KEYS
from mmrsicc.models.heads import ClassicCaptionHead, MaskHead
from mmrsicc.models.necks import MCI
from mmrsicc.utils.checkpoint import load_weights


def model_of(neck, mask_head, head):
    encoder = nn.ModuleDict({"neck": neck, "mask_head": mask_head})
    return nn.ModuleDict({"encoder": encoder, "speaker": nn.ModuleDict({"head": head})}).eval()


@torch.no_grad()
def test_logits_and_masks_equal_those_of_the_authors_code():
    reference = read_reference("mci")
    neck = MCI((2, 4, 6, 16), num_layers=2, num_heads=4, max_grid_size=4)
    mask_head = MaskHead(neck.scale_channels, num_classes=3, channels=2, transposed=True)
    head = ClassicCaptionHead(16, VOCABULARY, num_heads=4, residual=True)
    converted = KEYS.convert(fill(reference["shapes"]), "the reference").state_dict
    load_weights(model_of(neck, mask_head, head), converted, "the reference")
    before, after = (
        tuple(inputs(f"{date}{k}", *shape) for k, shape in enumerate(reference["features"]))
        for date in ("before", "after")
    )
    difference = neck(before, after)
    for ours, theirs in (
        (difference.tokens, reference["tokens"]),
        (head(difference, WORDS.unsqueeze(1)).squeeze(1), reference["logits"]),
        (mask_head(difference.scales, (64, 64))[:, :, ::21, ::17], reference["masks"]),
    ):
        torch.testing.assert_close(ours, torch.tensor(theirs), atol=1e-4, rtol=0)


def test_published_size_is_theirs_without_what_they_never_use():
    """Their counts with 468 words; the README says what is unused."""
    vocabulary = vocabulary_of(468)
    with torch.device("meta"):
        neck = MCI((64, 128, 320, 512))
        mask_head = MaskHead(neck.scale_channels, num_classes=3, channels=64, transposed=True)
        head = ClassicCaptionHead(512, vocabulary, residual=True)
    encoder, decoder = published_sizes(neck, head)
    assert encoder + count(mask_head) == 109_686_659 - 11_146_752
    assert decoder == 7_664_596 - 1_601_024
