"""The inferencer against the model's own predictions, a pair at a time."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine import Config
from mmengine.dataset import pseudo_collate
from PIL import Image
from test_apis.conftest import SPECIALS, write_checkpoint

from mmrsicc.apis import ChangeCaptionInferencer, image_pipeline
from mmrsicc.datasets.image_io import read_pair
from mmrsicc.datasets.no_change import EVERY_NO_CHANGE_SENTENCE
from mmrsicc.models.decoding import BeamSearch, GreedySearch


@pytest.fixture(scope="module")
def captioner(checkpoint):
    return ChangeCaptionInferencer(checkpoint, device="cpu")


def predict(captioner, before, after):
    """The model's own prediction of one pair."""
    paths = {"before_path": str(before), "after_path": str(after), "pair_id": "x"}
    with torch.no_grad():
        batch = pseudo_collate([image_pipeline(captioner.model)(paths)])
        return captioner.model.test_step(batch)[0]


def pairs_in(folders):
    return list(zip(*(sorted(folder.iterdir()) for folder in folders), strict=True))


def test_a_batch_of_all_kinds_of_images_is_as_the_model_predicts_each(captioner, folders):
    results = captioner(folders, batch_size=3)
    expected = [predict(captioner, *pair) for pair in pairs_in(folders)]
    assert [r.caption for r in results] == [sample.pred_caption for sample in expected]
    assert len({r.caption for r in results}) > 1  # else the order could be wrong unnoticed
    scores = [sample.pred_score for sample in expected]
    assert [r.score for r in results] == pytest.approx(scores, abs=1e-4)
    for (before, after), result in zip(pairs_in(folders), results, strict=True):
        assert (result.before, result.after) == (str(before), str(after))
        assert result.n_best == [(result.caption, result.score)] and result.error is None
        assert result.mask.shape == read_pair(before, after)[0].shape[:2]
        assert result.mask.dtype == np.uint8 and set(np.unique(result.mask)) <= {0, 1}


def test_the_mask_is_the_models_where_nothing_was_resized(captioner, folders):
    (result,) = captioner((folders[0] / "a.png", folders[1] / "a.png"))  # 64 x 64, as the model's
    expected = predict(captioner, folders[0] / "a.png", folders[1] / "a.png").pred_mask
    np.testing.assert_array_equal(result.mask, expected.numpy())
    assert 0 < result.mask.mean() < 1


def test_arrays_are_as_good_as_their_files(captioner, folders):
    files = pairs_in(folders)
    arrays = [read_pair(before, after)[:2] for before, after in files]
    from_arrays, from_files = captioner(arrays), captioner(files)
    assert [r.caption for r in from_arrays] == [r.caption for r in from_files]
    assert all(r.before is None and r.after is None for r in from_arrays)
    (alone,) = captioner(arrays[1])
    assert alone.caption == from_files[1].caption
    np.testing.assert_array_equal(alone.mask, from_files[1].mask)


def test_the_probability_of_change_is_what_the_no_change_sentences_leave(captioner, folders):
    model = captioner.model
    vocabulary, pair = model.speaker.tokenizer, pairs_in(folders)[0]
    (result,) = captioner(pair)
    packed = image_pipeline(model)({"before_path": str(pair[0]), "after_path": str(pair[1])})
    batch = model.data_preprocessor({"inputs": [[date] for date in packed["inputs"]]})
    total = 0.0
    with torch.no_grad():
        difference = model(batch["inputs"], mode="tensor")
        for sentence in EVERY_NO_CHANGE_SENTENCE:
            ids = vocabulary.encode(sentence)
            if vocabulary.unk_id in ids:
                continue
            chances = model.speaker.head(difference, torch.tensor([[ids[:-1]]])).softmax(-1)[0, 0]
            total += math.prod(float(chances[i, word]) for i, word in enumerate(ids[1:]))
    assert result.change_probability == pytest.approx(1 - total, abs=1e-5)


