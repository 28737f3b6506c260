"""Fairness of a comparison: settings that methods must share, and those that may differ."""

import json
from collections.abc import Mapping
from typing import Any

from mmengine import Config

from mmrsicc.evaluation.scores.caption_scores import SCORERS
from mmrsicc.registry import DATASETS, METRICS, MODELS, TASK_UTILS, TOKENIZERS, TRANSFORMS
from mmrsicc.utils.decisive_config import own_hooks
from mmrsicc.utils.provenance import with_defaults

#: Data loader settings that do not affect which samples form a batch.
_MACHINE = ("num_workers", "persistent_workers", "pin_memory", "prefetch_factor")

#: Settings that must be equal as they stand, beside those that have defaults.
_MUST_BE_EQUAL = (
    "train_cfg",
    "optim_wrapper.accumulative_counts",
    "model.speaker.decision",
    "default_hooks.checkpoint.save_best",
    "default_hooks.checkpoint.rule",
)

#: Parts in which methods may differ, and of which the reader of a table must know.
_MAY_DIFFER = (
    *("model.data_preprocessor", "model.encoder.statistics", "model.encoder.stems"),
    "model.encoder.backbone",
    *("model.encoder.encoder_weights", "model.encoder.change_detector"),
    *("model.encoder.transfer_to", "model.encoder.mask_head", "model.speaker.token_mask"),
    "model.speaker.reward",
    *("model.flag_head", "model.losses", "model.loss_balance"),
    *("optim_wrapper", "param_scheduler", "load_from"),
)


def check_budget(methods: Mapping[str, Config], varies: tuple[str, ...] = ()) -> None:
    """Checks that configs have equal data, batches, steps, vocabulary, selection and decoding.

    Args:
        methods: Config by name.
        varies: Beginnings of keys that may differ all the same.

    Raises:
        ValueError: If they have not (it names the keys, the values and the fix), or their test does
            not give S*m, by which methods are compared.
    """
    odd = _odd({name: _must_be_equal(cfg) for name, cfg in methods.items()})
    lines = [
        f"  {key}: " + " | ".join(f"{', '.join(names)}: {value}" for value, names in groups.items())
        for key, groups in odd.items()
        if not key.startswith(varies)
    ]
    if lines:
        raise ValueError(
            "the methods differ in what must be equal for a fair comparison; state these keys in "
            "the budget, which is merged over every config:\n" + "\n".join(lines)
        )
    metrics = _evaluators(next(iter(methods.values())), "test")
    captions = [m for m in metrics if "ChangeCaptionMetric" in str(m.get("type"))]
    if missing := sorted(set(SCORERS) - {s for m in captions[:1] for s in m.get("scorers", ())}):
        raise ValueError(
            f"test_evaluator does not score {missing}, so there is no S*m: set it in the budget, "
            'such as test_evaluator=dict(_delete_=True, type="ChangeCaptionMetric")'
        )


def unshared(methods: Mapping[str, Config]) -> dict[str, list[list[str]]]:
    """Parts that methods have of their own: by key, the groups of methods that are alike.

    Beside those that may differ in any comparison, these are what ``varies`` lets differ in one.
    """
    facts = {
        name: {
            **_must_be_equal(cfg),
            **{key: _get(cfg, key) for key in _MAY_DIFFER},
            "hooks": own_hooks(cfg),
        }
        for name, cfg in methods.items()
    }
    return {key: list(groups.values()) for key, groups in _odd(facts).items()}


def _odd(facts: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, list[str]]]:
    """Names by value, as JSON, of each key whose values differ."""
    odd = {}
    for key in dict.fromkeys(key for fact in facts.values() for key in fact):
        groups: dict[str, list[str]] = {}
        for name, fact in facts.items():
            text = json.dumps(fact.get(key), sort_keys=True, default=str)
            groups.setdefault(text, []).append(name)
        if len(groups) > 1:
            odd[key] = groups
    return odd


def _must_be_equal(cfg: Config) -> dict[str, Any]:
    """The settings by key, with the defaults of what they leave out."""
    facts = {key: _get(cfg, key) for key in _MUST_BE_EQUAL}
    for part in ("train", "val", "test"):
        facts |= _data(f"{part}_dataloader", _get(cfg, f"{part}_dataloader"))
        facts[f"{part}_evaluator"] = _evaluators(cfg, part)
    facts["model.speaker.tokenizer"] = with_defaults(
        _get(cfg, "model.speaker.tokenizer"), TOKENIZERS
    )
    facts["model.speaker.decoding"] = with_defaults(_get(cfg, "model.speaker.decoding"), TASK_UTILS)
    speaker = with_defaults({"type": "Speaker", **(_get(cfg, "model.speaker") or {})}, MODELS)
    facts["model.speaker.max_length"] = (speaker or {}).get("max_length")
    facts["EarlyStoppingHook"] = [h for h in own_hooks(cfg) if "EarlyStopping" in str(h["type"])]
    return facts


def _evaluators(cfg: Config, part: str) -> list[Any]:
    """The metrics of validation or test, one or several."""
    found = cfg.to_dict().get(f"{part}_evaluator") or []
    found = found if isinstance(found, list) else [found]
    return [with_defaults(metric, METRICS) for metric in found]


def _data(name: str, loader: Mapping[str, Any] | None) -> dict[str, Any]:
    """A data loader's settings, key by key, those of its data set as well."""
    if loader is None:
        return {name: None}
    if "dataset" not in loader:
        raise ValueError(f"{name} has no dataset: give all data loaders one, or set them to None")
    dataset = with_defaults(loader["dataset"], DATASETS) or {}
    steps = [with_defaults(step, TRANSFORMS) for step in dataset.get("pipeline") or []]
    settings = {key: value for key, value in loader.items() if key not in ("dataset", *_MACHINE)}
    settings |= {f"dataset.{key}": value for key, value in {**dataset, "pipeline": steps}.items()}
    return {f"{name}.{key}": value for key, value in settings.items()}


def _get(cfg: Config, key: str) -> Any:
    """A value by its dotted key; None where there is none."""
    value: Any = cfg.to_dict()
    for name in key.split("."):
        value = (value or {}).get(name)
    return value
