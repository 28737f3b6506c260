"""Data sets that configs name; importing this registers them."""

from mmrsicc.datasets.change_caption_dataset import ChangeCaptionDataset
from mmrsicc.datasets.change_detection_dataset import ChangeDetectionDataset
from mmrsicc.datasets.collate import stack_pairs
from mmrsicc.datasets.dubai_cc import DubaiCCDataset
from mmrsicc.datasets.forest_change import ForestChangeDataset
from mmrsicc.datasets.levir_cc import LEVIRCCDataset, LEVIRMCIDataset
from mmrsicc.datasets.levir_cc_real import LEVIRCCRealDataset, LEVIRCCRealMasks
from mmrsicc.datasets.mosaic_sen2_cc import MOSAICSen2CCDataset
from mmrsicc.datasets.second_cc import SECONDCCDataset
from mmrsicc.datasets.synth_cc import SynthCCDataset
from mmrsicc.datasets.torchgeo_pairs import TorchGeoDataset
from mmrsicc.datasets.whu_cdc import WHUCDCDataset

__all__ = [
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
    "stack_pairs",
]
