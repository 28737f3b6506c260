"""Every config's model on a GPU that is not there: fake CUDA tensors have shape, type and device.

Forward and loss in mixed precision must ask for no value (each look makes the host wait for the
GPU), mix no devices and give float32 losses. Without a real GPU PyTorch runs no backward pass on
fake CUDA tensors, so it is run on fake CPU tensors, in mixed precision too; there the kernels are
also checked for those that are not deterministic on a GPU.
"""

import json
from contextlib import contextmanager
from unittest import mock

import numpy as np
import pytest
import torch
from mmengine import Config
from mmengine.registry import init_default_scope
from test_configs import LEAVES, WORDS
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode, unset_fake_temporarily
from torch.utils._python_dispatch import TorchDispatchMode

from mmrsicc.models.backbones import FrozenBackbone
from mmrsicc.models.captioners import PairEncoder
from mmrsicc.models.change_detectors import cdformer, stack_masks
from mmrsicc.models.change_detectors import change_detector as detectors
from mmrsicc.models.change_detectors.mask_samples import labelled_pixels
from mmrsicc.models.heads import mask_head as mask_heads
from mmrsicc.models.losses import texts
from mmrsicc.registry import MODELS
from mmrsicc.structures import ChangeDataSample

aten = torch.ops.aten
SENTENCES = ["word1 word2", "word3 word1 word4", "word5"]
HALVES = (torch.float16, torch.bfloat16)

#: What `torch.use_deterministic_algorithms` refuses on a GPU, as far as models may meet it.
NOT_DETERMINISTIC = {
    aten._adaptive_avg_pool2d_backward,
    aten.adaptive_max_pool2d_backward,
    aten.avg_pool3d_backward,
    aten.cumsum,
    aten.grid_sampler_2d_backward,
    aten.histc,
    aten.median,
    aten.nll_loss2d_forward,
    aten.reflection_pad2d_backward,
    aten.upsample_bicubic2d_backward,
}


#: Configs of a quick run; with slow tests all.
QUICK = {"dfm_levircc", "chg2cap_levircc", "fc-siam-diff_sysu"}

#: What two configs of one model may differ in.
SOURCES = ("checkpoint", "decoding", "init_cfg", "made_by", "source_dataset", "tokenizer")
seen = set()


def described(model):
    """A model's config without where its weights and words come from."""
    if isinstance(model, dict):
        return {k: described(v) for k, v in model.items() if k not in SOURCES}
    return [*map(described, model)] if isinstance(model, (list, tuple)) else model


class NoInitialisation(TorchDispatchMode):
    """Leaves out random numbers: fake tensors have no values anyway, and they cost seconds."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func.overloadpacket in (aten.normal_, aten.uniform_, aten.erfinv_):
            return args[0]
        return func(*args, **(kwargs or {}))


class Kernels(TorchDispatchMode):
    """Collects the kernels that run."""

    def __init__(self):
        super().__init__()
        self.names = set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        whole = func.overloadpacket is aten.cumsum and not args[0].is_floating_point()
        if not whole:
            self.names.add(func.overloadpacket)
        return func(*args, **(kwargs or {}))


@contextmanager
def autocast(device, dtype):
    """``torch.autocast``, which for CUDA asks for a GPU."""
    before = torch.is_autocast_enabled(device), torch.get_autocast_dtype(device)
    torch.set_autocast_enabled(device, True)
    torch.set_autocast_dtype(device, dtype)
    torch.autocast_increment_nesting()
    try:
        yield
    finally:
        torch.autocast_decrement_nesting()
        torch.clear_autocast_cache()
        torch.set_autocast_enabled(device, before[0])
        torch.set_autocast_dtype(device, before[1])


def build(cfg):
    init_default_scope(cfg.default_scope)
    if "speaker" in cfg.model:
        cfg.model.speaker.tokenizer = {"type": "Vocabulary", "words": WORDS}
    with NoInitialisation(), torch.no_grad():
        model = MODELS.build(cfg.model).train()
    for part in model.modules():
        if hasattr(part, "prepare_texts"):
            prepare(part)
        if isinstance(part, FrozenBackbone):
            part.cache = None  # It looks at each image, once, to compute none of its maps again.
        if isinstance(part, PairEncoder):
            part.detector_cache = None  # As this does.
    return model


def prepare(loss):
    """Gives a text guidance its embeddings, of the width that its encoder would make."""
    embeddings = np.zeros((len(SENTENCES), loss.text_encoder.embed_dims), dtype=np.float16)
    with mock.patch.object(texts, "cached_embeddings", lambda *_: embeddings):
        loss.prepare_texts(SENTENCES, {"0": SENTENCES[:2]})


def move(model, mode, device):
    """Replaces the tensors of a model by fake ones on a device."""

    def fake(tensor):
        with mode:
            return mode.from_tensor(tensor.detach()).to(device)

    for module in model.modules():
        for name, own in module._parameters.items():
            if own is not None:
                module._parameters[name] = nn.Parameter(fake(own), own.requires_grad)
        for name, own in module._buffers.items():
            if own is not None:
                module._buffers[name] = fake(own)
        # Tensors that a module moves itself.
        for name, own in vars(module).items():
            if isinstance(own, torch.Tensor):
                setattr(module, name, fake(own))
    return model


def stack_real_masks(samples, logits):
    """``stack_masks`` on real masks: it looks at them where they are, before any copy."""
    with unset_fake_temporarily():
        labels = stack_masks(samples, torch.empty(logits.shape))
    return labels.to(logits.device)


def find_real_pixels(samples, size):
    """``labelled_pixels`` of real masks, likewise."""
    with unset_fake_temporarily():
        return labelled_pixels(samples, size)


def image_size(cfg):
    """Side of the images that a config's pipeline gives, 256 where it leaves them as they are."""
    steps = cfg.test_dataloader.dataset.pipeline
    scales = [step.scale[0] for step in steps if step.type == "ResizePair"]
    return scales[0] if scales else 256


