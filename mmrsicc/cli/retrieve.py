"""``mmrsicc retrieve``: retrieval between pairs and sentences, by TGCL's two towers.

Without --query it measures both directions, as mmrsicc/evaluation/retrieval/tower_retrieval.py
says. With --query it shows the pairs that are closest to a sentence.

Examples:
    mmrsicc retrieve CONFIG CHECKPOINT --out retrieval.json
    mmrsicc retrieve CONFIG CHECKPOINT --query "a road is built in the woods" --picture found.png
"""

from __future__ import annotations

import json
import shlex
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmrsicc.cli.arguments import add_batch_size, add_device, file_path, whole_number

if TYPE_CHECKING:
    import numpy as np
    import torch
    from mmengine import Config

    from mmrsicc.models import ChangeCaptioner
    from mmrsicc.models.losses import TGCL

HELP = "search pairs by a sentence, or measure retrieval, with TGCL's two towers"


def add_arguments(parser: ArgumentParser) -> None:
    """Adds the model, the pairs and the query."""
    parser.add_argument("config", help="config of a captioner with TGCL")
    parser.add_argument("checkpoint", help="its checkpoint")
    parser.add_argument(
        "--split", choices=["train", "val", "test"], default="test", help="(default: test)"
    )
    parser.add_argument("--query", metavar="SENTENCE", help="list the pairs closest to a sentence")
    parser.add_argument(
        "--top", type=whole_number(at_least=1), default=5, help="pairs listed (default: 5)"
    )
    parser.add_argument(
        "--picture",
        type=file_path(".png"),
        metavar="FILE.png",
        help="contact sheet of the listed pairs",
    )
    parser.add_argument("--out", type=Path, metavar="FILE.json", help="write what is printed")
    add_batch_size(parser)
    add_device(parser)


def run(args: Namespace) -> None:
    """Prints what is found or measured, and writes it if asked.

    Raises:
        OSError, ValueError: Model or data cannot be used; the message says why.
    """
    if args.picture is not None and args.query is None:
        raise ValueError("--picture shows what --query finds: give a sentence")

    from mmrsicc.evaluation.files.command_line import check_writable
    from mmrsicc.utils import atomic_path
    from mmrsicc.utils.config_file import read_config
    from mmrsicc.utils.device import usable_device

    for path in (args.out, args.picture):
        check_writable(path, args)
    cfg = read_config(args.config)
    model, tgcl = load_model(cfg, args.checkpoint, usable_device(args.device))
    dataset = build_dataset(cfg, args.split)
    if args.query is not None:
        result = search(model, tgcl, dataset, args)
    else:
        result = measure(model, tgcl, dataset, args.batch_size)
    if args.out is not None:
        origin = {
            "config": args.config,
            "checkpoint": args.checkpoint,
            "split": args.split,
            "pairs": len(dataset),
            "command": shlex.join(sys.argv),
        }
        with atomic_path(args.out) as path:
            path.write_text(json.dumps({**result, **origin}, indent=2) + "\n", encoding="utf-8")


def load_model(cfg: Config, checkpoint: str, device: torch.device) -> tuple[ChangeCaptioner, TGCL]:
    """The whole model, with the parts that captioning leaves out, and its contrastive loss."""
    from mmengine.registry import init_default_scope

    from mmrsicc.apis import restore_tokenizer
    from mmrsicc.models.losses import TGCL
    from mmrsicc.registry import MODELS
    from mmrsicc.utils.checkpoint import load_weights, read_checkpoint

    content = read_checkpoint(checkpoint)
    restore_tokenizer(cfg, content, checkpoint)
    init_default_scope(cfg.get("default_scope", "mmrsicc"))
    model = MODELS.build(cfg.model)
    losses = getattr(model, "losses", {}).values()
    tgcl = next((loss for loss in losses if isinstance(loss, TGCL)), None)
    if tgcl is None:
        raise ValueError(
            f"the model of {cfg.filename} has no TGCL, and so no common space of pairs and "
            "sentences: name config and checkpoint of a model that was trained with it, such as "
            "configs/dfm/dfm_levircc.py"
        )
    load_weights(model, content["state_dict"], checkpoint)
    return model.to(device).eval(), tgcl


