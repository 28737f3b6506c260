"""Captioning without PyTorch: the runtime is here, the export in ``onnx_export.py``."""

from mmrsicc.deployment.onnx_captioner import OnnxCaption, OnnxCaptioner

__all__ = ["OnnxCaption", "OnnxCaptioner"]
