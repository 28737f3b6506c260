"""Helpers that the model tests share."""

import copy
import inspect

import torch

from mmrsicc.models import ChangeCaptioner
from mmrsicc.models.captioners.pair_encoder import PairEncoder
from mmrsicc.models.captioners.speaker import Speaker
from mmrsicc.models.heads import SentenceBatch
from mmrsicc.structures import ChangeDataSample


def captioner(seed=0, **parts):
    """A captioner of parts by name, each handed to the encoder or the speaker that takes it."""
    torch.manual_seed(seed)
    config = {"encoder": {}, "speaker": {}}
    for name, part in copy.deepcopy(parts).items():
        if name in inspect.signature(PairEncoder).parameters:
            config["encoder"][name] = part
        elif name in inspect.signature(Speaker).parameters:
            config["speaker"][name] = part
        else:
            config[name] = part
    return ChangeCaptioner(**config)


def sample(*targets, **fields):
    """A sample of these training sentences; ``pair_id`` is the first of them, or as given."""
    made = ChangeDataSample(metainfo={"pair_id": fields.pop("pair_id", targets[0])})
    made.targets = made.gt_captions = list(targets)
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def raw_pairs(batch=2, size=64, seed=1, bands=3):
    """Raw images of both dates, (B, bands, size, size) each, in 0..255."""
    generator = torch.Generator().manual_seed(seed)
    images = torch.randint(0, 256, (2, batch, bands, size, size), generator=generator)
    return tuple(images.float())


def said(head, features, ids, told=None):
    """(B, L, V) logits where each pair has the one sentence (B, L)."""
    return head(features, ids.unsqueeze(1), told).squeeze(1)


def encoded(vocabulary, *sentences):
    """The one sentence of each pair as ids, written out."""
    ids = [vocabulary.encode(sentence) for sentence in sentences]
    longest = max(map(len, ids))
    return SentenceBatch(
        torch.tensor([[i + [vocabulary.pad_id] * (longest - len(i))] for i in ids]),
        torch.tensor([[[k < len(i) for k in range(1, longest)]] for i in ids]),
    )