def test_a_model_sure_of_no_change_says_so(checkpoint, folders):
    captioner = ChangeCaptionInferencer(checkpoint, device="cpu")
    sentence = captioner.model.speaker.tokenizer.encode("there is no difference")

    class Sure:
        """A state is the number of words said; the next one of the sentence is certain."""

        def __init__(self, rows, said=0):
            self.rows, self.said = rows, said

        def select(self, rows, pairs=None):
            return Sure(len(rows), self.said)

    head = captioner.model.speaker.head
    head.start = lambda features, conditions=None: Sure(len(features.tokens))

    def step(tokens, state):
        logits = torch.full((state.rows, len(captioner.model.speaker.tokenizer)), -50.0)
        logits[:, sentence[min(state.said + 1, len(sentence) - 1)]] = 50.0
        return logits, Sure(state.rows, state.said + 1)

    head.step = step
    for result in captioner(folders):
        assert result.caption == "there is no difference"
        assert result.change_probability == pytest.approx(0.0, abs=1e-6)


def test_a_vocabulary_without_the_no_change_sentences_gives_no_probability(tmp_path, folders):
    path = write_checkpoint(tmp_path / "w.pth", [*SPECIALS, "house", "road", "no", "change"])
    results = ChangeCaptionInferencer(path, device="cpu")(folders)
    assert [r.change_probability for r in results] == [None] * 5


def test_the_best_of_many_is_the_caption(captioner, folders):
    for result in captioner(folders, n_best=4):
        sentences, scores = zip(*result.n_best, strict=True)
        assert (result.caption, result.score) == result.n_best[0]
        assert 1 < len(sentences) <= 4 and len(set(sentences)) == len(sentences)
        assert list(scores) == sorted(scores, reverse=True)


def test_n_best_is_beam_search_with_as_many_beams(captioner, checkpoint, folders):
    decoding = {"type": "BeamSearch", "beam_size": 4, "max_length": 8}
    beams = ChangeCaptionInferencer(checkpoint, device="cpu", decoding=decoding)
    expected = [(r.caption, r.score) for r in beams(folders)]
    assert [r.n_best[0] for r in captioner(folders, n_best=4)] == expected
    assert [(r.caption, r.score) for r in beams(folders, n_best=2)] == expected


def test_a_number_of_beams_keeps_the_limits_of_the_configs_strategy(checkpoint):
    beams = ChangeCaptionInferencer(checkpoint, device="cpu", decoding=4)
    searched = beams.model.speaker.decoding
    assert (type(searched), searched.beam_size, searched.max_length) == (BeamSearch, 4, 8)


def test_a_strategy_that_gives_enough_is_kept(checkpoint, folders):
    class Twice:
        """A strategy with nothing but what all have."""

        def __call__(self, head, features, start_id, end_id, conditions=None):
            greedy = GreedySearch(8)(head, features, start_id, end_id, conditions)
            return [said + said for said in greedy]

    decoding = {"type": "SampleSearch", "samples": 3, "max_length": 8}
    drawn = ChangeCaptionInferencer(checkpoint, device="cpu", decoding=decoding)
    assert drawn._decoding(3) is drawn.model.speaker.decoding
    drawn.model.speaker.decoding = Twice()
    assert [len(result.n_best) for result in drawn(folders)] == [1] * 5
    assert all(len(result.n_best) > 1 for result in drawn(folders, n_best=3))


def spoil(folders):
    """Breaks three of the five pairs, each in its own way."""
    (folders[0] / "a.png").write_bytes(b"no image")
    (folders[1] / "b.png").unlink()
    Image.new("RGB", (9, 9)).save(folders[1] / "d.png")
    return {"a": "a.png is no image", "b": "no image at", "d": "sizes differ"}


def test_broken_pairs_are_reported_and_the_rest_goes_on(captioner, folders):
    whole = {result.after: result.caption for result in captioner(folders)}
    messages = spoil(folders)
    results = captioner(folders, batch_size=2)
    assert [result.before for result in results] == [str(b) for b in sorted(folders[0].iterdir())]
    for result in results:
        name = result.before[-5]
        if name in messages:
            assert messages[name] in result.error and result.caption is None and not result.n_best
        else:
            assert result.error is None and result.caption == whole[result.after]


