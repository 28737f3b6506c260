import re
import sys
from html import unescape
from pathlib import Path

import numpy as np
import pytest

from mmrsicc.apis import CaptionResult, ChangeCaptionInferencer, image_pipeline
from mmrsicc.apis.model_facts import ModelFacts
from mmrsicc.demo.answers import Answers
from mmrsicc.demo.examples import Example, draw_examples
from mmrsicc.demo.pair_answer import PairAnswer, answer_pair
from mmrsicc.demo.pair_html import pair_html
from mmrsicc.demo.uploads import Limits, UploadedPair, read_pair
from mmrsicc.visualization import Explanation

FACTS = ModelFacts("noise", "Trained on nothing.", "Guesses.")


@pytest.fixture(scope="module")
def captioner(checkpoint):
    decoding = {"type": "BeamSearch", "beam_size": 3, "max_length": 8}
    return ChangeCaptionInferencer(checkpoint, device="cpu", decoding=decoding)


@pytest.fixture
def answers(captioner, tmp_path, noise):
    examples = [Example(noise(2, 64, 64, 3), "a house is built")]
    return Answers(captioner, FACTS, Limits(1, 100_000), examples, tmp_path / "maps", n_best=3)


def test_explained_sentence_is_the_best(captioner, noise):
    answer = answer_pair(captioner, UploadedPair.rgb(noise(2, 48, 80, 3)), n_best=3)
    assert len(answer.result.n_best) > 1
    assert " ".join(answer.explanation.words) == answer.result.caption
    assert answer.explanation.attention is not None
    assert answer.result.mask is not None and answer.result.mask.shape == (48, 80)


def test_html_shows_all_that_is_known(noise):
    result = CaptionResult(
        None,
        None,
        caption="a <b> house",
        score=-0.25,
        n_best=[("a <b> house", -0.25), ("a road", -1.5)],
        change_probability=0.875,
        mask=np.eye(4, dtype=np.uint8),
    )
    html = pair_html(PairAnswer(noise(2, 20, 40, 3), result, Explanation()), "a lake is there")
    assert '<p class="rs-sentence">A &lt;b&gt; house.</p>' in html and "<b> house" not in html
    assert "-0.25" in html and "<span>a road</span><b>-1.50</b>" in html
    assert "87.5 %" in html and "width:87.5%" in html
    assert "25.0 % of the area" in html  # 4 of 16 pixels
    assert "A lake is there." in html
    assert "--ratio:2.0000" in html
    assert "cannot tell where its words look" in html


def test_html_of_a_model_with_a_sentence_alone(noise):
    result = CaptionResult(None, None, caption="a house", n_best=[("a house", -0.5)])
    html = pair_html(PairAnswer(noise(2, 20, 20, 3), result, Explanation()))
    assert "A house." in html
    for absent in ("mask", "Probability", "truly"):
        assert absent not in html


def test_every_word_has_its_maps_and_the_most_certain_is_chosen(captioner, noise):
    answer = answer_pair(captioner, UploadedPair.rgb(noise(2, 64, 64, 3)))
    html = pair_html(answer)
    words = answer.explanation.words
    assert re.findall(r'class="chip">(.*?)</span>', html) == words
    assert html.count("<figcaption>") == 2 * len(words)
    peaks = answer.explanation.attention.mean(0).flatten(1).amax(1)
    chosen = re.findall(r'(checked)?><span class="chip">', html)
    assert chosen.index("checked") == int(peaks.argmax()) and chosen.count("checked") == 1


def test_pair_asks_for_what_is_missing(answers, image, noise):
    file = image("first.png", noise(64, 64, 3))
    assert "Upload both dates" in answers.pair(None, None)
    for given in ((file, None), (None, file)):
        assert "first.png is here. Upload the other date too." in answers.pair(*given)
    assert 'class="rs-sentence"' in answers.pair(file, file)


def test_problems_become_words(answers, image, noise, tmp_path, monkeypatch):
    hostile = tmp_path / "<i>.png"
    hostile.write_text("text")
    html = answers.pair(str(hostile), str(hostile))
    assert 'role="alert"' in html and "&lt;i&gt;.png is no image" in html and "<i>" not in html

    def fails(*args):
        raise MemoryError

    monkeypatch.setattr("mmrsicc.demo.answers.read_pair", fails)
    assert "cannot be used (MemoryError)" in answers.pair("a", "b")


