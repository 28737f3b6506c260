"""Training with one pass per pair, measured against one pass per sentence.

Published code takes each sentence of a pair as a sample of its own and encodes the pair again for
it. The toolbox encodes a pair once for all its sentences. Both are run here on the same pairs and
sentences, with the same model and weights and as many pairs in memory: P pairs with M sentences
each in one step, against M steps of P samples with one sentence each.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping
from copy import deepcopy
from tempfile import TemporaryDirectory
from typing import Any

import torch
from mmengine import Config
from mmengine.logging import MMLogger
from mmengine.optim import build_optim_wrapper
from torch import Tensor

from mmrsicc.evaluation.scores.tables import markdown
from mmrsicc.registry import MODELS
from mmrsicc.research.costs.costs import drain, peak_mib, set_vocabulary
from mmrsicc.structures import ChangeDataSample
from mmrsicc.utils.config_file import import_parts

#: Sentences of a pair, as in LEVIR-CC.
SENTENCES = 5

#: One step with all sentences of each pair, or a step per sentence.
WAYS = ("one_pass", "per_sentence")

#: Words of a sentence about an unchanged pair and about a changed one, in turn. As in LEVIR-CC:
#: half of the pairs are changed, the means are 5 and 11, and 8 of all.
_WORDS = ((4, 6), (5, 17))

#: Config keys that would read files or the network.
_FILES = ("init_cfg", "encoder_weights", "checkpoint", "made_by")

Batch = dict[str, Any]


class TrainingPasses:
    """Whole training steps (forward, backward, optimizer) of a captioner on made-up pairs.

    Args:
        cfg: Config of a captioner; sentence encoders of its losses are replaced by
            ``HashedNgramEncoder``, since embeddings are made before training.
        pairs: Pairs P in memory.
        size: Height and width of the images.
        vocabulary: Entries of the made-up vocabulary.
        device: Where to run.
    """

    def __init__(self, cfg: Config, pairs: int, size: int, vocabulary: int, device: str) -> None:
        import_parts(cfg)
        MMLogger.get_instance("benchmark", log_level="ERROR")  # Initialising lists every weight.
        torch.manual_seed(0)
        self.device = device
        self.model = _random_captioner(cfg, vocabulary).to(device).train()
        self.optimizer = build_optim_wrapper(self.model, deepcopy(cfg.optim_wrapper))
        words = [f"word{i}" for i in range(vocabulary - 4)]
        sentences = [[_sentence(words, k) for _ in range(SENTENCES)] for k in range(pairs)]
        _prepare_texts(self.model, sentences)
        images = tuple(
            torch.randint(0, 256, (pairs, bands, size, size), dtype=torch.uint8)
            for bands in self.model.encoder.normalizer.bands
        )
        each = [_batch(images, sentences, slice(m, m + 1)) for m in range(SENTENCES)]
        self.batches = {
            "one_pass": [_batch(images, sentences, slice(None))],
            "per_sentence": each,
        }

    def seconds(self, way: str) -> float:
        """Run time of all sentences of all pairs; the device's queue is drained around it."""
        drain(self.device)
        start = time.perf_counter()
        for batch in self.batches[way]:
            self.model.train_step(batch, self.optimizer)
        drain(self.device)
        return time.perf_counter() - start


def measure_passes(
    cfg: Config, pairs: int, size: int, vocabulary: int, repeats: int, device: str
) -> dict[str, Any]:
    """Rounds of both ways in turn, after one that warms up.

    Returns:
        ``one_pass`` and ``per_sentence``, the median of sentences per second; ``ratio``, the median
        of the rounds' ratios; and ``rounds``, the seconds of both ways.
    """
    passes = TrainingPasses(cfg, pairs, size, vocabulary, device)
    rounds = [{way: passes.seconds(way) for way in WAYS} for _ in range(1 + repeats)][1:]
    sentences = pairs * SENTENCES
    return {
        **{way: sentences / statistics.median(r[way] for r in rounds) for way in WAYS},
        "ratio": statistics.median(r["per_sentence"] / r["one_pass"] for r in rounds),
        "rounds": rounds,
    }


def measure_memory(
    cfg: Config, pairs: int, size: int, vocabulary: int, way: str, device: str
) -> float:
    """Peak memory of one way in MiB above the bare process, which must be one of its own."""
    bare = peak_mib(device)
    passes = TrainingPasses(cfg, pairs, size, vocabulary, device)
    for _ in range(2):  # The optimizer's state is there from the second step on.
        passes.seconds(way)
    return peak_mib(device) - bare


def passes_table(figures: Mapping[str, Any]) -> str:
    """A Markdown table of what ``tools/analysis_tools/benchmark.py --training`` measured."""
    lines = [["config", "one pass per sentence", "one pass per pair", "ratio"]]
    lines[0] += ["peak MiB per sentence", "peak MiB per pair"]
    for name, found in figures["configs"].items():
        rates = [f"{found[way]:.2f}" for way in ("per_sentence", "one_pass")]
        memory = [f"{found['memory'][way]:.0f}" for way in ("per_sentence", "one_pass")]
        lines.append([name, *rates, f"{found['ratio']:.2f}", *memory])
    return (
        "Training, sentences per second: {pairs} pairs of {size} x {size} pixels in memory, "
        f"{SENTENCES} sentences each, "
        "median of {repeats} rounds on {device} (threads: {threads}, load before the start: "
        "{load_before:.1f}).\n\n"
    ).format(**figures) + markdown(lines)


def _random_captioner(cfg: Config, vocabulary: int) -> Any:
    """The config's model with all that training needs, and random weights."""
    cfg = deepcopy(cfg)
    set_vocabulary(cfg, vocabulary)
    model = _without_files(cfg.model.to_dict())
    for loss in (model.get("losses") or {}).values():
        if "text_encoder" in loss:
            loss["text_encoder"] = {"type": "HashedNgramEncoder"}
    captioner = MODELS.build(model)
    captioner.init_weights()
    return captioner


def _prepare_texts(model: Any, sentences: list[list[str]]) -> None:
    """Embeds the sentences of all pairs, as ``TextEmbeddingHook`` does before training."""
    every = sorted({text for own in sentences for text in own})
    captions = {str(number): own for number, own in enumerate(sentences)}
    with TemporaryDirectory() as folder:
        for loss in model.losses.values():
            if hasattr(loss, "prepare_texts"):
                loss.cache_dir = folder
                loss.prepare_texts(every, captions)


def _without_files(config: Any) -> Any:
    """A config without what would be read from files or the network."""
    if isinstance(config, dict):
        kept = {key: _without_files(v) for key, v in config.items() if key not in _FILES}
        return {**kept, "source_dataset": None} if "source_dataset" in kept else kept
    if isinstance(config, (list, tuple)):
        return type(config)(map(_without_files, config))
    return config


def _sentence(words: list[str], pair: int) -> str:
    """Random words."""
    low, high = _WORDS[pair % 2]
    count = int(torch.randint(low, high + 1, ()))
    return " ".join(words[i] for i in torch.randint(len(words), (count,)).tolist())


def _batch(images: tuple[Tensor, ...], sentences: list[list[str]], which: slice) -> Batch:
    """The pairs with some of their sentences as targets."""
    samples = []
    for number, own in enumerate(sentences):
        sample = ChangeDataSample(metainfo={"pair_id": str(number)})
        sample.gt_captions, sample.targets, sample.change_flag = own, own[which], number % 2
        samples.append(sample)
    return {"inputs": images, "data_samples": samples}
