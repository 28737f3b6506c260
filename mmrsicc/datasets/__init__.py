"""Data sets of image pairs."""

from mmrsicc.datasets.change_caption_dataset import ChangeCaptionDataset
from mmrsicc.datasets.change_detection_dataset import ChangeDetectionDataset
from mmrsicc.datasets.levir_cc import LEVIRCCDataset, LEVIRMCIDataset
from mmrsicc.datasets.no_change import NO_CHANGE_SENTENCES, is_no_change
from mmrsicc.datasets.synth_cc import SynthCCDataset

__all__ = [
    "NO_CHANGE_SENTENCES",
    "ChangeCaptionDataset",
    "ChangeDetectionDataset",
    "LEVIRCCDataset",
    "LEVIRMCIDataset",
    "SynthCCDataset",
    "is_no_change",
]
