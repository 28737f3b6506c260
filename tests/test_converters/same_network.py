"""The one comparison that all methods' tests make: an authors' network against ours."""

import json
from pathlib import Path
from typing import Any

import torch
from test_converters.formula import fill, inputs, word_ids
from torch import nn

from mmrsicc.tokenizers import Vocabulary
from mmrsicc.utils.checkpoint import load_weights
from mmrsicc.utils.key_map import KeyMap

SPECIALS = ["<pad>", "<unk>", "<start>", "<end>"]
#: Twelve words: all ids from 4 on are plain ones.
VOCABULARY = Vocabulary(words=[*SPECIALS, *"abcdefgh"])
WORDS = word_ids("words", batch=2, length=6, low=4, high=12)


def read_reference(name: str) -> dict[str, Any]:
    """What was stored of an authors' network.

    ``shapes``: its state dict's, with the part's name as prefix. ``features``: shape of the
    backbone's map of each date. ``places``: some of the N tokens; ``tokens`` are theirs and
    ``logits`` those of the words after :data:`WORDS`, both in eval mode.
    """
    return json.loads((Path(__file__).parent / f"{name}.json").read_text(encoding="utf-8"))


def dates(reference: dict[str, Any]) -> tuple[torch.Tensor, torch.Tensor]:
    """The features of each date that an authors' network was run on."""
    return inputs("before", *reference["features"]), inputs("after", *reference["features"])


def vocabulary_of(entries: int) -> Vocabulary:
    """A vocabulary of so many made-up words, special ones included."""
    return Vocabulary(words=[*SPECIALS, *map(str, range(entries - len(SPECIALS)))])


def count(*parts: nn.Module) -> int:
    """Number of parameters."""
    return sum(p.numel() for part in parts for p in part.parameters())


def published_sizes(neck: nn.Module, head: nn.Module) -> tuple[int, int]:
    """Parameters of an authors' encoder and decoder, which has the neck's last layers."""
    fusion = count(neck.project, neck.block)
    return count(neck) - fusion, count(head) + fusion


@torch.no_grad()
def assert_same_network(
    reference: dict[str, Any],
    keys: KeyMap,
    neck: nn.Module,
    head: nn.Module,
    maps: tuple[torch.Tensor, torch.Tensor] | None = None,
) -> None:
    """Our neck and head with the authors' weights put out what theirs did, to 1e-4.

    ``maps``: of each date, where they are not the stored features alone.
    """
    converted = keys.convert(fill(reference["shapes"]), "the reference")
    model = nn.ModuleDict(
        {"encoder": nn.ModuleDict({"neck": neck}), "speaker": nn.ModuleDict({"head": head})}
    )
    load_weights(model, converted.state_dict, "the reference")
    neck.eval(), head.eval()
    before, after = maps or dates(reference)
    difference = neck((before,), (after,))
    tokens = torch.tensor(reference["tokens"])
    torch.testing.assert_close(difference.tokens[:, reference["places"]], tokens, atol=1e-4, rtol=0)
    logits = torch.tensor(reference["logits"])
    ours = head(difference, WORDS.unsqueeze(1)).squeeze(1)
    torch.testing.assert_close(ours, logits, atol=1e-4, rtol=0)
