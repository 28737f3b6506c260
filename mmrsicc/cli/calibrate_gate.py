"""``mmrsicc calibrate-gate``: TGCL's soft gate, calibrated on the captions of a data set.

How it is done, and why on prototypes: mmrsicc/research/gate_calibration.py. The result belongs
to this caption file and this sentence encoder. DIR gets calibration.json, calibration.md and
similarities.png.

Examples:
    mmrsicc calibrate-gate data/LEVIR-CC/LevirCCcaptions.json --out work_dirs/gate_levircc
    mmrsicc calibrate-gate data/SynthCC/LevirCCcaptions.json \\
        --text-encoder hashed --out work_dirs/gate_synthcc
"""

from __future__ import annotations

import json
import shlex
import sys
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmrsicc.cli.arguments import whole_number

if TYPE_CHECKING:
    import numpy as np

    from mmrsicc.datasets.caption_file import CaptionRecord
    from mmrsicc.models.text_encoders import TextEncoder
    from mmrsicc.research.gate_calibration import Batches, GateFit
    from mmrsicc.visualization.gate_picture import SimilarityPanel

HELP = "calibrate theta and kappa of TGCL's soft gate on captions"

PACKAGED = "sentence-transformers/all-MiniLM-L6-v2"
BATCH_SIZES = (32, 64)
BATCHES = 500
EXAMPLES = 3
#: Titles of the panels, by the embeddings that the gate is calibrated on.
TITLES = {
    "single captions": "single captions, which the gate never compares",
    "prototypes": "prototypes: the mean over all captions of a pair",
}


def add_arguments(parser: ArgumentParser) -> None:
    """Adds captions, sentence encoder and where the result goes."""
    parser.add_argument("ann_file", metavar="ANN_FILE", help="caption file")
    parser.add_argument("--split", default="train", help="(default: train)")
    parser.add_argument(
        "--text-encoder",
        default=PACKAGED,
        metavar="NAME",
        help="sentence-transformers model, by hub name or folder, or 'hashed' for "
        f"HashedNgramEncoder; the one that the loss uses (default: {PACKAGED}, which comes with "
        "the installation)",
    )
    parser.add_argument(
        "--embed-dims",
        type=whole_number(at_least=1),
        help=f"dimensions of its embeddings (default: 384 of {PACKAGED}, 256 of hashed, else 768)",
    )
    parser.add_argument(
        "--cache-dir",
        default="work_dirs/text_embeddings",
        help="folder of the embedding cache (default: work_dirs/text_embeddings)",
    )
    parser.add_argument("--out", required=True, type=Path, metavar="DIR")
    parser.add_argument(
        "--seed", type=whole_number(at_least=0), default=0, help="random seed (default: 0)"
    )


def run(args: Namespace) -> None:
    """Writes the calibration, and prints its page.

    Raises:
        OSError, ValueError: The captions cannot be used; the message says why.
    """
    from mmrsicc.evaluation.files.command_line import check_writable
    from mmrsicc.utils import atomic_path
    from mmrsicc.visualization.gate_picture import gate_picture

    check_writable(args.out / "calibration.json")
    result, panels = calibrate(args)
    result |= {
        "ann_file": args.ann_file,
        "split": args.split,
        "seed": args.seed,
        "command": shlex.join(sys.argv),
    }
    text = page(result)
    for name, content in (("json", json.dumps(result, indent=2) + "\n"), ("md", text)):
        with atomic_path(args.out / f"calibration.{name}") as path:
            path.write_text(content, encoding="utf-8")
    with atomic_path(args.out / "similarities.png") as path:
        gate_picture(panels).savefig(path, format="png", dpi=110)
    print(text)
    print(f"written to {args.out}")


def build_encoder(name: str, embed_dims: int | None) -> TextEncoder:
    """The sentence encoder of a name."""
    from mmrsicc.models.text_encoders import HashedNgramEncoder, SentenceTransformerEncoder

    if name == "hashed":
        return HashedNgramEncoder(embed_dims or 256)
    return SentenceTransformerEncoder(name, embed_dims or (384 if name == PACKAGED else 768))


def embed(records: list[CaptionRecord], encoder: TextEncoder, cache_dir: str) -> list[np.ndarray]:
    """(n, D) embeddings of each pair's captions."""
    import numpy as np

    from mmrsicc.models.text_encoders import cached_embeddings

    sentences = sorted({caption for record in records for caption in record.captions})
    table = cached_embeddings(encoder, sentences, cache_dir).astype(np.float32)
    rows = {sentence: row for row, sentence in enumerate(sentences)}
    return [table[[rows[caption] for caption in record.captions]] for record in records]


def examples(
    records: list[CaptionRecord], pairs: list[np.ndarray], batches: Batches, fit: GateFit
) -> list[dict[str, Any]]:
    """Pairs of changed pairs around theta, each with the sentence nearest to its prototype."""
    from mmrsicc.research.gate_calibration import examples_near, prototype

    def typical(i: int) -> str:
        return records[i].captions[int((pairs[i] @ prototype(pairs[i])).argmax())]

    return [
        {
            "at": place,
            "similarity": similarity,
            "pairs": [records[i].pair_id, records[j].pair_id],
            "sentences": [typical(i), typical(j)],
        }
        for place, step in (("theta - kappa", -1), ("theta", 0), ("theta + kappa", 1))
        for i, j, similarity in examples_near(batches, fit.theta + step * fit.kappa, EXAMPLES)
    ]