def test_nothing_but_broken_pairs(captioner, folders):
    spoil(folders)
    (result,) = captioner([(folders[0] / "a.png", folders[1] / "a.png")])
    assert "no image" in result.error


def test_broken_pairs_can_be_errors(captioner, folders):
    spoil(folders)
    with pytest.raises(ValueError, match=r"a\.png is no image"):
        captioner(folders, skip_broken=False)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (np.zeros((8, 8), np.uint8), np.zeros((8, 8), np.uint8), r"before is \(8, 8\) uint8"),
        (np.zeros((8, 8, 3), np.uint8), np.zeros((8, 8, 3)), "after is .* float64"),
        (np.zeros((8, 8, 3), np.uint8), np.zeros((8, 9, 3), np.uint8), "after 9 x 8 pixels"),
        (
            np.zeros((8, 8, 3), np.uint8),
            "after.png",
            "two paths or two arrays, got ndarray and str",
        ),
    ],
)
def test_arrays_that_are_no_pair(captioner, before, after, message):
    with pytest.raises(ValueError, match=message):
        captioner([(before, after)], skip_broken=False)


@pytest.mark.parametrize("inputs", [["a.png", "b.png", "c.png"], [("a.png", "b.png", "c.png")]])
def test_what_is_no_list_of_pairs(captioner, inputs):
    with pytest.raises(ValueError, match=r"each pair is \(before, after\)"):
        captioner(inputs)


def test_pixels_are_not_printed(captioner):
    with pytest.raises(ValueError, match=r"got ndarray$"):
        captioner(np.zeros((3, 8, 8, 3), np.uint8)[i] for i in range(3))


def test_a_model_that_answers_too_few_is_named(captioner, folders, monkeypatch):
    decode = captioner._decoding(1)
    monkeypatch.setattr(captioner, "_decoding", lambda n_best: lambda *args: decode(*args)[:-1])
    with pytest.raises(ValueError, match="TransformerCaptionHead answered 4 of 5 pairs"):
        captioner(folders)


def test_an_endless_stream_is_taken_as_needed(captioner, folders):
    taken = []

    def endless():
        while True:
            taken.append(1)
            yield pairs_in(folders)[0]

    stream = captioner.stream(endless(), batch_size=2)
    assert next(stream).caption == next(stream).caption
    stream.close()
    assert len(taken) <= 6  # one batch done and two ahead


def test_results_say_how_more_than_8_bits_were_read(captioner, folders):
    results = {Path(r.after).stem: r.to_dict() for r in captioner(folders, progress=False)}
    assert all(results[name]["radiometry"] is None for name in "abcd")
    found = results["e"]["radiometry"]
    pooled = np.concatenate([np.array(Image.open(f / "e.png")).ravel() for f in folders])
    assert found["source"] == "percentiles" and found["percentiles"] == (1.0, 99.0)
    assert np.allclose([found["low"], found["high"]], np.percentile(pooled, (1, 99))[:, None])
    assert found["before"]["dtype"] == found["after"]["dtype"] == "uint16"


def test_results_can_be_written_as_json(captioner, folders):
    spoil(folders)
    for result in captioner(folders, n_best=2):
        record = json.loads(json.dumps(result.to_dict()))
        assert record["caption"] == result.caption and "mask" not in record
        assert [tuple(entry) for entry in record["n_best"]] == result.n_best


@pytest.mark.parametrize("arguments", [{"batch_size": 0}, {"n_best": 0}])
def test_counts_below_one_are_refused(captioner, folders, arguments):
    with pytest.raises(ValueError, match="must be 1 or more"):
        captioner(folders, **arguments)


def test_a_name_without_weights_is_refused():
    with pytest.raises(ValueError, match="dfm_levircc needs weights"):
        ChangeCaptionInferencer("dfm_levircc")
    with pytest.raises(ValueError, match=r"^a Config needs weights"):
        ChangeCaptionInferencer(Config({"model": {"type": "ChangeCaptioner"}}))
