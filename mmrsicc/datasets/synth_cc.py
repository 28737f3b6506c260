"""SynthCC: generated pairs, see :mod:`mmrsicc.synthcc`."""

from typing import Any

from mmrsicc.datasets.levir_cc import LEVIRMCIDataset
from mmrsicc.registry import DATASETS


@DATASETS.register_module()
class SynthCCDataset(LEVIRMCIDataset):
    """SynthCC, in LEVIR-MCI's layout; made by ``tools/dataset_converters/make_synthcc.py``.

    Splits: ``train``, ``val``, ``test`` and, out of distribution, ``test_combination`` and
    ``test_distractor``.

    Args:
        **kwargs: As for :class:`ChangeCaptionDataset`.
    """

    METAINFO: dict[str, Any] = {
        "dataset_name": "SynthCC",
        # As LEVIR-CC.
        "gsd": 0.5,
        "mask_classes": {
            128: "road",
            144: "trees",
            160: "lake",
            176: "swimming pool",
            192: "parking lot",
            208: "playground",
            255: "building",
        },
    }
