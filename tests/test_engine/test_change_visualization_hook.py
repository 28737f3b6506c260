"""Pictures after validation and test."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from data.make_levir_layout import make_levir_cc
from mmengine.visualization import Visualizer
from PIL import Image
from test_apis.conftest import write_checkpoint

from mmrsicc.apis import init_captioner
from mmrsicc.datasets import LEVIRMCIDataset
from mmrsicc.datasets.transforms import LoadPair, PackChangeInputs, ResizePair
from mmrsicc.engine.hooks import ChangeVisualizationHook
from mmrsicc.models import PairDataPreprocessor
from mmrsicc.models.captioners import ConstantCaptioner


@pytest.fixture
def dataset(tmp_path):
    root = make_levir_cc(tmp_path / "data", pairs=(1, 5, 5), masks=True)
    pipeline = [LoadPair(), PackChangeInputs()]
    found = LEVIRMCIDataset(data_root=str(root), split="test", pipeline=pipeline, test_mode=True)
    found.get_data_info = lambda i, get=found.get_data_info: get(4 - i)  # ids from last to first
    return found


def make_runner(dataset, **fields):
    model = ConstantCaptioner("a house is built").eval()
    model.data_preprocessor = PairDataPreprocessor()
    loader = SimpleNamespace(dataset=dataset)
    return SimpleNamespace(
        model=model, val_dataloader=loader, test_dataloader=loader, iter=7, **fields
    )


def test_the_first_pairs_by_id_become_files(dataset, tmp_path):
    hook = ChangeVisualizationHook(num_pairs=2, out_dir=str(tmp_path / "out"))
    hook.after_test_epoch(make_runner(dataset))
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["test_000000.png", "test_000001.png"]
    with Image.open(tmp_path / "out" / names[0]) as picture:
        assert picture.width == 3 * 380 + 2 * 12 + 2 * 24  # both dates, and the annotated mask


def test_pictures_go_to_the_visualizers_backends(dataset, tmp_path):
    backends = [{"type": "LocalVisBackend"}, {"type": "TensorboardVisBackend"}]
    visualizer = Visualizer(name="pictures", vis_backends=backends, save_dir=str(tmp_path))
    runner = make_runner(dataset, visualizer=visualizer)
    ChangeVisualizationHook(num_pairs=3).after_val_epoch(runner)
    visualizer.close()
    files = sorted(path.name for path in tmp_path.glob("**/vis_image/*.png"))
    assert files == [f"test_{i:06d}_7.png" for i in range(3)]
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    (events,) = tmp_path.glob("**/events.out.tfevents.*")
    log = EventAccumulator(str(events)).Reload()
    assert log.Tags()["images"] == [f"test_{i:06d}" for i in range(3)]
    (entry,) = log.Images("test_000000")
    assert entry.step == 7 and entry.width == 3 * 380 + 2 * 12 + 2 * 24


@pytest.mark.parametrize("training", [False, True])
def test_training_goes_on_as_without_the_hook(dataset, tmp_path, training):
    runner = make_runner(dataset)
    model = init_captioner(None, write_checkpoint(tmp_path / "noise.pth")).train(training)
    assert any(isinstance(m, torch.nn.Dropout) and m.p > 0 for m in model.modules())
    runner.model = model
    dataset.pipeline.transforms.insert(1, ResizePair((64, 64)))  # the backbone wants as much
    modes = [module.training for module in model.modules()]
    weights = {key: value.clone() for key, value in model.state_dict().items()}
    states = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    ChangeVisualizationHook(out_dir=str(tmp_path / "out")).after_val_epoch(runner)
    assert torch.equal(torch.get_rng_state(), states[0])
    np.testing.assert_array_equal(np.random.get_state()[1], states[1])  # noqa: NPY002
    assert [module.training for module in model.modules()] == modes
    for key, value in model.state_dict().items():
        assert torch.equal(value, weights[key]), key
    assert all(parameter.grad is None for parameter in model.parameters())


def test_no_pairs_are_refused():
    with pytest.raises(ValueError, match="at least one pair"):
        ChangeVisualizationHook(num_pairs=0)
