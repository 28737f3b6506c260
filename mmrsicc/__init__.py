"""mmrsicc: the toolbox for remote sensing image change captioning."""

from mmrsicc.version import __version__

__all__ = ["__version__"]
