"""Testing: scores from config and checkpoint, with their provenance."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

from mmengine import Config
from mmengine.dist import is_main_process
from mmengine.runner import Runner

from mmrsicc.apis.captioning import drop_training_parts, restore_tokenizer
from mmrsicc.evaluation.leakage_warnings import leakage_warnings
from mmrsicc.utils import atomic_path, unwrap
from mmrsicc.utils.checkpoint import load_weights, read_checkpoint
from mmrsicc.utils.provenance import provenance_of, results_record, sha256


def score_checkpoint(
    cfg: Config, config: str, checkpoint: str | None, out: str | Path | None = None
) -> dict[str, Any]:
    """Scores a checkpoint on the config's test data.

    Args:
        cfg: With launcher and work dir; it is changed.
        config: Its file, for the record.
        checkpoint: Its file; None for a model without weights.
        out: File ``*.jsonl`` for the captions; scores and what they rest on go to ``*.meta.json``.

    Returns:
        Scores, warnings and all that the scores rest on; empty in processes other than the first.

    Raises:
        ValueError: If the checkpoint does not fit, or is not named where the model has weights; or
            if the leakage audit that the config names says nothing of the test data.
        FileNotFoundError: If that audit is missing.
    """
    leakage = leakage_warnings(cfg)
    # Otherwise the runner would load these weights over those of the checkpoint.
    cfg.load_from, cfg.resume = None, False
    content: dict[str, Any] = {}
    if checkpoint is not None:
        content = read_checkpoint(checkpoint)
        restore_tokenizer(cfg, content, checkpoint)
    if out is not None:
        evaluators = cfg.test_evaluator
        evaluators = evaluators if isinstance(evaluators, list) else [evaluators]
        cfg.test_evaluator = [*evaluators, {"type": "DumpCaptions", "out_file": str(out)}]
    tested = deepcopy(cfg)
    unneeded = drop_training_parts(tested)
    runner = Runner.from_cfg(tested)
    model = unwrap(runner.model)
    if checkpoint is not None:
        weights = content["state_dict"].items()
        kept = {key: value for key, value in weights if not key.startswith(unneeded)}
        load_weights(model, kept, checkpoint)
    elif model.state_dict():
        raise ValueError(f"the model of {config} has weights: name their checkpoint")
    scores = runner.test()
    if not is_main_process():
        return {}
    record = results_record(cfg, config, checkpoint, provenance_of(content), scores)
    record["warnings"] += leakage
    if out is not None:
        record["results_sha256"] = sha256(out)
        with atomic_path(Path(out).with_suffix(".meta.json")) as path:
            path.write_text(json.dumps(record, indent=2, default=str) + "\n", encoding="utf-8")
    return record