def make_samples(size):
    samples = []
    for k, sentences in enumerate((SENTENCES[:2], SENTENCES[2:])):
        sample = ChangeDataSample(metainfo={"pair_id": str(k), "img_shape": (size, size)})
        sample.gt_captions = sample.targets = sentences
        sample.change_flag = 1 - k
        sample.gt_mask = torch.zeros(size, size, dtype=torch.uint8)
        samples.append(sample)
    return samples


def losses_of(model, mode, device, dtype, size):
    """Terms of the loss of a fake batch of uint8 images."""
    samples = make_samples(size)
    # cuDNN would be asked for its version, which takes a GPU.
    with mode, autocast(device, dtype), torch.backends.cudnn.flags(enabled=False):
        normalizer = (model if hasattr(model, "normalizer") else model.encoder).normalizer
        images = [
            torch.zeros(2, bands, size, size, dtype=torch.uint8, device=device)
            for bands in normalizer.bands
        ]
        return model(images, samples, mode="loss")


@pytest.fixture(autouse=True)
def _prepared(monkeypatch):
    for module in (detectors, mask_heads):
        monkeypatch.setattr(module, "stack_masks", stack_real_masks)
    monkeypatch.setattr(cdformer, "labelled_pixels", find_real_pixels)
    torch.use_deterministic_algorithms(True)
    yield
    torch.use_deterministic_algorithms(False)


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=path.stem, marks=() if path.stem in QUICK else pytest.mark.slow)
        for path in LEAVES
    ],
)
def test_the_model_learns_in_mixed_precision_without_a_look_at_values(path):
    cfg = Config.fromfile(path)
    # A reward is for sentences that were drawn, and became text on the host.
    cfg.model.get("speaker", {}).pop("reward", None)
    key = json.dumps(described(cfg.model.to_dict()), sort_keys=True, default=str)
    if key in seen:
        pytest.skip("the model is that of another config")
    if cfg.get("train_cfg") is None:
        pytest.skip("the model has nothing to train")
    # VMamba's scans are loops over the places, a kernel each.
    size = 32 if "VMamba" in key else image_size(cfg)
    model = build(cfg)
    for device, halves in (("cuda", HALVES), ("cpu", HALVES[1:])):
        if device == "cuda" and '"gru"' in key and not torch.cuda.is_available():
            continue  # The GRU's fused cell has no fake kernel, and would be tried out.
        mode = FakeTensorMode(allow_non_fake_inputs=True)
        move(model, mode, device)
        for dtype in halves:
            terms = losses_of(model, mode, device, dtype, size)
            losses = [term for name, term in terms.items() if "loss" in name]
            assert losses and all(term.device.type == device for term in terms.values())
            assert {(loss.dtype, loss.shape) for loss in losses} == {(torch.float32, ())}
        if device == "cpu" or torch.cuda.is_available():
            with mode, Kernels() as kernels:
                sum(losses).backward()
            without = [n for n, p in model.named_parameters() if p.requires_grad and p.grad is None]
            assert without == []
            assert kernels.names & NOT_DETERMINISTIC == set()
    seen.add(key)
