"""Data sets of image pairs."""

from mmrsicc.datasets.change_caption_dataset import ChangeCaptionDataset
from mmrsicc.datasets.change_detection_dataset import ChangeDetectionDataset
from mmrsicc.datasets.collate import stack_pairs
from mmrsicc.datasets.dubai_cc import DubaiCCDataset
from mmrsicc.datasets.forest_change import ForestChangeDataset
from mmrsicc.datasets.levir_cc import LEVIRCCDataset, LEVIRMCIDataset
from mmrsicc.datasets.levir_cc_real import LEVIRCCRealDataset, LEVIRCCRealMasks
from mmrsicc.datasets.no_change import NO_CHANGE_SENTENCES, is_no_change
from mmrsicc.datasets.second_cc import SECONDCCDataset
from mmrsicc.datasets.synth_cc import SynthCCDataset
from mmrsicc.datasets.torchgeo_pairs import TorchGeoDataset
from mmrsicc.datasets.whu_cdc import WHUCDCDataset

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
    "SECONDCCDataset",
    "SynthCCDataset",
    "TorchGeoDataset",
    "WHUCDCDataset",
    "is_no_change",
    "stack_pairs",
]
