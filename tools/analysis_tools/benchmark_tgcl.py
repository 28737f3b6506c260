"""Measures TGCL's memory and time by similarity and batch size.

    python tools/analysis_tools/benchmark_tgcl.py --batch-size 64 512

Memory is counted from the tensors that the forward keeps for the backward, so it is the same on
every device; sizes are those of configs/dfm/dfm_levircc.py (64 tokens of 512 channels, sentence
embeddings of 768). Times are medians, forward and backward, relative to the first.
"""

import argparse
import time
from statistics import median

import torch
from torch import Tensor, nn

from mmrsicc.cli.arguments import whole_number
from mmrsicc.models.losses import CosineSimilarity, PairRelations, SoftPairGate, TokenSimilarity
from mmrsicc.models.losses.text_guidance import contrastive_rows

CHANNELS, TOKENS, EMBED_DIMS = 512, 64, 768
SIMILARITIES = (CosineSimilarity, TokenSimilarity)


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--batch-size", type=whole_number(at_least=2), nargs="+", default=[64, 512], metavar="B"
    )
    parser.add_argument("--repeats", type=whole_number(at_least=1), default=3)
    return parser.parse_args()


def contrast(similarity: nn.Module, tokens: Tensor, embeddings: Tensor) -> Tensor:
    """The gated term of one direction, from features to loss."""
    visual = similarity.encode_visual(tokens.mean(1), tokens)  # type: ignore[operator]
    closeness = similarity.compare(visual, similarity.encode_text(embeddings))  # type: ignore[operator]
    prototypes = nn.functional.normalize(embeddings, dim=1)
    own = torch.eye(len(tokens), dtype=torch.bool)
    unknown = torch.full((len(tokens),), -1.0)
    relations = PairRelations(prototypes @ prototypes.T, own, own, unknown, unknown)
    return contrastive_rows(closeness / 0.07, own, SoftPairGate()(relations)).mean()


def kept_bytes(similarity: nn.Module, tokens: Tensor, embeddings: Tensor) -> int:
    """Bytes that the forward keeps for the backward, its inputs and weights not counted."""
    given = {t.untyped_storage().data_ptr() for t in (tokens, embeddings, *similarity.parameters())}
    kept: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in given:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        loss = contrast(similarity, tokens, embeddings)
    del loss
    return sum(kept.values())


def seconds(similarity: nn.Module, tokens: Tensor, embeddings: Tensor) -> float:
    """Of one forward and backward."""
    start = time.perf_counter()
    contrast(similarity, tokens, embeddings).backward()
    return time.perf_counter() - start


def main() -> None:
    args = parse_args()
    torch.manual_seed(0)
    print(f"{'batch':>6} {'similarity':24} {'kept MiB':>9} {'time':>7}")
    for batch in args.batch_size:
        tokens = torch.randn(batch, TOKENS, CHANNELS, requires_grad=True)
        embeddings = torch.randn(batch, EMBED_DIMS)
        first = None
        for kind in SIMILARITIES:
            similarity = kind(CHANNELS, EMBED_DIMS)
            kept = kept_bytes(similarity, tokens, embeddings) / 2**20
            spent = median(seconds(similarity, tokens, embeddings) for _ in range(args.repeats))
            first = first or spent
            print(f"{batch:6d} {kind.__name__:24} {kept:9.1f} {spent / first:6.1f}x", flush=True)


if __name__ == "__main__":
    main()
