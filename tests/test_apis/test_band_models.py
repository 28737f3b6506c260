"""Captioners and detectors of any bands, from files to sentences, scores and pictures."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope

from mmrsicc.apis import ChangeCaptionInferencer, band_loading, image_pipeline
from mmrsicc.apis.captioning import set_radiometry
from mmrsicc.apis.detecting import TrainedDetector
from mmrsicc.datasets import ChangeCaptionDataset
from mmrsicc.registry import MODELS
from mmrsicc.visualization import explain_record, pair_picture

sys.path.insert(0, str(Path(__file__).parents[1] / "data"))
from band_models import band_config, write_band_model
from make_band_layout import make_bands, write_tiff

pytest.importorskip("rasterio", reason="reading many bands needs the extra geo")


@pytest.fixture(scope="module", params=["one", "two"])
def sensors(request):
    return request.param


@pytest.fixture(scope="module")
def data(sensors, tmp_path_factory):
    return make_bands(tmp_path_factory.mktemp("data"), sar=sensors == "two")


@pytest.fixture(scope="module")
def captioner(sensors, tmp_path_factory):
    return ChangeCaptionInferencer(
        write_band_model(tmp_path_factory.mktemp("weights"), sensors), device="cpu"
    )


def test_files_and_arrays_of_the_same_values_get_the_same_sentence(captioner, data):
    folders = data / "images/train/A", data / "images/train/B"
    results = captioner(folders, progress=False)
    assert len(results) == 4 and all(result.caption for result in results)
    names = [str(folder / "train_001.tif") for folder in folders]
    loaded = band_loading(captioner.model)(dict(before_path=names[0], after_path=names[1]))
    (by_array,) = captioner([(loaded["before"], loaded["after"])], progress=False)
    assert by_array.caption == results[1].caption
    assert by_array.score == pytest.approx(results[1].score, abs=1e-5)
    (wrong,) = captioner([(loaded["before"][..., 0], loaded["after"])], progress=False)
    assert "real numbers" in wrong.error


def test_a_picture_of_what_it_says(captioner, data):
    record = {"pair_id": "p"}
    for key, date in (("before_path", "A"), ("after_path", "B")):
        record[key] = str(data / f"images/test/{date}/test_001.tif")
    shown, sample, explanation = explain_record(
        captioner.model, record, image_pipeline(captioner.model)
    )
    assert shown[1].shape == (3, 32, 32)
    assert pair_picture(shown, sample, explanation=explanation).width > 700


def test_it_learns_fabricated_pairs(sensors, data):
    """Five sentences of eight pairs by heart, from the data set's own files."""
    cfg = Config.fromstring(band_config(sensors), ".py")
    init_default_scope("mmrsicc")
    torch.manual_seed(0)
    model = MODELS.build(cfg.model).train()
    dataset = ChangeCaptionDataset("LevirCCcaptions.json", str(data), pipeline=cfg.pipeline)
    batch = pseudo_collate([dataset[i] for i in range(4)])
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    losses = []
    for _ in range(12):
        inputs = model.data_preprocessor(batch)
        terms = model(**inputs, mode="loss")
        loss = sum(value for key, value in terms.items() if "loss" in key)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.6 * losses[0]


def test_a_detector_of_bands_scores_files(sensors, data, tmp_path):
    cfg = Config.fromstring(band_config("one"), ".py")
    model = {
        "type": "FCSiamDiff",
        "source_dataset": "none",
        "statistics": cfg.model.encoder.statistics,
    }
    config = Config(
        {"default_scope": "mmrsicc", "model": model, "test_dataloader": cfg.test_dataloader}
    )
    init_default_scope("mmrsicc")
    torch.save({"state_dict": MODELS.build(model).state_dict()}, tmp_path / "d.pth")
    detector = TrainedDetector(config, tmp_path / "d.pth", "cpu")
    files = [data / f"images/test/B/test_00{i}.tif" for i in (0, 1)]
    found = detector(*files)
    assert found.scores.shape == (32, 32) and found.valid.all()


