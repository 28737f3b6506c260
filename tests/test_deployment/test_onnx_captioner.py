"""The exported model against the PyTorch model."""

import json
import shutil
import subprocess
import sys

import cv2
import numpy as np
import pytest
import torch
from mmengine import Config

from mmrsicc.apis import ChangeCaptionInferencer, image_pipeline, init_captioner
from mmrsicc.deployment import OnnxCaptioner
from mmrsicc.deployment.onnx_captioner import _mask
from mmrsicc.deployment.onnx_export import OPSET, export_onnx
from mmrsicc.models.layers.tokens import TokenMask


@pytest.fixture(scope="module")
def captioner(exported):
    return OnnxCaptioner(exported, threads=1)


def noise_pairs(seed, height=32, width=48, count=8):
    random = np.random.default_rng(seed)
    contrast = random.uniform(0.05, 1, (count, 2, 1, 1, 1))
    images = random.integers(0, 256, (count, 2, height, width, 3)) * contrast
    return [(before, after) for before, after in images.astype(np.uint8)]


def torch_samples(model, pairs):
    """What PyTorch says, behind the config's own transforms."""
    _, resize, pack = image_pipeline(model).transforms
    packed = [pack(resize({"before": before, "after": after})) for before, after in pairs]
    inputs = [list(date) for date in zip(*(entry["inputs"] for entry in packed), strict=True)]
    return model.test_step({"inputs": inputs, "data_samples": None})


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("size", [(32, 48), (51, 40)])
def test_says_what_pytorch_says(model, captioner, seed, size):
    pairs = noise_pairs(seed, *size)
    expected = torch_samples(model, pairs)
    for batch_size in (1, 3, 8):
        found = captioner(pairs, batch_size)
        assert [f.caption for f in found] == [e.pred_caption for e in expected]
        np.testing.assert_allclose(
            [f.score for f in found], [e.pred_score for e in expected], rtol=1e-4
        )


def test_sentences_of_a_batch_end_at_different_steps(captioner):
    lengths = [len(f.caption.split()) for f in captioner(noise_pairs(0, count=32), 32)]
    assert len(set(lengths)) > 2
    assert max(lengths) == 9  # Also one that meets the length limit, and is kept.


def test_mask_is_pytorchs(model, captioner):
    pairs = noise_pairs(5)
    expected = np.stack([sample.pred_mask.numpy() for sample in torch_samples(model, pairs)])
    assert 0 < expected.mean() < 1
    np.testing.assert_array_equal([found.mask for found in captioner(pairs)], expected)


def test_mask_has_the_size_of_the_images(captioner):
    (found,) = captioner(noise_pairs(5, 51, 40, count=1))
    assert found.mask.shape == (51, 40) and set(np.unique(found.mask)) == {0, 1}


@pytest.fixture(scope="module")
def three_classes(config, tmp_path_factory):
    """A mask head of unchanged, road and building in PyTorch, and its export."""
    for package in ("onnx", "onnxruntime", "onnxscript"):
        pytest.importorskip(package, reason=f"pip install {package}")
    folder = tmp_path_factory.mktemp("three")
    cfg = Config.fromfile(config)
    cfg.model.encoder.change_detector = None
    cfg.model.encoder.mask_head = dict(type="MaskHead", num_classes=3, channels=32)
    torch.manual_seed(0)
    model = init_captioner(cfg, None)
    torch.nn.init.normal_(model.encoder.mask_head.fuse[-1].weight)
    torch.save({"state_dict": model.state_dict()}, folder / "model.pth")
    export_onnx(model, folder / "exported")
    captioner = OnnxCaptioner(folder / "exported", threads=1)
    return ChangeCaptionInferencer(cfg, folder / "model.pth", "cpu"), captioner


@pytest.mark.parametrize("size", [(32, 48), (51, 40)])
def test_classes_of_a_mask_head_are_pytorchs(three_classes, size):
    reference, captioner = three_classes
    pairs = noise_pairs(5, *size)
    expected = np.stack([result.mask for result in reference(pairs, progress=False)])
    found = np.stack([caption.mask for caption in captioner(pairs)])
    assert set(np.unique(expected)) == {0, 1, 2}
    assert found.shape == (8, *size) and found.dtype == np.uint8
    # Pixels where two classes are equally likely may fall to either side.
    assert np.mean(found != expected) < 1e-3


@pytest.mark.parametrize("certain", range(3))
def test_a_certain_class_fills_the_mask(certain):
    """A certain building was no change: only the first two classes were compared."""
    logits = np.zeros((3, 4, 6), np.float32)
    logits[certain] = 9
    assert np.array_equal(_mask(logits, (8, 12, 3)), np.full((8, 12), certain))


