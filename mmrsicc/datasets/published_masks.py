"""Classes of published masks, for a folder that no config declares."""

from mmrsicc.datasets.levir_cc import LEVIRMCIDataset
from mmrsicc.datasets.mask_values import MaskClasses, MaskValues
from mmrsicc.datasets.synth_cc import SynthCCDataset


def published_classes(values: MaskValues) -> MaskClasses | None:
    """``mask_classes`` of a mask in LEVIR-CC's layout: LEVIR-MCI's or SynthCC's, by its values.

    None where it has no value of these but 255, as binary masks do, or other ones.
    """
    changed = values.present - {0}
    if values.lossy or changed <= {255}:
        return None
    for dataset in (LEVIRMCIDataset, SynthCCDataset):
        classes = dataset.METAINFO["mask_classes"]
        if changed <= classes.keys():
            return classes
    return None
