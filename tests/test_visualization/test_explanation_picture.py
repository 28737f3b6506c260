"""Pictures of what a prediction rests on."""

import numpy as np
import pytest
import torch

from mmrsicc.structures import ChangeDataSample
from mmrsicc.visualization import Explanation, explanation_picture, pair_picture
from mmrsicc.visualization.explanation_panels import gates_section, words_section

INPUTS = torch.full((2, 3, 64, 64), 128, dtype=torch.uint8)


def make_explanation(words=3, **fields):
    attention = torch.full((2, words, 4, 4), 1 / 16)
    return Explanation(words=["house"] * words, attention=attention, **fields)


def make_sample(**fields):
    sample = ChangeDataSample(metainfo={"pair_id": "pair_1"})
    for key, value in fields.items():
        setattr(sample, key, value)
    return sample


def test_each_word_takes_one_column_and_rows_follow_one_another():
    heights = {}
    for words in (1, 6, 7, 13):
        section = words_section(INPUTS, make_explanation(words), 772)
        assert section.width <= 772
        heights[words] = section.height
    assert heights[1] == heights[6] < heights[7] < heights[13]
    assert heights[13] - heights[7] == heights[7] - heights[6]


def test_the_word_that_looks_at_a_place_is_coloured_there_on_both_dates():
    attention = torch.full((1, 2, 2, 2), 0.25)
    attention[0, 1] = torch.tensor([[0.0, 0.0], [1.0, 0.0]])
    explanation = Explanation(words=["a", "house"], attention=attention)
    page = np.asarray(words_section(INPUTS, explanation, 772), int)
    red = page[..., 0] - page[..., 2] > 60
    legend = page.shape[0] - 40
    first, second = red[:legend, :120], red[:legend, 130:250]
    assert not first.any()
    rows, columns = np.nonzero(second)
    assert columns.max() < 90  # the left half, smoothed
    # The lower left cell of the map, once over each date.
    gaps = np.flatnonzero(np.diff(np.unique(rows)) > 1)
    assert len(gaps) == 1


def test_portrait_pairs_leave_room_for_words_and_maps():
    explanation = make_explanation(change_gates=[torch.ones(2, 2)] * 4)
    sample = make_sample(pred_caption="house")
    square = explanation_picture(INPUTS, sample, explanation)
    portrait = explanation_picture(INPUTS[..., :6], sample, explanation)
    assert portrait.size == square.size


def test_gates_that_are_shut_everywhere_are_uncoloured():
    explanation = Explanation(change_gates=[torch.zeros(4, 4)])
    page = np.asarray(gates_section(INPUTS, explanation, 772), int)
    maps = page[:-40]  # without the legend
    assert (maps.max(-1) - maps.min(-1)).max() < 40
    assert maps.max(-1).min() > 10  # nor black, as numbers that are none would be


def test_a_pair_picture_with_attention_is_higher_not_wider():
    sample = make_sample(pred_caption="house house house")
    plain = pair_picture(INPUTS, sample)
    shown = pair_picture(INPUTS, sample, explanation=make_explanation())
    assert shown.width == plain.width and shown.height > plain.height + 2 * 120
    nothing = pair_picture(INPUTS, sample, explanation=Explanation())
    assert nothing.tobytes() == plain.tobytes()


@pytest.mark.parametrize("masks", [0, 1, 2])
def test_all_parts_fit_whatever_the_width(masks):
    mask = torch.ones(64, 64, dtype=torch.uint8)
    fields = dict(list({"gt_mask": mask, "pred_mask": mask}.items())[:masks])
    sample = make_sample(pred_caption="house", **fields)
    gates = [torch.rand(2**k, 2**k) for k in range(5, 1, -1)]
    weights = torch.full((4, 4, 4), 0.25)
    bare = pair_picture(INPUTS, sample)
    heights = [
        explanation_picture(INPUTS, sample, explanation).height
        for explanation in (
            Explanation(),
            make_explanation(),
            make_explanation(scale_weights=weights),
            make_explanation(scale_weights=weights, change_gates=gates),
        )
    ]
    full = make_explanation(scale_weights=weights, change_gates=gates)
    assert explanation_picture(INPUTS, sample, full).width == bare.width
    assert bare.height < heights[0] < heights[1] < heights[2]
    # On a wide picture, gates stand beside the weights; the line of what lacks is gone.
    assert heights[3] < heights[2] if masks == 2 else heights[3] > heights[2]
