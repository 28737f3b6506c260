"""What a run sets for the device that it finds."""

import os

import pytest
import torch
from mmengine import Config
from mmengine.runner import Runner

from mmrsicc.utils.launch import set_device_options, set_mixed_precision

RESIZE = [{"type": "LoadPair"}, {"type": "ResizePair", "scale": (32, 32)}]


def make_config(test_pipeline=RESIZE, **changes):
    return Config(
        {
            "train_dataloader": {"dataset": {"pipeline": RESIZE}},
            "val_dataloader": None,
            "test_dataloader": {"dataset": {"pipeline": test_pipeline}},
            "optim_wrapper": {"type": "OptimWrapper", "optimizer": {"type": "AdamW"}},
            "env_cfg": {},
            **changes,
        }
    )


@pytest.fixture
def gpu(monkeypatch):
    """A GPU as far as asking for one goes."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    yield
    torch.set_float32_matmul_precision("highest")


@pytest.mark.usefixtures("gpu")
def test_a_gpu_gets_pinned_stacked_batches_tf32_and_a_fused_optimiser():
    cfg = make_config()
    set_device_options(cfg)
    assert torch.get_float32_matmul_precision() == "high"
    for loader in (cfg.train_dataloader, cfg.test_dataloader):
        assert loader.pin_memory is True
        assert loader.collate_fn == {"type": "stack_pairs"}
    assert cfg.optim_wrapper.optimizer.fused is True
    assert cfg.env_cfg.cudnn_benchmark is True


@pytest.mark.usefixtures("gpu")
def test_kept_pairs_are_resized_too():
    cfg = make_config(test_pipeline=[{"type": "KeptPair", "transforms": RESIZE}])
    set_device_options(cfg)
    assert cfg.env_cfg.cudnn_benchmark is True


@pytest.mark.usefixtures("gpu")
def test_what_the_config_says_stays():
    cfg = make_config(env_cfg={"cudnn_benchmark": False})
    cfg.train_dataloader.pin_memory = False
    cfg.optim_wrapper.optimizer = {"type": "AdamW", "fused": False}
    set_device_options(cfg)
    assert cfg.train_dataloader.pin_memory is False
    assert cfg.optim_wrapper.optimizer.fused is False
    assert cfg.env_cfg.cudnn_benchmark is False
    other = make_config(optim_wrapper={"optimizer": {"type": "Lion"}})
    set_device_options(other)
    assert "fused" not in other.optim_wrapper.optimizer


@pytest.mark.usefixtures("gpu")
def test_images_of_several_sizes_or_a_repeatable_run_choose_no_kernels_by_their_speed(monkeypatch):
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    several = make_config(test_pipeline=[{"type": "LoadPair"}])
    set_device_options(several)
    assert several.env_cfg.cudnn_benchmark is False
    assert "CUBLAS_WORKSPACE_CONFIG" not in os.environ
    repeatable = make_config(randomness={"seed": 1, "deterministic": True})
    set_device_options(repeatable)
    assert repeatable.env_cfg.cudnn_benchmark is False
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"


def test_a_cpu_is_left_as_it_is():
    cfg = make_config()
    set_device_options(cfg)
    assert cfg.to_dict() == make_config().to_dict()
    assert torch.get_float32_matmul_precision() == "highest"
    for asked in (None, "fp16"):
        with pytest.raises(ValueError, match="--amp needs a GPU, and there is none"):
            set_mixed_precision(cfg, asked)
    set_mixed_precision(cfg, "bf16")
    assert cfg.optim_wrapper.type == "BFloat16OptimWrapper"


@pytest.mark.usefixtures("gpu")
@pytest.mark.parametrize(
    ("asked", "has_bf16", "dtype", "scale"),
    [
        (None, True, "bfloat16", 1.0),
        (None, False, "float16", "dynamic"),
        ("fp16", True, "float16", "dynamic"),
        ("bf16", False, "bfloat16", 1.0),
    ],
)
def test_mixed_precision_is_what_is_asked_or_what_the_gpu_has(
    monkeypatch, asked, has_bf16, dtype, scale
):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: has_bf16)
    cfg = make_config()
    set_mixed_precision(cfg, asked)
    wrapper = cfg.optim_wrapper
    assert (wrapper.type, wrapper.dtype, wrapper.loss_scale) == ("AmpOptimWrapper", dtype, scale)


def test_the_runner_finds_the_collate_function():
    import mmrsicc.datasets.registered  # noqa: F401

    loader = {
        "batch_size": 2,
        "dataset": [
            {"inputs": (torch.zeros(3, 4, 4), torch.ones(3, 4, 4)), "data_samples": k}
            for k in range(2)
        ],
        "sampler": {"type": "DefaultSampler", "shuffle": False},
        "collate_fn": {"type": "stack_pairs"},
    }
    (batch,) = Runner.build_dataloader(loader)
    assert [date.shape for date in batch["inputs"]] == [(2, 3, 4, 4)] * 2
    assert batch["data_samples"] == [0, 1]
