"""Contact sheet: many pairs of a data set on one page."""

from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image

from mmrsicc.structures import ChangeDataSample
from mmrsicc.visualization.layout import GREY, beside, card, padded, stacked, text_block, widened
from mmrsicc.visualization.overlay import MaskClass, legend, mask_classes
from mmrsicc.visualization.panels import dates, heading, mask_panel, panel, sentences

EDGE = 256
GAP = 10
MARGIN = 16


def contact_sheet(
    pairs: Sequence[Mapping[str, Any]],
    title: str = "",
    note: str = "",
    columns: int | None = None,
    mask_names: Mapping[int, str] | None = None,
) -> Image.Image:
    """Draws pairs in a grid: both dates, the change mask, the flag and all sentences.

    Args:
        pairs: At least one packed pair: ``inputs``, (3, H, W) uint8 tensors of before and
            after, and ``data_samples``, a :class:`~mmrsicc.structures.ChangeDataSample`, of which
            everything but the pixels may be missing. The sentences to train on, ``targets``, are
            bold.
        title: Line at the top of the page.
        note: Small print below it.
        columns: Pairs in a row; as many as about 1,700 pixels hold if left out.
        mask_names: Names of classes by id, e.g. ``{1: "road", 2: "building"}``.

    Returns:
        An RGB picture of the size that the pairs and their text need.

    Raises:
        ValueError: If there is no pair, or a mask has too many classes.
    """
    if not pairs:
        raise ValueError("a contact sheet needs at least one pair")
    masks = [
        p["data_samples"].gt_mask.cpu().numpy() for p in pairs if "gt_mask" in p["data_samples"]
    ]
    classes = mask_classes(masks, mask_names)
    panels = 3 if masks else 2
    width = panels * EDGE + (panels - 1) * GAP
    columns = min(columns or (2 if masks else 3), len(pairs))
    cells = [_cell(pair, classes, width) for pair in pairs]
    rows = []
    for start in range(0, len(cells), columns):
        row = cells[start : start + columns]
        height = max(cell.height for cell in row)
        rows.append(beside([card(cell, width, height, MARGIN) for cell in row], MARGIN))
    if head := _head(title, note, classes, rows[0].width):
        rows.insert(0, stacked(head, 6))
    return padded(stacked(rows, MARGIN), 2 * MARGIN)


def _head(title: str, note: str, classes: Mapping[int, MaskClass], width: int) -> list[Image.Image]:
    blocks = []
    if title:
        blocks.append(text_block(title, width, size=24, bold=True))
    if note:
        blocks.append(text_block(note, width, size=15, colour=GREY))
    if any(kind.name != "changed" for kind in classes.values()):
        blocks.append(legend(classes, width))
    return blocks


def _cell(pair: Mapping[str, Any], classes: Mapping[int, MaskClass], width: int) -> Image.Image:
    sample: ChangeDataSample = pair["data_samples"]
    before, after = dates(pair["inputs"], EDGE)
    panels = [panel(before, "before", EDGE), panel(after, "after", EDGE)]
    if "gt_mask" in sample:
        mask = sample.gt_mask.cpu().numpy()
        panels.append(mask_panel(after, mask, classes, "change mask", EDGE))
    # Panels of portrait pairs are aligned with all others.
    blocks = [beside([widened(block, EDGE) for block in panels], GAP)]
    if (head := heading(sample, width)) is not None:
        blocks.insert(0, head)
    targets = sample.get("targets", [])
    texts = list(sample.get("gt_captions", []))
    texts = [*(target for target in targets if target not in texts), *texts]
    if texts:
        # If all are training sentences, none is set in bold.
        blocks.append(sentences(texts, width, bold=targets if set(targets) < set(texts) else ()))
    return stacked(blocks, GAP)
