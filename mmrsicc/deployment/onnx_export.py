"""Writes a captioner as two ONNX graphs and a file of settings.

``encoder.onnx`` goes from images to the keys and values of the difference tokens; ``step.onnx`` is
one word of the caption head with its cache. :class:`~mmrsicc.deployment.OnnxCaptioner` runs them.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.export import Dim

from mmrsicc.apis import band_loading, image_pipeline
from mmrsicc.datasets.transforms import LoadBands, LoadPair, PackChangeInputs, ResizePair
from mmrsicc.deployment.onnx_captioner import ENCODER_FILE, STEP_FILE
from mmrsicc.deployment.settings import FORMAT, SETTINGS_FILE
from mmrsicc.models import ChangeCaptioner, TransformerCaptionHead
from mmrsicc.models.heads import TransformerState
from mmrsicc.models.layers import KeysValues
from mmrsicc.tokenizers import Vocabulary
from mmrsicc.utils import atomic_path
from mmrsicc.utils.extras import import_extra
from mmrsicc.version import __version__

#: Version of the ONNX operators that the graphs use.
OPSET = 18


class EncoderGraph(nn.Module):
    """Pairs (B, 2, 3, H, W) uint8 RGB to the memory's keys and values, and mask logits if any."""

    def __init__(self, model: ChangeCaptioner) -> None:
        super().__init__()
        self.model = model

    def forward(self, pairs: Tensor) -> tuple[Tensor, ...]:
        """Per layer keys and values (B, heads, N, d); then logits (B, classes, H, W), if any."""
        return self._outputs(pairs[:, 0], pairs[:, 1])

    def _outputs(self, before: Tensor, after: Tensor) -> tuple[Tensor, ...]:
        features = self.model.encoder(before, after)
        outputs = _flat(self.model.speaker.head.start(features).memory)
        if features.logits is not None:
            outputs.append(features.logits)
        return tuple(outputs)


class BandEncoderGraph(EncoderGraph):
    """Encoder of a model that reads bands, from both dates (B, C_t, H, W) float32."""

    def forward(self, before: Tensor, after: Tensor) -> tuple[Tensor, ...]:  # type: ignore[override]
        """Returns what :class:`EncoderGraph` does."""
        return self._outputs(before, after)


class StepGraph(nn.Module):
    """One step of the caption head. An empty past, (B, heads, 0, d), starts a sentence."""

    def __init__(self, head: TransformerCaptionHead) -> None:
        super().__init__()
        self.head = head

    def forward(
        self, ids: Tensor, memory: Sequence[Tensor], past: Sequence[Tensor]
    ) -> tuple[Tensor, ...]:
        """Last ids (B,), keys and values of memory and past; logits (B, V) and the new past."""
        state = TransformerState(_pairs(memory), list(_pairs(past)), past[0].shape[2])
        logits, state = self.head.step(ids, state)
        return logits, *_flat([kv for kv in state.past if kv is not None])


def export_onnx(model: ChangeCaptioner, folder: str | Path, int8: bool = False) -> None:
    """Writes a captioner's graphs and settings; an earlier export in the folder is replaced.

    Args:
        model: From :func:`mmrsicc.apis.init_captioner`, on the CPU. Its strategy's length limit and
            penalty go along; the exported model searches greedily, without a change decision.
        folder: Is made if it is not there.
        int8: Quantise the weights of linear layers to 8 bits and their inputs as they come
            (onnxruntime's dynamic quantisation). Convolutions stay as they are: in 8 bits,
            onnxruntime's take several times as long on a CPU.

    Raises:
        ValueError: If the model cannot be exported: its head is no TransformerCaptionHead, or is
            told a mask or flag, or its test pipeline does more than load and resize.
        ImportError: If onnx, onnxscript or onnxruntime is not installed, or torch is too old.
    """
    _require_packages()
    settings = _settings(model)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".export.") as scratch:
        _write_graphs(model, settings["size"], Path(scratch))
        graphs = {name: Path(scratch) / name for name in (ENCODER_FILE, STEP_FILE)}
        if int8:
            graphs = {name: _quantised(graph) for name, graph in graphs.items()}
        for graph in graphs.values():
            _check(graph)
        # An earlier export is whole until all graphs of this one are.
        (folder / SETTINGS_FILE).unlink(missing_ok=True)
        for name, graph in graphs.items():
            with atomic_path(folder / name) as path:
                shutil.copyfile(graph, path)
    settings["precision"] = "int8" if int8 else "float32"
    with atomic_path(folder / SETTINGS_FILE) as path:
        path.write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")


