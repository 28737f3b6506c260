"""Pictures of image pairs: dates, change masks, sentences and attention."""

from mmrsicc.visualization.contact_sheet import contact_sheet
from mmrsicc.visualization.explanation import Explanation, explain, explain_record
from mmrsicc.visualization.explanation_picture import explanation_picture
from mmrsicc.visualization.pair_picture import pair_picture
from mmrsicc.visualization.png import save_png
from mmrsicc.visualization.raw_pair import mask_names, raw_pair

__all__ = [
    "Explanation",
    "contact_sheet",
    "explain",
    "explain_record",
    "explanation_picture",
    "mask_names",
    "pair_picture",
    "raw_pair",
    "save_png",
]