def build_dataset(cfg: Config, split: str) -> Any:
    """A split, each pair once and loaded as for the test."""
    from mmrsicc.registry import DATASETS

    loaders = [cfg.get(f"{name}_dataloader") for name in (split, "test")]
    if None in loaders:
        raise ValueError(
            f"{cfg.filename} needs a {split}_dataloader and a test_dataloader: add them"
        )
    chosen, test = (loader.dataset for loader in loaders)
    return DATASETS.build({**chosen, "pipeline": test.pipeline, "test_mode": True})


def score(
    model: ChangeCaptioner, tgcl: TGCL, dataset: Any, embeddings: np.ndarray, batch_size: int
) -> np.ndarray:
    """(P, M) similarities of all pairs and M embedded sentences."""
    import numpy as np
    import torch
    from mmengine.dataset import pseudo_collate
    from rich.console import Console
    from rich.progress import track
    from torch.utils.data import DataLoader

    device = next(model.parameters()).device
    texts = torch.from_numpy(embeddings).float().to(device)
    loader = DataLoader(dataset, batch_size, collate_fn=pseudo_collate)
    found = []
    for batch in track(loader, "looking at pairs", console=Console(stderr=True)):
        with torch.no_grad():
            difference = model.encoder(*model.data_preprocessor(batch)["inputs"])
            found.append(tgcl.scores(difference, texts).float().cpu().numpy())
    return np.concatenate(found)


def measure(model: ChangeCaptioner, tgcl: TGCL, dataset: Any, batch_size: int) -> dict[str, Any]:
    """Retrieval scores of both directions, printed and returned."""
    import numpy as np

    from mmrsicc.evaluation.retrieval.tower_retrieval import retrieval_table, tower_scores
    from mmrsicc.models.text_encoders import cached_embeddings

    records = [dataset.get_data_info(i) for i in range(len(dataset))]
    sentences = sorted({text for record in records for text in record["captions"]})
    columns = {sentence: i for i, sentence in enumerate(sentences)}
    bears = np.zeros((len(records), len(sentences)), dtype=bool)
    for row, record in enumerate(records):
        bears[row, [columns[text] for text in record["captions"]]] = True
    changed = np.array([record["change_flag"] == 1 for record in records])
    embeddings = cached_embeddings(tgcl.text_encoder, sentences, tgcl.cache_dir)
    found = tower_scores(score(model, tgcl, dataset, embeddings, batch_size), bears, changed)
    print(retrieval_table(found))
    return {"retrieval": found}


def search(model: ChangeCaptioner, tgcl: TGCL, dataset: Any, args: Namespace) -> dict[str, Any]:
    """The pairs closest to a sentence, best first: printed, drawn and returned."""
    import numpy as np

    from mmrsicc.utils.counts import counted
    from mmrsicc.visualization import contact_sheet, raw_pair, save_png

    embedding = tgcl.text_encoder.encode([args.query])
    scores = score(model, tgcl, dataset, embedding, args.batch_size)[:, 0]
    best = np.argsort(-scores, kind="stable")[: args.top]
    records = [dataset.get_data_info(int(i)) for i in best]
    found = []
    for value, record in zip(scores[best], records, strict=True):
        found.append({"pair_id": record["pair_id"], "score": round(float(value), 4)})
        print(f"{value:7.3f}  {record['pair_id']}  {record['captions'][0]}")
    if args.picture is not None:
        pairs = [raw_pair(record, dataset.pipeline.transforms) for record in records]
        shown = ", ".join(f"{pair['score']:.3f}" for pair in found)
        close = f"Closest of {counted(len(scores), 'pair')}, row by row, best first"
        note = f"{close}; similarities {shown}"
        save_png(contact_sheet(pairs, title=f"“{args.query}”", note=note), args.picture)
        print(f"drawn in {args.picture}")
    return {"query": args.query, "found": found}
