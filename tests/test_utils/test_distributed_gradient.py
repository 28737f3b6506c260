"""Two processes must compute the gradient that one process computes on the whole batch."""

import pytest
import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from two_processes import run_in_two_processes

from mmrsicc.models import Speaker
from mmrsicc.models.losses import TGCL
from mmrsicc.registry import MODELS
from mmrsicc.structures import IGNORED, ChangeDataSample, DifferenceFeatures

pytestmark = pytest.mark.slow

WORDS = ["<pad>", "<unk>", "<start>", "<end>", "a", "house", "road", "is", "built", "gone"]
CAPTIONS = ["a house is built", "a road", "gone", "a house is gone and a road is built"]


class Losses(nn.Module):
    """Caption loss and TGCL over one trainable layer."""

    def __init__(self, cache_dir, tgcl):
        super().__init__()
        torch.manual_seed(0)
        self.layer = nn.Linear(16, 16)
        self.speaker = Speaker(
            16,
            head={"type": "TransformerCaptionHead", "dims": 16, "num_heads": 2, "dropout": 0.0},
            tokenizer={"type": "Vocabulary", "words": WORDS},
        )
        self.tgcl = TGCL(
            16,
            {"type": "HashedNgramEncoder"},
            gate={"type": "SoftPairGate"},
            cache_dir=cache_dir,
            loss_weight=1.0,
            **tgcl,
        )
        self.tgcl.prepare_texts(CAPTIONS, {c: [c] for c in CAPTIONS})
        self.eval()  # no dropout

    def forward(self, tokens, captions):
        samples = []
        for caption in captions:
            sample = ChangeDataSample(metainfo={"pair_id": caption})
            sample.targets = sample.gt_captions = [caption]
            sample.change_flag = int(caption != CAPTIONS[2])
            samples.append(sample)
        tokens = self.layer(tokens)
        difference = DifferenceFeatures(tokens=tokens, pooled=tokens.mean(1))
        # Pairs have one and two sentences, and processes other numbers of words.
        sentences = [[caption] * (1 + len(caption) % 2) for caption in captions]
        caption = self.speaker.loss(difference, sentences)["loss_caption"]
        return caption + self.tgcl(difference, samples)["loss_tgcl"]


def inputs():
    return torch.randn(4, 3, 16, generator=torch.Generator().manual_seed(1))


def gradients(model):
    return {name: p.grad for name, p in model.named_parameters() if p.grad is not None}


def run_half(rank, cache_dir, tgcl, out):
    model = DistributedDataParallel(Losses(cache_dir, tgcl))
    half = slice(2 * rank, 2 * rank + 2)
    model(inputs()[half], CAPTIONS[half]).backward()
    if rank == 0:
        torch.save(gradients(model.module), out)


@pytest.mark.parametrize(
    "tgcl",
    [
        {},
        {"references": 2, "unchanged": "outside"},
        {"similarity": {"type": "TokenSimilarity"}, "placebo": True},
        {"counterfactuals": 20},
    ],
)
def test_two_processes_give_the_gradient_of_one(tmp_path, tgcl):
    model = Losses(tmp_path, tgcl)
    model(inputs(), CAPTIONS).backward()
    expected = gradients(model)
    out = tmp_path / "gradients.pth"
    run_in_two_processes(run_half, tmp_path, tgcl, out)
    got = torch.load(out, weights_only=True)
    assert got.keys() == expected.keys() and "tgcl.temperature" in got
    for name, gradient in expected.items():
        torch.testing.assert_close(got[name], gradient, atol=1e-5, rtol=1e-4, msg=name)


def labelled_pixels():
    """Four masks, of which the first two have far more unlabelled pixels than the others."""
    generator = torch.Generator().manual_seed(2)
    labels = torch.randint(0, 2, (4, 6, 6), generator=generator)
    labels[:2, :, 1:] = IGNORED
    return torch.randn(4, 2, 6, 6, generator=generator), labels


def run_half_of_masks(rank, folder, loss):
    half = slice(2 * rank, 2 * rank + 2)
    logits, labels = (x[half] for x in labelled_pixels())
    layer = DistributedDataParallel(nn.Conv2d(2, 2, 1, bias=False))
    nn.init.eye_(layer.module.weight[..., 0, 0])
    MODELS.build(loss)(layer(logits), labels).backward()
    if rank == 0:
        torch.save(layer.module.weight.grad, folder / "gradient.pth")


@pytest.mark.parametrize(
    "loss",
    [
        {"type": "BCELoss"},
        {"type": "BCELoss", "class_weights": (1.0, 4.0)},
        {"type": "FocalLoss"},
        {"type": "ContrastivePixelLoss", "class_weights": (1.0, 4.0)},
    ],
)
def test_each_labelled_pixel_counts_alike_in_whichever_process(tmp_path, loss):
    logits, labels = labelled_pixels()
    layer = nn.Conv2d(2, 2, 1, bias=False)
    nn.init.eye_(layer.weight[..., 0, 0])
    MODELS.build(loss)(layer(logits), labels).backward()
    run_in_two_processes(run_half_of_masks, tmp_path, loss)
    halves = torch.load(tmp_path / "gradient.pth", weights_only=True)
    torch.testing.assert_close(halves, layer.weight.grad)