def calibrate(args: Namespace) -> tuple[dict[str, Any], list[SimilarityPanel]]:
    """Calibration of the gate for the report, and the panels of the picture."""
    import numpy as np

    from mmrsicc.datasets.caption_file import read_split
    from mmrsicc.research.gate_calibration import (
        draw_batches,
        fit_gate,
        group_similarities,
        missed_by_half,
        prototype,
        prototype_similarities,
    )

    records = read_split(args.ann_file, args.split)
    encoder = build_encoder(args.text_encoder, args.embed_dims)
    pairs = embed(records, encoder, args.cache_dir)
    flags = np.array([record.change_flag for record in records])
    changed = [captions for captions, flag in zip(pairs, flags, strict=True) if flag]
    same = {
        "single captions": [group_similarities(captions, 1) for captions in changed],
        "prototypes": [prototype_similarities(captions) for captions in changed],
    }
    fits = {rule: fit_gate(similarities, seed=args.seed) for rule, similarities in same.items()}
    prototypes = np.stack([prototype(captions) for captions in pairs])
    batches = {b: draw_batches(prototypes, flags, b, BATCHES, args.seed) for b in BATCH_SIZES}
    largest = batches[max(BATCH_SIZES)]
    fit = fits["prototypes"]
    result = {
        "theta": fit.theta,
        "kappa": fit.kappa,
        "config": f'gate=dict(type="SoftPairGate", theta={fit.theta:.3f}, kappa={fit.kappa:.4f})',
        "rules": {rule: asdict(f) for rule, f in fits.items()},
        "missed_by_half": missed_by_half(changed),
        "batches": statistics(fits, batches),
        "examples": examples(records, pairs, largest, fit),
        "pairs": len(pairs),
        "changed_pairs": len(changed),
        "text_encoder": encoder.name,
    }
    first = np.stack([captions[0] for captions in pairs])
    compared = {
        "single captions": draw_batches(first, flags, max(BATCH_SIZES), BATCHES, args.seed),
        "prototypes": largest,
    }
    return result, [panel(rule, same[rule], compared[rule], fits[rule]) for rule in TITLES]


def statistics(fits: dict[str, GateFit], batches: dict[int, Batches]) -> dict[str, Any]:
    """Statistics of each rule's gate over batches of prototypes, by rule and size."""
    from mmrsicc.models.losses.text_guidance import SoftPairGate
    from mmrsicc.research.gate_calibration import gate_statistics

    gates = {rule: SoftPairGate(fit.theta, fit.kappa) for rule, fit in fits.items()}
    return {
        rule: {str(size): gate_statistics(gate, drawn) for size, drawn in batches.items()}
        for rule, gate in gates.items()
    }


def panel(rule: str, same: list[np.ndarray], drawn: Batches, fit: GateFit) -> SimilarityPanel:
    """Similarities of one meaning, and those of different pairs."""
    import numpy as np

    from mmrsicc.visualization.gate_picture import SimilarityPanel

    similarities = {
        "one meaning (same changed pair)": np.concatenate(same),
        "two changed pairs": drawn.of_kind(drawn.similarity, 2),
        "a changed and an unchanged pair": drawn.of_kind(drawn.similarity, 1),
    }
    return SimilarityPanel(TITLES[rule], similarities, fit.theta, fit.kappa)


def page(result: dict[str, Any]) -> str:
    """The result in Markdown."""
    from mmrsicc.research.gate_calibration import KINDS, MISSED

    rules = result["rules"]
    lines = [
        "# Calibration of the text gate",
        "",
        f"{result['changed_pairs']} changed of {result['pairs']} pairs, split `{result['split']}` "
        f"of `{result['ann_file']}`, encoder `{result['text_encoder']}`. Holds for these captions "
        "and this encoder alone.",
        "",
        "```python",
        result["config"],
        "```",
        "",
        "![Similarities](similarities.png)",
        "",
        "| calibrated on | theta | 95 % interval | kappa | missed when tried on half the captions "
        f"(right: {MISSED:.1%}) |",
        "|---|---|---|---|---|",
    ]
    for name, fit in rules.items():
        low, high = fit["interval"]
        lines.append(
            f"| {name} | {fit['theta']:.3f} | {low:.3f} to {high:.3f} | {fit['kappa']:.4f} "
            f"| {result['missed_by_half'][name]:.1%} |"
        )
    lines += [
        "",
        "Share of pairs of pairs at which the gate, fed with prototypes as in training, is at "
        f"least half open, over {BATCHES} random batches:",
        "",
        "| calibrated on | batch | " + " | ".join(KINDS.values()) + " | mean opening (90 % of "
        "batches) | negatives left to a changed pair | to an unchanged pair |",
        "|---" * (len(KINDS) + 5) + "|",
    ]
    for name, by_size in result["batches"].items():
        lines += [_statistics_row(name, size, found) for size, found in by_size.items()]
    lines += ["", "Changed pairs near theta:", ""]
    lines += ["| similarity | a pair | another pair |", "|---|---|---|"]
    for example in result["examples"]:
        one, other = example["sentences"]
        lines.append(f"| {example['similarity']:.3f} ({example['at']}) | {one} | {other} |")
    return "\n".join(lines) + "\n"


def _statistics_row(name: str, size: str, found: dict[str, float]) -> str:
    from mmrsicc.research.gate_calibration import KINDS

    gated = [f"{found[f'gated/{k}']:.1%}" if f"gated/{k}" in found else "" for k in KINDS.values()]
    mean = f"{found['opening']:.3f} ({found['opening/low']:.3f} to {found['opening/high']:.3f})"
    left = [f"{found.get(f'negatives/{k}', 0):.1f}" for k in ("changed", "unchanged")]
    return f"| {' | '.join([name, size, *gated, mean, *left])} |"
