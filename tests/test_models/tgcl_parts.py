"""A small TGCL, samples and features for its tests."""

import torch

from mmrsicc.models.losses import TGCL
from mmrsicc.models.losses.texts import PairTexts
from mmrsicc.structures import ChangeDataSample, DifferenceFeatures

CAPTIONS = ["a house is built", "a road is built", "no change has occurred", "a villa is gone"]
SOFT = {"type": "SoftPairGate"}
TOKEN = {"type": "TokenSimilarity"}


def make_loss(tmp_path, filled=True, **options):
    torch.manual_seed(0)
    similarity = {"type": "CosineSimilarity", "dims": 8} | options.pop("similarity", {})
    loss = TGCL(
        in_channels=16,
        text_encoder={"type": "HashedNgramEncoder"},
        similarity=similarity,
        cache_dir=tmp_path,
        **{"references": 1, **options},
    )
    if filled:
        loss.prepare_texts(CAPTIONS, {c: [c] for c in CAPTIONS if c != CAPTIONS[2]})
    return loss.eval()


def make_samples(captions):
    found = []
    for caption in captions:
        sample = ChangeDataSample(metainfo={"pair_id": caption})
        sample.targets = sample.gt_captions = [caption]
        sample.change_flag = int(caption != CAPTIONS[2])
        found.append(sample)
    return found


def relations_of(loss, samples):
    texts = PairTexts.of(samples, loss.sentences, loss.references, loss.counterfactuals)
    return loss._relations(*loss._told(texts))


def make_difference(rows):
    generator = torch.Generator().manual_seed(0)
    tokens = torch.randn(rows, 5, 16, generator=generator).requires_grad_()
    return DifferenceFeatures(tokens=tokens, pooled=tokens[:, 0] * 1)


def take(difference, order):
    return DifferenceFeatures(difference.tokens[order], difference.pooled[order])
