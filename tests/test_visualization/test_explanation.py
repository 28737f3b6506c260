"""What a prediction rests on."""

from types import SimpleNamespace

import pytest
import torch
from data.make_levir_layout import make_levir_cc
from mmcv.transforms import Compose
from test_visualization.conftest import ENCODER
from torch import nn

from mmrsicc.datasets import LEVIRMCIDataset
from mmrsicc.datasets.transforms import LoadPair, PackChangeInputs, ResizePair
from mmrsicc.models import PairDataPreprocessor
from mmrsicc.models.layers.tokens import TokenMask
from mmrsicc.registry import MODELS
from mmrsicc.structures import ChangeDataSample, DifferenceFeatures
from mmrsicc.visualization import Explanation, explain, explain_record


@MODELS.register_module()
class RowOfTokensNeck(nn.Module):
    """A neck without scales and gates, whose tokens are no square grid."""

    def __init__(self, in_channels):
        super().__init__()
        self.out_channels = in_channels[-1]

    def forward(self, before, after):
        tokens = (after[-1] - before[-1]).mean(2).transpose(1, 2)
        return DifferenceFeatures(tokens=tokens, pooled=tokens.mean(1))


def make_pair(height=64, width=64):
    generator = torch.Generator().manual_seed(3)
    sample = ChangeDataSample(metainfo={"pair_id": "pair", "img_shape": (height, width)})
    images = torch.randint(0, 256, (2, 3, height, width), dtype=torch.uint8, generator=generator)
    return {"inputs": tuple(images), "data_samples": sample}


def end_after(model, words):
    """Makes the model say a sentence: each next word is read off the number of those before."""
    ids = [*model.speaker.tokenizer.encode(words)[1:-1], model.speaker.tokenizer.end_id]

    def step(tokens, state, step=model.speaker.head.step):
        _, state = step(tokens, state)
        logits = torch.zeros(len(tokens), len(model.speaker.tokenizer))
        logits[:, ids[state.length - 1]] = 9
        return logits, state

    model.speaker.head.step = step


def test_every_word_has_its_row(make_captioner):
    model, pair = make_captioner(), make_pair()
    end_after(model, "a house is built")
    explanation = explain(model, pair)
    assert explanation.words == ["a", "house", "is", "built"]
    dates = [[date] for date in pair["inputs"]]
    difference = model.encoder(*model.data_preprocessor({"inputs": dates})["inputs"])
    ids = torch.tensor([model.speaker.tokenizer.encode("a house is built")])
    # Row i is where the model looked for word i: it had read the words before it alone.
    for i in range(4):
        row = model.speaker.head.word_attention(difference, ids[:, : i + 1])[0, :, -1]
        torch.testing.assert_close(explanation.attention[:, i].flatten(1), row)
    torch.testing.assert_close(explanation.attention.sum((2, 3)), torch.ones(2, 4))


def test_weights_and_gates_are_the_necks(make_captioner):
    model, pair = make_captioner(), make_pair()
    explanation = explain(model, pair)
    assert explanation.scale_weights.shape == (4, 3, 3)
    torch.testing.assert_close(explanation.scale_weights.sum(0), torch.ones(3, 3))
    assert [tuple(gate.shape) for gate in explanation.change_gates] == [
        (16, 16),
        (8, 8),
        (4, 4),
        (2, 2),
    ]
    for transfer in model.encoder.neck.transfers:
        nn.init.zeros_(transfer.gate.weight)
        nn.init.zeros_(transfer.gate.bias)
    assert all((gate == 0.5).all() for gate in explain(model, pair).change_gates)


def test_padding_is_told(make_captioner):
    model = make_captioner()
    model.data_preprocessor = PairDataPreprocessor(size_divisor=64)
    assert explain(model, make_pair(48, 64)).covered == (0.75, 1.0)


def test_a_model_shows_what_it_has(make_captioner):
    model = make_captioner(neck={"type": "RowOfTokensNeck"}, change_detector=None)
    explanation = explain(model, make_pair(64, 96))
    assert explanation.words and explanation.attention is None
    assert explanation.scale_weights is None and explanation.change_gates == []
    assert explain(SimpleNamespace(), make_pair()) == Explanation()
    everything = ["attention of words", "weights of scales", "gates for a change detector"]
    assert explanation.lacking == everything
    assert explain(make_captioner(), make_pair()).lacking == []
    alone = make_captioner(change_detector=None)
    assert explain(alone, make_pair()).lacking == everything[2:]


def test_an_empty_sentence_looks_nowhere(make_captioner):
    model = make_captioner()
    end_after(model, "")
    explanation = explain(model, make_pair())
    assert explanation.words == [] and explanation.attention is None


@pytest.fixture
def dataset(tmp_path):
    pipeline = [LoadPair(), ResizePair((64, 64)), PackChangeInputs()]
    root = make_levir_cc(tmp_path, masks=True)
    return LEVIRMCIDataset(data_root=str(root), split="test", pipeline=pipeline, test_mode=True)


def test_a_record_is_shown_as_it_is_in_its_files(make_captioner, dataset):
    model = make_captioner()
    record = dataset.get_data_info(1)
    kept = dict(record)
    inputs, sample, explanation = explain_record(model, record, dataset.pipeline)
    assert [date.shape for date in inputs] == [(3, 16, 16)] * 2 and sample.gt_mask.shape == (16, 16)
    assert sample.pred_mask.shape == (64, 64) and len(sample.gt_captions) == 5
    pair = dataset[1]
    with torch.no_grad():
        predicted = model.test_step(
            {"inputs": [[date] for date in pair["inputs"]], "data_samples": [ChangeDataSample()]}
        )
    assert sample.pred_caption == predicted[0].pred_caption
    assert [w for w in explanation.words if w != "(unknown)"] == sample.pred_caption.split()
    assert record == kept


def test_pipelines_of_any_compose(make_captioner, dataset):
    pipeline = Compose(dataset.pipeline.transforms)
    _, sample, _ = explain_record(make_captioner(), dataset.get_data_info(0), pipeline)
    assert sample.pair_id == "test_000000"


def test_a_pooled_token_is_no_place(make_captioner):
    model, pair = make_captioner(neck={**ENCODER["neck"], "pooled_token": True}), make_pair()
    end_after(model, "a house")
    explanation = explain(model, pair)
    assert explanation.attention.shape == (2, 2, 3, 3)
    assert (explanation.attention.sum((2, 3)) < 1).all(), "the rest looks at the pooled token"


def test_words_look_at_the_tokens_that_the_sentence_was_made_of(make_captioner):
    """A token mask that leaves nothing makes all places alike."""
    model, pair = make_captioner(), make_pair()
    model.speaker.token_mask = TokenMask(alpha=1.0, given_by="another model")
    pair["data_samples"].gt_mask = torch.zeros(64, 64, dtype=torch.uint8)
    end_after(model, "a house")
    attention = explain(model, pair).attention
    assert torch.allclose(attention, attention.mean((2, 3), keepdim=True), atol=1e-6)
