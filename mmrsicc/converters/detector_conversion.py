"""Conversion of a change detector's released weights to a checkpoint of ours."""

from pathlib import Path
from types import ModuleType
from typing import Any

from mmengine import Config

from mmrsicc.apis.model_listing import find_config
from mmrsicc.converters import changemamba, tinycd
from mmrsicc.registry import MODELS
from mmrsicc.utils.checkpoint import load_weights, read_weights
from mmrsicc.utils.config_file import read_config
from mmrsicc.utils.provenance import PROVENANCE_KEY, origin_of_converted

#: Each module has ``KEYS``, new names by the authors', and ``CONFIG``, the config of the network.
DETECTORS: dict[str, ModuleType] = {"changemamba": changemamba, "tinycd": tinycd}


def convert_detector(
    method: str, source: str | Path, config: str | Path | None = None
) -> dict[str, Any]:
    """Converts a state dict, with every tensor in it and in our model accounted for.

    Args:
        method: One of :data:`DETECTORS`.
        source: The authors' file, a state dict.
        config: Of the same network, and of the data that it was trained on; the method's own if
            None.

    Returns:
        A checkpoint, as ``torch.save`` takes it.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If the method is not known, or the file does not fit.
    """
    if method not in DETECTORS:
        raise ValueError(f"no change detector {method!r}: choose one of {', '.join(DETECTORS)}")
    rules = DETECTORS[method]
    cfg = read_config(find_config(config or Path(rules.CONFIG).stem))
    weights = rules.KEYS.convert(read_weights(source), str(source)).state_dict
    model = MODELS.build(cfg.model)
    load_weights(model, weights, source)
    # What detecting needs, so that the file does without its config.
    pipeline = {"dataset": {"pipeline": cfg.test_dataloader.dataset.pipeline}}
    needed = {"default_scope": cfg.default_scope, "model": cfg.model, "test_dataloader": pipeline}
    meta = {
        "cfg": Config(needed).pretty_text,
        "dataset_meta": {"source_dataset": cfg.model.source_dataset},
        PROVENANCE_KEY: {"converted": origin_of_converted(method, source)},
    }
    return {"state_dict": model.state_dict(), "meta": meta}