def _settings(model: ChangeCaptioner) -> dict[str, Any]:
    """Settings that the runtime needs beside the graphs."""
    speaker: Any = getattr(model, "speaker", None)
    if not isinstance(getattr(speaker, "head", None), TransformerCaptionHead):
        raise ValueError(
            "only a ChangeCaptioner with a TransformerCaptionHead can be exported, since step.onnx "
            "takes that head's state: give such a config"
        )
    if speaker.token_mask is not None or speaker.head.reads_flag:
        what = "weighs tokens by a mask" if speaker.token_mask else "reads a change flag"
        raise ValueError(
            f"the captioner {what}, which the graphs do not compute: give a model without "
            "token_mask and flag_condition"
        )
    if not isinstance(speaker.tokenizer, Vocabulary):
        raise ValueError(
            f"the tokenizer is {type(speaker.tokenizer).__name__}, but the exported model joins "
            "the words of a Vocabulary: give a model with one"
        )
    bands = {}
    if band_loading(model) is not None:
        bands["bands"] = model.encoder.normalizer.bands
    tokenizer = model.speaker.tokenizer
    special = [tokenizer.pad_id, tokenizer.unk_id, tokenizer.start_id, tokenizer.end_id]
    return {
        "format": FORMAT,
        "mmrsicc": __version__,
        "opset": OPSET,
        "size": _input_size(model),
        **bands,
        "start_id": tokenizer.start_id,
        "end_id": tokenizer.end_id,
        "special_ids": special,
        "max_length": model.speaker.decoding.max_length,
        "length_penalty": model.speaker.decoding.length_penalty,
        "words": tokenizer.words,
    }


def _input_size(model: ChangeCaptioner) -> tuple[int, int]:
    """(height, width) to which the model's test pipeline resizes."""
    steps = image_pipeline(model).transforms
    kinds = [type(step) for step in steps]
    if kinds[:1] not in ([LoadPair], [LoadBands]) or kinds[1:] != [ResizePair, PackChangeInputs]:
        names = ", ".join(type(step).__name__ for step in steps)
        raise ValueError(
            f"the test pipeline is {names}: the exported model knows LoadPair or LoadBands, "
            "ResizePair, PackChangeInputs and nothing else. Bring it to that"
        )
    size = (steps[1].height, steps[1].width)
    divisor = model.data_preprocessor.size_divisor
    if size[0] % divisor or size[1] % divisor:
        raise ValueError(
            f"ResizePair(scale={size}) gives images that size_divisor={divisor} would pad: choose "
            "a scale that it divides"
        )
    return size


@torch.no_grad()
def _write_graphs(model: ChangeCaptioner, size: tuple[int, int], folder: Path) -> None:
    # Exporting keeps sizes of 0 and 1 as they are: the examples have 2 of whatever varies. That it
    # is DYNAMIC makes the exporter fail rather than keep the 2 as well.
    encoder: nn.Module
    if band_loading(model) is not None:
        images = tuple(torch.zeros(2, n, *size) for n in model.encoder.normalizer.bands)
        encoder, given = BandEncoderGraph(model).eval(), ["before", "after"]
    else:
        images = (torch.zeros(2, 2, 3, *size, dtype=torch.uint8),)
        encoder, given = EncoderGraph(model).eval(), ["pairs"]
    with _plain_transformer_layers():
        outputs = encoder(*images)
        layers = range(len(model.speaker.head.layers))
        names = [f"{kind}_{layer}" for layer in layers for kind in ("keys", "values")]
        memory, mask = list(outputs[: len(names)]), outputs[len(names) :]
        _export(
            encoder,
            images,
            folder / ENCODER_FILE,
            input_names=given,
            output_names=[*(f"memory_{name}" for name in names), *["mask_logits"] * len(mask)],
            dynamic_shapes=tuple({0: Dim.DYNAMIC} for _ in given),
        )
        past = [torch.zeros_like(kept[:, :, :2]) for kept in memory]
        _export(
            StepGraph(model.speaker.head).eval(),
            (torch.zeros(2, dtype=torch.long), memory, past),
            folder / STEP_FILE,
            input_names=[
                "ids",
                *(f"memory_{name}" for name in names),
                *(f"past_{name}" for name in names),
            ],
            output_names=["logits", *(f"grown_{name}" for name in names)],
            dynamic_shapes=(
                {0: Dim.DYNAMIC},
                [{0: Dim.DYNAMIC} for _ in names],
                [{0: Dim.DYNAMIC, 2: Dim.DYNAMIC} for _ in names],
            ),
        )


def _export(graph: nn.Module, example: tuple, path: Path, **names: Any) -> None:
    # Not the older exporter of TorchScript graphs: it cannot average a small map onto a larger
    # grid, as JFM does with its coarsest scale.
    torch.onnx.export(
        graph,
        example,
        path,
        dynamo=True,
        opset_version=OPSET,
        external_data=False,
        verbose=False,
        **names,
    )


@contextmanager
def _plain_transformer_layers() -> Iterator[None]:
    """PyTorch's encoder layers as single operations, not as one that ONNX does not know."""
    enabled = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(enabled)


def _quantised(graph: Path) -> Path:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    target = graph.with_suffix(".int8.onnx")
    quantize_dynamic(
        graph, target, op_types_to_quantize=["MatMul", "Gemm"], weight_type=QuantType.QInt8
    )
    return target


def _check(graph: Path) -> None:
    import onnx

    onnx.checker.check_model(graph, full_check=True)


def _require_packages() -> None:
    for name in ("onnx", "onnxruntime", "onnxscript"):
        import_extra(name)
    if not hasattr(Dim, "DYNAMIC"):
        raise ImportError(
            f"exporting needs a newer torch than {torch.__version__}: "
            "pip install --upgrade torch torchvision"
        )


def _flat(pairs: Sequence[KeysValues]) -> list[Tensor]:
    return [tensor for pair in pairs for tensor in pair]


def _pairs(flat: Sequence[Tensor]) -> list[KeysValues]:
    return list(zip(flat[::2], flat[1::2], strict=True))
