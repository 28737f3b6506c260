"""Picture of one pair with its sentence and the model's attention."""

from collections.abc import Mapping, Sequence

from PIL import Image
from torch import Tensor

from mmrsicc.structures import ChangeDataSample
from mmrsicc.visualization.explanation import Explanation
from mmrsicc.visualization.explanation_panels import gates_section, scales_section, words_section
from mmrsicc.visualization.layout import GREY, beside, padded, stacked, text_block
from mmrsicc.visualization.pair_picture import MARGIN, pair_block

GAP = 28
#: From here on, maps of scales and of gates stand beside one another.
WIDE = 1500


def explanation_picture(
    inputs: Sequence[Tensor],
    sample: ChangeDataSample,
    explanation: Explanation,
    mask_names: Mapping[int, str] | None = None,
) -> Image.Image:
    """Draws a pair, its sentence, and all that the explanation holds; says what it lacks.

    Args:
        inputs: Before and after, (3, H, W) uint8 RGB each.
        sample: As for :func:`~mmrsicc.visualization.pair_picture.pair_picture`.
        explanation: From :func:`~mmrsicc.visualization.explanation.explain`.
        mask_names: Names of the classes of ``gt_mask`` by id.

    Returns:
        An RGB picture, about 800 to 1,600 pixels wide.

    Raises:
        ValueError: If ``gt_mask`` has too many classes.
    """
    pair = pair_block(inputs, sample, mask_names)
    blocks = [pair]
    if explanation.attention is not None:
        blocks.append(words_section(inputs, explanation, pair.width))
    wide = pair.width >= WIDE
    width = (pair.width - GAP) // 2 if wide else pair.width
    maps = []
    if explanation.scale_weights is not None:
        maps.append(scales_section(inputs, explanation, width))
    if explanation.change_gates:
        maps.append(gates_section(inputs, explanation, width))
    if maps:
        blocks.append(beside(maps, GAP) if wide else stacked(maps, GAP))
    if explanation.lacking:
        remark = f"Not shown, since the model has none for it: {', '.join(explanation.lacking)}."
        blocks.append(text_block(remark, pair.width, size=13, colour=GREY))
    return padded(stacked(blocks, GAP), MARGIN)
