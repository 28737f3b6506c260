"""What is measured must be the same work for all; the figures themselves are not tested."""

import pytest
import torch
from mmengine import Config

from mmrsicc.models.decoding import GreedySearch
from mmrsicc.registry import MODELS
from mmrsicc.research.costs.costs import (
    NoEosHead,
    config_mark,
    read_costs,
    set_vocabulary,
    write_costs,
)
from mmrsicc.research.costs.decoding_loops import cached_loop, growing_loop, padded_loop
from mmrsicc.structures import DifferenceFeatures
from mmrsicc.tokenizers import Vocabulary

VOCABULARY = Vocabulary(words=["<pad>", "<unk>", "<start>", "<end>", *"abcdef"])
LENGTH = 9


@pytest.fixture(params=[3, 0])
def head(request):
    """A head that would end its sentences at once, and one that would only pad."""
    torch.manual_seed(0)
    config = {"type": "TransformerCaptionHead", "in_channels": 8, "dims": 16, "num_heads": 2}
    built = MODELS.build({**config, "tokenizer": VOCABULARY}).eval()
    with torch.no_grad():
        built.classifier.bias[request.param] = 100.0
    return built


@torch.no_grad()
def test_all_ways_of_decoding_say_the_same_at_full_length(head):
    difference = DifferenceFeatures(30 * torch.randn(3, 5, 8), torch.randn(3, 8))
    start, pad, end = VOCABULARY.start_id, VOCABULARY.pad_id, VOCABULARY.end_id
    endless = NoEosHead(head, VOCABULARY)
    batched = [best[0].ids for best in GreedySearch(LENGTH)(endless, difference, start, end)]
    assert [len(ids) for ids in batched] == [LENGTH] * 3
    assert not {start, pad, end} & {word for ids in batched for word in ids}
    assert len({tuple(ids) for ids in batched}) > 1
    assert padded_loop(endless, difference, start, pad, LENGTH) == batched
    assert growing_loop(endless, difference, start, LENGTH) == batched
    assert cached_loop(endless, difference, start, LENGTH) == batched


@torch.no_grad()
def test_the_padded_loop_runs_the_whole_length_for_every_word(head):
    shapes = []
    head.register_forward_hook(lambda _, arguments, output: shapes.append(arguments[1].shape))
    difference = DifferenceFeatures(torch.randn(2, 5, 8), torch.randn(2, 8))
    padded_loop(head, difference, VOCABULARY.start_id, VOCABULARY.pad_id, LENGTH)
    assert shapes == [(1, 1, LENGTH)] * (2 * LENGTH)


def test_a_made_up_vocabulary_takes_the_place_of_the_data_sets():
    tokenizer = {"type": "Vocabulary", "ann_file": "none.json"}
    # A decision would ask for the words of a no-change sentence.
    speaker = {"tokenizer": tokenizer, "decision": {"bias": 1.0}}
    cfg = Config({"model": {"speaker": speaker}})
    set_vocabulary(cfg, 468)
    assert "decision" not in cfg.model.speaker
    made_up = cfg.model.speaker.tokenizer
    assert "ann_file" not in made_up and len(made_up.words) == 468
    with pytest.raises(ValueError, match="the config has no model"):
        set_vocabulary(Config({"configs": {}}), 468)


def test_costs_of_another_config_are_refused(tmp_path):
    cfg = Config({"model": {"type": "A"}, "work_dir": "x"})
    path = tmp_path / "costs.json"
    assert read_costs(path, {"a": cfg}) is None
    costs = {"machine": {}, "methods": {"a": {"config": config_mark(cfg)}}}
    write_costs(costs, path)
    # Where its files go does not matter to what a method costs.
    assert read_costs(path, {"a": Config({"model": {"type": "A"}, "work_dir": "y"})}) == costs
    # A method that is compared no more has no row.
    write_costs({"machine": {}, "methods": {"gone": {}, **costs["methods"]}}, path)
    assert read_costs(path, {"a": cfg}) == costs
    for changed in ({"a": Config({"model": {"type": "B"}})}, {"b": cfg}):
        with pytest.raises(ValueError, match="measure again with --costs"):
            read_costs(path, changed)
