"""Maps of numbers over images: the more, the darker and redder."""

import cv2
import matplotlib
import numpy as np
from PIL import Image

from mmrsicc.visualization.layout import GREY, RULE, beside, text_block
from mmrsicc.visualization.overlay import paled

#: The colours darken monotonically, so that they can be read in grey print too.
_COLOURS = matplotlib.colormaps["YlOrRd"]
_LIGHTEST = 0.5
#: Opacity of the colour at the maximum; 0 at 0.
_STRENGTH = 0.85


def heat(
    image: Image.Image, levels: np.ndarray, covered: tuple[float, float] = (1.0, 1.0)
) -> Image.Image:
    """A paled image under a map of numbers.

    Args:
        image: What the map is about.
        levels: (h, w) numbers from 0, no colour, to 1, the darkest; smoothed to the image's size.
        covered: Share of the map's height and width that the image fills, from the top left; the
            rest is padding.
    """
    height, width = (
        round(side / share) for side, share in zip(image.size[::-1], covered, strict=True)
    )
    smooth = cv2.resize(levels.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    smooth = np.clip(smooth[: image.height, : image.width], 0, 1)
    strength = _STRENGTH * smooth[..., None]
    # Paler than under a mask: in grey print only darkness tells the map from the image.
    ground = 0.6 * paled(image) + 0.4 * 255
    colours = 255 * _COLOURS(_LIGHTEST + (1 - _LIGHTEST) * smooth)[..., :3]
    mixed = (1 - strength) * ground + strength * colours
    return Image.fromarray(np.rint(mixed).astype(np.uint8))


def scale_bar(low: str, high: str, remark: str, width: int) -> Image.Image:
    """Legend of the colours: a bar between its two ends, and a remark."""
    ramp = np.linspace(0, 1, 160)[None]
    frame = Image.new("RGB", (162, 16), RULE)
    frame.paste(heat(Image.new("RGB", (160, 14), (225, 225, 225)), ramp), (1, 1))
    ends = [text_block(end, width, size=13) for end in (low, high)]
    bar = beside([ends[0], frame, ends[1]], 8, centred=True)
    words = text_block(remark, width - bar.width - 8, size=13, colour=GREY)
    return beside([bar, words], 8, centred=True)
