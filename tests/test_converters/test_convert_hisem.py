"""HiSem as its authors' code computes it: same weights, same features, same logits."""

import torch
from test_converters.formula import fill
from test_converters.same_network import VOCABULARY, WORDS, dates, read_reference, vocabulary_of
from torch import nn

from mmrsicc.converters.hisem import KEYS
from mmrsicc.models.heads import FlagHead, HiSemCaptionHead
from mmrsicc.models.necks import HiSem
from mmrsicc.structures import Conditions
from mmrsicc.utils.checkpoint import load_weights


@torch.no_grad()
def test_logits_and_flags_equal_those_of_the_authors_code():
    """With both pairs told unchanged or changed; stored are some tokens of the memory."""
    reference = read_reference("hisem")
    neck = HiSem(in_channels=(24,), max_grid_size=3)
    head = HiSemCaptionHead(24, VOCABULARY, hidden=48, num_heads=4)
    flag_head = FlagHead(24, outputs=2, bias=False)
    model = nn.ModuleDict(
        {
            "encoder": nn.ModuleDict({"neck": neck}),
            "speaker": nn.ModuleDict({"head": head}),
            "flag_head": flag_head,
        }
    ).eval()
    converted = KEYS.convert(fill(reference["shapes"]), "the reference")
    load_weights(model, converted.state_dict, "the reference")
    before, after = dates(reference)
    difference = neck((before,), (after,))
    expected = torch.tensor(reference["flag_logits"])
    torch.testing.assert_close(flag_head(difference), expected, atol=1e-4, rtol=0)
    kept = []
    head.norm.register_forward_hook(lambda _, __, output: kept.append(output))
    for number, flags in enumerate(([0.0, 1.0], [1.0, 0.0])):
        told = Conditions(flag=torch.tensor(flags))
        logits = head(difference, WORDS.unsqueeze(1), told).squeeze(1)
        stored = torch.tensor(reference["logits"][number])
        torch.testing.assert_close(logits, stored, atol=1e-4, rtol=0)
        memory = kept.pop()[:, reference["places"]]
        tokens = torch.tensor(reference["tokens"][number])
        torch.testing.assert_close(memory, tokens, atol=1e-4, rtol=0)


def test_published_size_is_theirs_without_what_they_never_use():
    """Their counts with 501 words; the README says what is unused."""
    vocabulary = vocabulary_of(501)
    with torch.device("meta"):
        parts = (
            HiSem(in_channels=(768,)),
            HiSemCaptionHead(768, vocabulary),
            FlagHead(768, outputs=2, bias=False),
        )
    counts = [sum(p.numel() for p in part.parameters()) for part in parts]
    routing = 58_619_648 - 1_536 + 1_536  # Its classifier is the flag head; a norm stands outside.
    assert counts[0] == 22_621_256 - 9_216 + 2 * 5_376
    assert counts[1] == routing + 13_802_997 - 3_581_184
    assert counts[2] == 1_536
    assert sum(counts) == 81_253_192 - 9_216 + 13_802_997 - 3_581_184
