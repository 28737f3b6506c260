"""A run on one HTML page, from the command line."""

import pytest
from data.make_band_layout import make_bands
from test_cli.conftest import refused, succeed

from mmrsicc.cli.report import read_baselines
from mmrsicc.datasets.caption_file import read_split
from mmrsicc.evaluation import PredictedCaption, write_captions

QUICK = ("--scorers", "BLEU", "ROUGE-L", "--resamples", "20")

BANDS = """
test_dataloader = dict(
    dataset=dict(
        type="ChangeCaptionDataset",
        data_root="{data}",
        ann_file="LevirCCcaptions.json",
        split="test",
        pipeline=[
            dict(type="LoadBands", picture_bands=((3, 2, 1), (3, 2, 1))),
            dict(type="PackChangeInputs"),
        ],
    )
)
"""


@pytest.fixture
def results(tiny_config, tmp_path):
    pairs = read_split(tiny_config.parent / "LevirCCcaptions.json", "test")
    path = tmp_path / "run.jsonl"
    write_captions(
        [PredictedCaption(p.pair_id, "a house appears", p.captions, p.change_flag) for p in pairs],
        path,
    )
    path.with_suffix(".meta.json").write_text('{"warnings": ["chosen on the test split"]}')
    return path


def test_a_page_with_the_configs_images(results, tiny_config, tmp_path):
    out = tmp_path / "report.html"
    done = succeed("report", results, "--config", tiny_config, *QUICK, "--out", out)
    html = out.read_text(encoding="utf-8")
    assert str(out) in done.stdout
    assert html.count("data:image/jpeg;base64,") >= 10  # both dates of five pairs at least
    assert "<title>run</title>" in html and "chosen on the test split" in html


def test_a_folder_with_an_image_of_no_pair_is_refused(results, tmp_path):
    (tmp_path / "images" / "A").mkdir(parents=True)
    command = ("report", results, "--image-root", tmp_path / "images", *QUICK)
    assert "no pair of " in refused(*command, "--out", tmp_path / "report.html")


def test_pairs_of_another_split_have_their_images_or_are_named(results, tiny_config, tmp_path):
    pairs = read_split(tiny_config.parent / "LevirCCcaptions.json", "val")
    said = [PredictedCaption(p.pair_id, "a house", p.captions, p.change_flag) for p in pairs]
    write_captions(said, results)
    command = ("report", results, "--config", tiny_config, *QUICK, "--out", tmp_path / "r.html")
    assert "is not in the test data of" in refused(*command)
    succeed(*command, "--cfg-options", "test_dataloader.dataset.split=val")
    assert "data:image/jpeg;base64," in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_a_page_with_images_of_many_bands(tmp_path):
    """They are read as the config reads them, since nobody knows which bands to show."""
    pytest.importorskip("rasterio", reason="reading many bands needs the extra geo")
    data, out = make_bands(tmp_path / "data"), tmp_path / "report.html"
    config = tmp_path / "bands.py"
    config.write_text(BANDS.format(data=data))
    pairs = read_split(data / "LevirCCcaptions.json", "test")
    said = [PredictedCaption(p.pair_id, "a lake", p.captions, p.change_flag) for p in pairs]
    write_captions(said, tmp_path / "bands.jsonl")
    succeed("report", tmp_path / "bands.jsonl", "--config", config, *QUICK, "--out", out)
    assert out.read_text(encoding="utf-8").count("data:image/jpeg;base64,") >= 4


def test_a_record_that_cannot_be_heeded_is_refused(results, tmp_path):
    metric = '{"type": "ChangeCaptionMetric", "meteor": "perl"}'
    beside = results.with_suffix(".meta.json")
    beside.write_text('{"metrics": [' + metric + "]}")
    for command in (("report", results, "--out", tmp_path / "r.html"), ("eval", results)):
        assert f"{beside} is no record" in refused(*command)


def test_a_page_with_what_the_model_went_by(results, tiny_config, trained, tmp_path):
    out = tmp_path / "report.html"
    command = ("report", results, "--config", tiny_config, "--checkpoint", trained, *QUICK)
    succeed(*command, "--pairs", "1", "--out", out)
    html = out.read_text(encoding="utf-8")
    assert html.count("where each word looks</summary>") == 3  # the best, the worst, a random one
    results.with_suffix(".meta.json").write_text('{"checkpoint_sha256": "0", "checkpoint": "x"}')
    assert "is the run of x: name that checkpoint" in refused(*command, "--out", out)


def test_a_baseline_that_was_left_out_has_no_scores(tmp_path):
    path = tmp_path / "baselines.json"
    path.write_text('{"baselines": {"nearest_pair": {"description": "no images", "scores": null}}}')
    assert read_baselines(str(path))["nearest_pair"]["description"] == "no images"


def test_what_cannot_be_read_is_named(results, tmp_path):
    baselines = tmp_path / "baselines.json"
    baselines.write_text("[")
    command = ["report", results, "--out", tmp_path / "r.html", *QUICK]
    for arguments, message in (
        (("--baselines", baselines), "baselines.json is not what mmrsicc baselines"),
        (("--image-root", tmp_path), "has a folder A"),
    ):
        assert message in refused(*command, *arguments)
        assert not (tmp_path / "r.html").exists()
