"""Steps of a data pipeline."""

from mmrsicc.datasets.transforms.geometry import RandomCropPair, RandomOrientation, ResizePair
from mmrsicc.datasets.transforms.loading import LoadPair
from mmrsicc.datasets.transforms.packing import PackChangeInputs
from mmrsicc.datasets.transforms.photometric import PhotometricDistortion

__all__ = [
    "LoadPair",
    "PackChangeInputs",
    "PhotometricDistortion",
    "RandomCropPair",
    "RandomOrientation",
    "ResizePair",
]
