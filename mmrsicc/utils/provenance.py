"""Where a checkpoint or a results file comes from."""

import shlex
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from mmengine import Config

#: Key of the provenance in a checkpoint's ``meta``.
PROVENANCE_KEY = "mmrsicc"

_PACKAGES = ("torch", "numpy", "mmengine", "mmcv", "mmpretrain", "mmsegmentation")


def provenance(cfg: Config) -> dict[str, Any]:
    """What a run rests on: versions, seed, command, change detector, decoding, selection."""
    from mmrsicc import __version__

    checkpoint_hook = (cfg.get("default_hooks") or {}).get("checkpoint") or {}
    return {
        "versions": {"mmrsicc": __version__, "python": sys.version.split()[0], **_versions()},
        "seed": (cfg.get("randomness") or {}).get("seed"),
        "command": shlex.join(sys.argv),
        "change_detector_source": (cfg.model.get("change_detector") or {}).get("source_dataset"),
        "decoding": cfg.model.get("decoding"),
        "selection": {
            "split": _split(cfg.get("val_dataloader")),
            "score": checkpoint_hook.get("save_best"),
        },
    }


def _versions() -> dict[str, str]:
    """Versions by import name; the OneDL builds are told by their distribution's name."""
    found = {}
    for name in _PACKAGES:
        for distribution in (name, f"onedl-{name}", f"{name}-lite"):
            try:
                found[distribution] = version(distribution)
                break
            except PackageNotFoundError:
                continue
    return found


def _split(dataloader: Any) -> str | None:
    return None if dataloader is None else dataloader["dataset"].get("split")
