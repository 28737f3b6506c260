"""Steps of a data pipeline."""

from mmrsicc.datasets.transforms.band_loading import LoadBands
from mmrsicc.datasets.transforms.geometry import RandomCropPair, RandomOrientation, ResizePair
from mmrsicc.datasets.transforms.kept import KeptPair
from mmrsicc.datasets.transforms.loading import LoadPair, loading_step
from mmrsicc.datasets.transforms.packing import PackChangeInputs
from mmrsicc.datasets.transforms.photometric import PhotometricDistortion
from mmrsicc.datasets.transforms.registration import RandomShift
from mmrsicc.datasets.transforms.tiles import LoadBandTile, LoadTile

__all__ = [
    "KeptPair",
    "LoadBandTile",
    "LoadBands",
    "LoadPair",
    "LoadTile",
    "PackChangeInputs",
    "PhotometricDistortion",
    "RandomCropPair",
    "RandomOrientation",
    "RandomShift",
    "ResizePair",
    "loading_step",
]