@pytest.mark.parametrize(
    ("message", "shown"), [("are they of one place?", "place?<"), ("give a file", "a file.<")]
)
def test_a_question_gets_no_full_stop(answers, monkeypatch, message, shown):
    def fails(*args):
        raise ValueError(message)

    monkeypatch.setattr("mmrsicc.demo.answers.read_pair", fails)
    assert shown in answers.pair("a", "b")


def test_example_says_what_truly_changed(answers):
    assert "A house is built." in answers.example(0)


def test_an_example_that_fails_becomes_words(answers, monkeypatch):
    def fails(*args):
        raise MemoryError

    monkeypatch.setattr("mmrsicc.demo.answers.answer_pair", fails)
    assert "(MemoryError)" in answers.example(0)


def test_examples_are_pairs_of_which_one_is_unchanged():
    examples = draw_examples()
    for example in examples:
        assert example.pair.shape == (2, 256, 256, 3) and example.sentence
        np.testing.assert_array_equal(example.thumbnail[:, :256], example.pair[0])
        np.testing.assert_array_equal(example.thumbnail[:, -256:], example.pair[1])
    assert [example.sentence for example in examples] == [
        example.sentence for example in draw_examples()
    ]


def test_scene_becomes_a_map_in_a_closed_frame(answers, image, noise, tmp_path):
    pytest.importorskip("geopandas", reason="pip install 'mmrsicc[geo]'")
    assert "Upload both scenes" in answers.scene(None, ["x"], "")[0]
    files = [image(f"{name}.png", noise(100, 300, 3)) for name in ("first", "second")]
    seen = []
    html, written = answers.scene(files[:1], files[1:], "", lambda *count: seen.append(count))
    assert 'sandbox="allow-scripts"' in html and "allow-same-origin" not in html
    report = unescape(re.search(r'srcdoc="(.*?)"', html, re.S)[1])
    assert "first.png and second.png" in report and "Trained on nothing." in report
    assert seen[-1] == (2, 2)
    names = {path.rsplit("/", 1)[-1] for path in written}
    # The model has masks, so the map has its objects, as that of `mmrsicc scene`.
    assert {"changes.gpkg", "report.html", "mask.tif"} <= names
    for bands, expected in (("4 x", "such as 4 3 2"), ("9", "there is no 9"), ("1 2", "give one")):
        html, written = answers.scene(files[:1], files[1:], bands)
        assert expected in html and 'role="alert"' in html and not written
        assert str(tmp_path) not in html


def test_bands_in_files_count_in_the_order_of_their_names(answers, image, noise):
    pytest.importorskip("geopandas", reason="pip install 'mmrsicc[geo]'")
    bands = [image(f"B{i}.png", noise(64, 64)) for i in (2, 3, 4)]
    one = answers.scene(bands, bands[::-1], "3 2 1")[0]
    assert "rs-map" in one and "1 tile identical" in unescape(one)


@pytest.mark.parametrize("sensors", ["one", "two"])
def test_a_model_of_bands_answers_rasters(sensors, tmp_path):
    pytest.importorskip("rasterio", reason="reading many bands needs the extra geo")
    sys.path.insert(0, str(Path(__file__).parents[1] / "data"))
    from band_models import write_band_model
    from make_band_layout import make_bands

    data = make_bands(tmp_path / "data", sar=sensors == "two", counts=(2, 1, 1))
    captioner = ChangeCaptionInferencer(write_band_model(tmp_path, sensors), device="cpu")
    pipeline = image_pipeline(captioner.model).transforms
    files = [str(data / f"images/train/{date}/train_001.tif") for date in "AB"]
    pair = read_pair(*files, Limits(), pipeline)
    assert pair.picture.shape == (2, 32, 32, 3) and pair.values[1].shape == (32, 32, 10)
    answer = answer_pair(captioner, pair)
    assert answer.result.caption in pair_html(answer).lower() or answer.result.caption == ""
    pytest.importorskip("geopandas", reason="pip install 'mmrsicc[geo]'")
    page = Answers(captioner, FACTS, Limits(), [], tmp_path / "maps")
    html, written = page.scene(files[:1], files[1:], "")
    assert "rs-map" in html and "changes.gpkg" in {Path(file).name for file in written}
