"""Pictures of image pairs: both dates, change masks and sentences."""

from mmrsicc.visualization.contact_sheet import contact_sheet
from mmrsicc.visualization.pair_picture import pair_picture
from mmrsicc.visualization.png import png_path, save_png
from mmrsicc.visualization.raw_pair import raw_pair

__all__ = ["contact_sheet", "pair_picture", "png_path", "raw_pair", "save_png"]