def test_a_detector_ignores_holes_of_bands_that_it_does_not_read(tmp_path):
    steps = [{"type": "LoadPair", "bands": (3, 2, 1)}, {"type": "PackChangeInputs"}]
    model = {"type": "FCSiamDiff", "source_dataset": "none"}
    loader = {"dataset": {"pipeline": steps}}
    config = Config({"default_scope": "mmrsicc", "model": model, "test_dataloader": loader})
    init_default_scope("mmrsicc")
    torch.save({"state_dict": MODELS.build(model).state_dict()}, tmp_path / "d.pth")
    values = np.random.default_rng(0).integers(1, 4000, (5, 32, 32), dtype=np.uint16)
    values[4, 3] = values[0, 9, 9] = 0
    path = write_tiff(tmp_path / "a.tif", values, nodata=0)
    detector = TrainedDetector(config, tmp_path / "d.pth", "cpu")
    assert np.argwhere(~detector(path, path).valid).tolist() == [[9, 9]]


@pytest.mark.parametrize("kind", ["LoadTile", "mmrsicc.LoadBandTile"])
def test_a_detector_that_is_tested_on_tiles_reads_whole_files(tmp_path, kind):
    steps = [{"type": kind, "binary_mask": True, "cache_mb": 8}, {"type": "PackChangeInputs"}]
    model = {"type": "FCSiamDiff", "source_dataset": "none"}
    if kind != "LoadTile":
        model["statistics"] = {"before": {"mean": [2000.0] * 3, "std": [1000.0] * 3}}
    loader = {"dataset": {"pipeline": steps, "tile_size": 16}}
    config = Config({"default_scope": "mmrsicc", "model": model, "test_dataloader": loader})
    init_default_scope("mmrsicc")
    torch.save({"state_dict": MODELS.build(model).state_dict()}, tmp_path / "d.pth")
    values = np.random.default_rng(0).integers(1, 4000, (2, 5, 32, 48), dtype=np.uint16)
    files = [write_tiff(tmp_path / f"{i}.tif", bands) for i, bands in enumerate(values)]
    chosen = [write_tiff(tmp_path / f"rgb{i}.tif", bands[2::-1]) for i, bands in enumerate(values)]
    found = TrainedDetector(config, tmp_path / "d.pth", "cpu", bands=(3, 2, 1))(*files)
    expected = TrainedDetector(config, tmp_path / "d.pth", "cpu")(*chosen)
    assert found.scores.shape == (32, 48) and np.array_equal(found.scores, expected.scores)


def test_bands_are_chosen_and_a_range_is_refused(captioner):
    cfg = Config(captioner.model.cfg.to_dict())
    set_radiometry(cfg, None, (3, 2))
    assert cfg.test_dataloader.dataset.pipeline[0].after_bands == [3, 2]
    with pytest.raises(ValueError, match="leave out --range"):
        set_radiometry(cfg, (0, 3000), None)


@pytest.mark.parametrize(
    "config",
    [
        {
            "type": "SiameseChangeDetector",
            "backbone": {"type": "MixTransformer", "in_channels": 13},
        },
        {"type": "ChangeFormer", "backbone": {"type": "MixTransformer", "in_channels": 13}},
        {"type": "FCEF"},
        {"type": "FCSiamConc"},
        {"type": "DSCN"},
        {"type": "TinyCD"},
        {
            "type": "BIT",
            "backbone": {
                "type": "WidenedBackbone",
                "bands": 13,
                "backbone": {
                    "type": "mmpretrain.ResNet",
                    "depth": 18,
                    "out_indices": (2,),
                    "strides": (1, 2, 1, 1),
                },
            },
        },
        {
            "type": "ChangeMamba",
            "channels": 16,
            "backbone": {
                "type": "VMamba",
                "in_channels": 13,
                "channels": 8,
                "depths": (1, 1, 1, 1),
            },
        },
    ],
    ids=lambda config: config["type"],
)
def test_detectors_take_thirteen_bands(config):
    if config.get("backbone", {}).get("type") == "MixTransformer":
        small = {"channels": (8, 8, 16, 16), "depths": (1, 1, 1, 1), "num_heads": (1, 1, 2, 2)}
        config = {**config, "backbone": {**config["backbone"], **small}}
    statistics = {"before": {"mean": [0.0] * 13, "std": [1.0] * 13}}
    init_default_scope("mmrsicc")
    detector = MODELS.build({**config, "source_dataset": "none", "statistics": statistics}).eval()
    with torch.no_grad():
        logits = detector(tuple(torch.rand(2, 1, 13, 32, 32)))
    assert logits.shape == (1, 2, 32, 32)