@torch.no_grad()
def test_graphs_compute_what_pytorch_does(model, exported):
    """Memory, and logits and cache of three words from an empty past on, for 1 and 5 pairs."""
    import onnxruntime

    encoder = onnxruntime.InferenceSession(exported / "encoder.onnx")
    step = onnxruntime.InferenceSession(exported / "step.onnx")
    names = [given.name for given in step.get_inputs()]
    for batch in (1, 5):
        pairs = torch.randint(0, 256, (batch, 2, 3, 32, 48), dtype=torch.uint8)
        difference = model.encoder(pairs[:, 0], pairs[:, 1])
        state = model.speaker.head.start(difference)
        memory = [tensor.numpy() for pair in state.memory for tensor in pair]
        expected_outputs = [*memory, difference.logits.numpy()]
        outputs = encoder.run(None, {"pairs": pairs.numpy()})
        for output, wanted in zip(outputs, expected_outputs, strict=True):
            np.testing.assert_allclose(output, wanted, atol=1e-4, rtol=1e-4)
        past = [np.zeros((batch, 4, 0, 8), np.float32)] * 4
        for word in (2, 7, 5):
            ids = torch.full((batch,), word)
            expected, state = model.speaker.head.step(ids, state)
            feeds = dict(zip(names, [ids.numpy(), *memory, *past], strict=True))
            logits, *past = step.run(None, feeds)
            np.testing.assert_allclose(logits, expected, atol=1e-5, rtol=1e-5)
        kept = [tensor for pair in state.past for tensor in pair]
        for found, wanted in zip(past, kept, strict=True):
            np.testing.assert_allclose(found, wanted, atol=1e-5, rtol=1e-5)


def test_graphs_are_valid_and_of_the_stated_opset(exported):
    import onnx

    for name in ("encoder.onnx", "step.onnx"):
        graph = onnx.load(exported / name)
        onnx.checker.check_model(graph, full_check=True)
        assert [entry.version for entry in graph.opset_import if not entry.domain] == [OPSET]
    assert sorted(p.name for p in exported.iterdir()) == [
        "encoder.onnx",
        "model.json",
        "step.onnx",
    ]


def test_runs_without_torch(exported):
    code = (
        "import sys\nfrom mmrsicc.deployment import OnnxCaptioner\nimport numpy as np\n"
        "image = np.zeros((32, 48, 3), np.uint8)\n"
        f"print(OnnxCaptioner({str(exported)!r}, 1)([(image, image)])[0].caption)\n"
        "assert not {'torch', 'mmengine', 'mmcv'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_broken_folders_are_refused(exported, tmp_path):
    with pytest.raises(FileNotFoundError, match="mmrsicc export"):
        OnnxCaptioner(tmp_path)
    settings = json.loads((exported / "model.json").read_text())
    (tmp_path / "model.json").write_text(json.dumps(settings))
    with pytest.raises(FileNotFoundError, match=r"encoder\.onnx: copy the whole folder"):
        OnnxCaptioner(tmp_path)
    (tmp_path / "model.json").write_text(json.dumps({**settings, "format": 0}))
    with pytest.raises(ValueError, match="export the model again"):
        OnnxCaptioner(tmp_path)


def test_broken_pairs_are_refused(captioner):
    image = np.zeros((32, 48, 3), np.uint8)
    for pair, message in (
        ((image, image[:20]), "sizes differ"),
        ((image, image.astype(np.float32)), r"after is \(32, 48, 3\) float32"),
        ((image[..., 0], image), r"before is \(32, 48\) uint8"),
    ):
        with pytest.raises(ValueError, match=message):
            captioner([pair])
    with pytest.raises(ValueError, match="batch_size"):
        captioner([], 0)


def test_scores_that_are_not_finite_are_refused(captioner, monkeypatch):
    step = captioner._step

    class Diverged:
        def run(self, names, inputs):
            logits, *rest = step.run(names, inputs)
            return [np.full_like(logits, np.nan), *rest]

    monkeypatch.setattr(captioner, "_step", Diverged())
    image = np.zeros((32, 48, 3), np.uint8)
    with pytest.raises(ValueError, match=r"pair 1 of a batch .*not finite"):
        captioner([(image, image)])


def test_bands_beyond_those_that_opencv_takes_are_resized(captioner, monkeypatch):
    monkeypatch.setitem(captioner.settings, "bands", [200, 200])
    bands = np.random.default_rng(0).random((9, 9, 200), np.float32)
    before, after = captioner._resized(bands, bands)
    height, width = captioner.settings["size"]
    assert before.shape == (200, height, width) and np.array_equal(before, after)
    alone = cv2.resize(bands[..., 150], (width, height), interpolation=cv2.INTER_LINEAR)
    np.testing.assert_allclose(before[150], alone, rtol=1e-5)


def test_models_that_cannot_be_exported_are_refused(config, tmp_path):
    pytest.importorskip("onnxscript", reason="pip install onnx onnxruntime onnxscript")
    model = init_captioner(config, None)
    model.cfg.test_dataloader.dataset.pipeline.pop(1)
    with pytest.raises(ValueError, match="LoadPair, PackChangeInputs: the exported model knows"):
        export_onnx(model, tmp_path / "out")
    model.speaker.head = torch.nn.Identity()
    with pytest.raises(ValueError, match="TransformerCaptionHead can be exported"):
        export_onnx(model, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("told", ["token_mask", "flag", "tokenizer"])
def test_models_whose_sentences_would_differ_are_refused_and_an_earlier_export_stays(
    config, exported, tmp_path, told
):
    pytest.importorskip("onnxscript", reason="pip install onnx onnxruntime onnxscript")
    model = init_captioner(config, None)
    if told == "flag":
        model.speaker.head.reads_flag = True
    elif told == "tokenizer":
        model.speaker.tokenizer = object()
    else:
        model.speaker.token_mask = TokenMask(0.5)
    out = shutil.copytree(exported, tmp_path / "out")
    with pytest.raises(ValueError, match=r"the (captioner (weighs|reads)|tokenizer is object)"):
        export_onnx(model, out)
    assert OnnxCaptioner(out)
