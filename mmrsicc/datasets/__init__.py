"""Data sets of image pairs.

The classes need torch and are imported when they are asked for; readers of caption files do not.
"""

from typing import TYPE_CHECKING, Any

from mmrsicc.datasets.no_change import NO_CHANGE_SENTENCES, is_no_change
from mmrsicc.utils.lazy import late_import

if TYPE_CHECKING:
    from mmrsicc.datasets.registered import (
        ChangeCaptionDataset,
        ChangeDetectionDataset,
        DubaiCCDataset,
        ForestChangeDataset,
        LEVIRCCDataset,
        LEVIRCCRealDataset,
        LEVIRCCRealMasks,
        LEVIRMCIDataset,
        MOSAICSen2CCDataset,
        SECONDCCDataset,
        SynthCCDataset,
        TorchGeoDataset,
        WHUCDCDataset,
        stack_pairs,
    )

__all__ = [
    "NO_CHANGE_SENTENCES",
    "ChangeCaptionDataset",
    "ChangeDetectionDataset",
    "DubaiCCDataset",
    "ForestChangeDataset",
    "LEVIRCCDataset",
    "LEVIRCCRealDataset",
    "LEVIRCCRealMasks",
    "LEVIRMCIDataset",
    "MOSAICSen2CCDataset",
    "SECONDCCDataset",
    "SynthCCDataset",
    "TorchGeoDataset",
    "WHUCDCDataset",
    "is_no_change",
    "stack_pairs",
]


def __getattr__(name: str) -> Any:
    return late_import("mmrsicc.datasets.registered", name, __all__)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
