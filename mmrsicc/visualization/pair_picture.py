"""Picture of one pair with its sentences, for a README or a report."""

from collections.abc import Mapping, Sequence

from PIL import Image
from torch import Tensor

from mmrsicc.structures import ChangeDataSample
from mmrsicc.visualization.explanation import Explanation
from mmrsicc.visualization.explanation_panels import words_section
from mmrsicc.visualization.layout import GREY, beside, padded, stacked, text_block, widened
from mmrsicc.visualization.overlay import legend, mask_classes
from mmrsicc.visualization.panels import dates, heading, mask_panel, panel, sentences

EDGE = 380
GAP = 12
MARGIN = 24


def pair_picture(
    inputs: Sequence[Tensor],
    sample: ChangeDataSample,
    mask_names: Mapping[int, str] | None = None,
    explanation: Explanation | None = None,
) -> Image.Image:
    """Draws both dates, the masks, the predicted sentence and the references.

    Args:
        inputs: Before and after, (3, H, W) uint8 RGB each.
        sample: What is known of the pair; whatever is there of ``pair_id``, ``change_flag``,
            ``gt_mask``, ``pred_mask``, ``pred_caption`` and ``gt_captions`` is shown. Masks of
            another size are scaled to the images.
        mask_names: Names of the classes of ``gt_mask`` by id, e.g. ``{1: "road", 2: "building"}``.
        explanation: Where the words of the predicted sentence look, which is drawn too if it is
            known.

    Returns:
        An RGB picture, about 800 to 1,600 pixels wide.

    Raises:
        ValueError: If ``gt_mask`` has too many classes.
    """
    block = pair_block(inputs, sample, mask_names)
    if explanation is not None and explanation.attention is not None:
        block = stacked([block, words_section(inputs, explanation, block.width)], 26)
    return padded(block, MARGIN)


def pair_block(
    inputs: Sequence[Tensor], sample: ChangeDataSample, mask_names: Mapping[int, str] | None = None
) -> Image.Image:
    """Block that :func:`pair_picture` draws of a pair itself, without a margin."""
    before, after = dates(inputs, EDGE)
    panels = [panel(before, "before", EDGE), panel(after, "after", EDGE)]
    named = {}
    if "gt_mask" in sample:
        mask = sample.gt_mask.cpu().numpy()
        classes = mask_classes([mask], mask_names)
        named = {value: kind for value, kind in classes.items() if (mask == value).any()}
        panels.append(mask_panel(after, mask, classes, "change mask", EDGE))
    if "pred_mask" in sample:
        mask = sample.pred_mask.cpu().numpy()
        # A model that predicts changed or not has no classes to name.
        several = sample.get("pred_classes", int(mask.max()) + 1) > 2
        classes = mask_classes([mask], mask_names if several else None)
        predicted = {value: kind for value, kind in classes.items() if (mask == value).any()}
        named = predicted | named
        panels.append(mask_panel(after, mask, classes, "predicted mask", EDGE))
    # Text below portrait pairs needs space too.
    row = widened(beside(panels, GAP), 2 * EDGE + GAP)
    blocks = [row]
    if (head := heading(sample, row.width)) is not None:
        blocks.insert(0, head)
    if any(kind.name != "changed" for kind in named.values()):
        blocks.append(legend(named, row.width))
    if "pred_caption" in sample:
        sentence = text_block(sample.pred_caption, row.width, size=22, bold=True)
        blocks.append(stacked([_label("predicted", row.width), sentence], 2))
    if sample.get("gt_captions"):
        references = sentences(sample.gt_captions, row.width)
        blocks.append(stacked([_label("references", row.width), references], 4))
    return stacked(blocks, 14)


def _label(text: str, width: int) -> Image.Image:
    return text_block(text, width, size=13, colour=GREY)
