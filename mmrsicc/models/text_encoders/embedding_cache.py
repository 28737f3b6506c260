"""Sentence embeddings on disk: every distinct sentence is encoded once, ever."""

from hashlib import sha1
from pathlib import Path
from typing import Protocol

import numpy as np
from mmengine.dist import broadcast_object_list, is_main_process
from mmengine.logging import print_log

from mmrsicc.utils import atomic_path


class TextEncoder(Protocol):
    """A frozen sentence encoder."""

    embed_dims: int

    @property
    def name(self) -> str:
        """What tells its embeddings from another encoder's."""

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
    result: list[np.ndarray | None] = [None]
    if is_main_process():
        result[0] = _look_up(encoder, sentences, Path(cache_dir) / f"{encoder.name}.npz")
    broadcast_object_list(result)
    assert result[0] is not None
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
