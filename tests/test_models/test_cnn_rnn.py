"""CNN-RNN's neck and head against equations written out, and in a captioner."""

import numpy as np
import pytest
import torch
from test_converters.formula import fill, inputs, shapes_of
from test_models import parts
from test_models.parts import raw_pairs, said, sample

from mmrsicc.models.decoding import BeamSearch, GreedySearch
from mmrsicc.models.heads import RecurrentCaptionHead
from mmrsicc.models.necks import PooledFusion
from mmrsicc.structures import DifferenceFeatures

IDS = torch.tensor([[2, 4, 5, 6], [2, 7, 8, 9]])
GOLDEN_LSTM = [
    [-0.05733, 0.023607, -0.000549, 0.095533, -0.185575, -0.067039],
    [-0.051056, -0.007715, 0.066894, 0.084695, -0.144899, -0.081899],
]
GOLDEN_GRU = [
    [0.013103, 0.045826, -0.131299, 0.140523, -0.312628, 0.040785],
    [-0.094302, 0.211113, 0.030179, 0.250485, -0.135166, 0.028033],
]


def make_head(vocabulary, cell, dims=4):
    """A head whose weights follow from their names."""
    head = RecurrentCaptionHead(6, vocabulary, dims=dims, cell=cell).eval()
    head.load_state_dict(fill(shapes_of(head.state_dict())))
    return head


def make_difference(batch=2):
    pooled = inputs("pooled", batch, 6)
    return DifferenceFeatures(pooled.unsqueeze(1), pooled)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def lstm(w, x, h, c):
    gates = x @ w["weight_ih_l0"].T + w["bias_ih_l0"] + h @ w["weight_hh_l0"].T + w["bias_hh_l0"]
    i, f, g, o = np.split(gates, 4, axis=1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def gru(w, x, h, c):
    seen = np.split(x @ w["weight_ih_l0"].T + w["bias_ih_l0"], 3, axis=1)
    kept = np.split(h @ w["weight_hh_l0"].T + w["bias_hh_l0"], 3, axis=1)
    reset, update = (sigmoid(seen[k] + kept[k]) for k in (0, 1))
    candidate = np.tanh(seen[2] + reset * kept[2])
    return (1 - update) * candidate + update * h, c


@pytest.mark.parametrize(("cell", "advance"), [("lstm", lstm), ("gru", gru)])
@torch.no_grad()
def test_the_head_by_its_equations(vocabulary, cell, advance):
    """The pooled vector, projected, is what the cell reads before the first word."""
    head, difference = make_head(vocabulary, cell), make_difference()
    weights = {k: v.double().numpy() for k, v in head.state_dict().items()}
    recurrence = {k.split(".")[1]: v for k, v in weights.items() if k.startswith("recurrence")}
    pooled = difference.pooled.double().numpy()
    image = pooled @ weights["image.weight"].T + weights["image.bias"]
    h, c = advance(recurrence, image, np.zeros((2, 4)), np.zeros((2, 4)))
    logits = []
    for column in IDS.T:
        h, c = advance(recurrence, weights["embedding.weight"][column.numpy()], h, c)
        logits.append(h @ weights["classifier.weight"].T + weights["classifier.bias"])
    expected = torch.tensor(np.stack(logits, axis=1), dtype=torch.float32)
    torch.testing.assert_close(said(head, difference, IDS), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("cell", "golden"), [("lstm", GOLDEN_LSTM), ("gru", GOLDEN_GRU)])
@torch.no_grad()
def test_golden_logits(vocabulary, cell, golden):
    """What the network put out when it was written: neck and head, all weights by formula."""
    neck = PooledFusion([3], fusion="concatenation")
    difference = neck((inputs("before", 2, 3, 4, 4),), (inputs("after", 2, 3, 4, 4),))
    logits = said(make_head(vocabulary, cell), difference, IDS)[:, -1, 4:]
    torch.testing.assert_close(logits, torch.tensor(golden), atol=1e-5, rtol=0)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@torch.no_grad()
def test_incremental_decoding_equals_full_decoding(vocabulary, cell):
    head, difference = make_head(vocabulary, cell), make_difference()
    full, state = said(head, difference, IDS), head.start(difference)
    for position in range(IDS.shape[1]):
        logits, state = head.step(IDS[:, position], state)
        torch.testing.assert_close(logits, full[:, position])


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@torch.no_grad()
def test_selected_sentences_go_on_as_if_alone(vocabulary, cell):
    head, difference = make_head(vocabulary, cell), make_difference()
    _, state = head.step(IDS[:, 0], head.start(difference))
    rows = torch.tensor([1, 1, 0])
    logits, _ = head.step(IDS[rows, 1], state.select(rows))
    torch.testing.assert_close(logits, said(head, difference, IDS)[rows, 1])
    arguments = (head, difference, vocabulary.start_id, vocabulary.end_id)
    assert BeamSearch(1, 8)(*arguments) == GreedySearch(8)(*arguments)


def test_the_neck_joins_the_means_of_the_last_maps():
    before = (torch.zeros(2, 5, 8, 8), inputs("before", 2, 3, 4, 4))
    after = (torch.ones(2, 5, 8, 8), inputs("after", 2, 3, 4, 4))
    means = [date[-1].flatten(2).mean(2) for date in (before, after)]
    difference = PooledFusion([5, 3])
    concatenation = PooledFusion([5, 3], fusion="concatenation")
    assert (difference.out_channels, concatenation.out_channels) == (3, 6)
    torch.testing.assert_close(difference(before, after).pooled, means[1] - means[0])
    out = concatenation(before, after)
    torch.testing.assert_close(out.pooled, torch.cat(means, dim=1))
    assert torch.equal(out.tokens[:, 0], out.pooled) and out.tokens.shape == (2, 1, 6)


def test_other_fusions_and_cells_are_refused(vocabulary):
    with pytest.raises(ValueError, match="'difference' or 'concatenation', got 'sum'"):
        PooledFusion([3], fusion="sum")
    with pytest.raises(ValueError, match="got 'rnn'"):
        RecurrentCaptionHead(6, vocabulary, cell="rnn")


def make_captioner(words, fusion, cell):
    return parts.captioner(
        backbone={
            "type": "mmpretrain.ResNet",
            "depth": 18,
            "stem_channels": 8,
            "base_channels": 8,
            "zero_init_residual": False,
        },
        neck={"type": "PooledFusion", "fusion": fusion},
        head={"type": "RecurrentCaptionHead", "dims": 16, "cell": cell},
        tokenizer={"type": "Vocabulary", "words": words},
    )


@pytest.mark.parametrize(("fusion", "cell"), [("difference", "lstm"), ("concatenation", "gru")])
def test_a_step_of_training_reaches_every_parameter(vocabulary, fusion, cell):
    model = make_captioner(vocabulary.words, fusion, cell)
    pairs, samples = raw_pairs(), [sample("a house is built"), sample("a road is gone")]
    model(pairs, samples, mode="loss")["loss_caption"].backward()
    missed = [n for n, p in model.named_parameters() if p.grad is None or not p.grad.any()]
    assert not missed
    predicted = model.eval()(pairs, mode="predict")
    assert all(isinstance(sample.pred_caption, str) for sample in predicted)
