"""Text-guided Gated Contrastive Loss: text guides the vision encoder."""

from collections.abc import Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.models.text_encoders import cached_embeddings
from mmrsicc.registry import MODELS
from mmrsicc.structures import ChangeDataSample, DifferenceFeatures
from mmrsicc.utils import gather_with_gradient


class Projection(nn.Module):
    """Two-layer projection with a skip connection, as contrastive vision-text models use it.

    Args:
        in_channels: Channels of the input.
        channels: Channels of the output.
        dropout: Dropout probability.
    """

    def __init__(self, in_channels: int, channels: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.enter = nn.Linear(in_channels, channels)
        self.refine = nn.Sequential(nn.GELU(), nn.Linear(channels, channels), nn.Dropout(dropout))
        self.norm = nn.LayerNorm(channels)

    def forward(self, x: Tensor) -> Tensor:
        """(B, in_channels) to (B, channels) vectors of length 1."""
        x = self.enter(x)
        return F.normalize(self.norm(x + self.refine(x)), dim=-1)


def gated_contrastive_loss(logits: Tensor, gate: Tensor) -> Tensor:
    """Each row's own positive against its true negatives, averaged over rows that have one.

    ``-log( e^l_ii / (e^l_ii + sum_{k != i} (1 - g_ik) e^l_ik) )``. With the gate closed everywhere
    this is the cross-entropy of CLIP.

    Args:
        logits: (B, B) similarities over temperature.
        gate: (B, B) in [0, 1]; 1 takes a pair out of the negatives. Its diagonal is not used.

    Returns:
        A scalar; zero, with zero gradients, if no row has a true negative.
    """
    weights = (1 - gate).fill_diagonal_(0)
    # Rounding must not leave a faint negative: a low temperature would blow it up.
    weights = weights.masked_fill(weights < 1e-6, 0)
    valid = weights.sum(1) > 1e-3
    if not valid.any():
        return logits.sum() * 0
    negatives = (logits + weights.log())[valid].logsumexp(1)
    return F.softplus(negatives - logits.diagonal()[valid]).mean()


@MODELS.register_module()
class TGCL(nn.Module):
    """Text-guided Gated Contrastive Loss of DFM (re-implementation from the abstract).

    The pooled difference is drawn to the frozen embedding of its caption and away from those of
    other pairs, symmetrically over both modalities and over the batch of all processes. In change
    captioning half of a batch may share one meaning ("nothing changed"), so a gate computed from
    the pairs' caption prototypes (the mean embedding of all references) takes pairs of like
    meaning out of the negatives. Nothing flows back to the text side but through its projection.

    Args:
        in_channels: Channels of the pooled difference.
        text_encoder: Config of the frozen sentence encoder.
        gate: Config of the gate; None closes it, which is CLIP's loss.
        projection_dims: Channels of the common space.
        temperature: Initial temperature; learned within ``temperature_range``.
        temperature_range: Bounds of the temperature.
        loss_weight: Weight lambda of the term.
        cache_dir: Folder of the embedding cache.
    """

    def __init__(
        self,
        in_channels: int,
        text_encoder: dict,
        gate: dict | None = None,
        projection_dims: int = 256,
        temperature: float = 0.07,
        temperature_range: tuple[float, float] = (0.01, 0.5),
        loss_weight: float = 0.1,
        cache_dir: str | Path = "work_dirs/text_embeddings",
    ) -> None:
        super().__init__()
        self.text_encoder = MODELS.build(text_encoder)
        self.gate = None if gate is None else MODELS.build(gate)
        self.visual_projection = Projection(in_channels, projection_dims)
        self.text_projection = Projection(self.text_encoder.embed_dims, projection_dims)
        self.temperature = nn.Parameter(torch.tensor(temperature))
        self.temperature_range = temperature_range
        self.loss_weight = loss_weight
        #: Factor on the weight that a warm-up hook may set.
        self.warmup = 1.0
        self.cache_dir = cache_dir
        self._rows: dict[str, int] = {}
        self.register_buffer("embeddings", torch.empty(0), persistent=False)

    def prepare_texts(self, sentences: list[str]) -> None:
        """Loads the embeddings of all sentences that training will meet."""
        embeddings = cached_embeddings(self.text_encoder, sentences, self.cache_dir)
        self._rows = {sentence: row for row, sentence in enumerate(sentences)}
        self.embeddings = torch.from_numpy(embeddings).to(self.temperature.device)

    def forward(
        self, difference: DifferenceFeatures, samples: Sequence[ChangeDataSample]
    ) -> dict[str, Tensor]:
        """Compares pooled differences with the samples' captions.

        Returns:
            ``loss_tgcl`` (weighted), and as diagnostics the unweighted term in nats, the
            temperature, the gate's mean, the true negatives per pair and R@1 in the batch, in
            percent.

        Raises:
            KeyError: If a sentence was not given to :meth:`prepare_texts`.
        """
        # The exponentials overflow in half precision.
        with torch.autocast(difference.pooled.device.type, enabled=False):
            targets = self._embed([sample.caption for sample in samples])
            prototypes = torch.stack(
                [self._embed(sample.gt_captions).mean(0) for sample in samples]
            )
            visual = gather_with_gradient(self.visual_projection(difference.pooled.float()))
            text = gather_with_gradient(self.text_projection(targets))
            prototypes = F.normalize(gather_with_gradient(prototypes), dim=1)
            return self._compare(visual, text, prototypes)

    @torch.no_grad()
    def _gates(self, prototypes: Tensor) -> Tensor:
        similarity = prototypes @ prototypes.T
        gates = torch.zeros_like(similarity) if self.gate is None else self.gate(similarity)
        return gates.fill_diagonal_(1)

    def _compare(self, visual: Tensor, text: Tensor, prototypes: Tensor) -> dict[str, Tensor]:
        with torch.no_grad():
            # In place, so that the gradient stays alive at the bounds.
            self.temperature.clamp_(*self.temperature_range)
        logits = visual @ text.T / self.temperature
        gates = self._gates(prototypes)
        term = (
            gated_contrastive_loss(logits, gates) + gated_contrastive_loss(logits.T, gates.T)
        ) / 2
        negatives = (1 - gates).sum(1).mean()
        own = torch.arange(len(logits), device=logits.device)
        return {
            "loss_tgcl": self.loss_weight * self.warmup * term,
            "tgcl_unweighted": term.detach(),
            "tgcl_temperature": self.temperature.detach().clone(),
            "tgcl_gate_mean": 1 - negatives / max(len(gates) - 1, 1),
            "tgcl_negatives": negatives,
            "tgcl_recall": 100.0 * (logits.argmax(1) == own).float().mean(),
        }

    def _embed(self, sentences: list[str]) -> Tensor:
        """(N, D) embeddings of known sentences."""
        try:
            rows = [self._rows[sentence] for sentence in sentences]
        except KeyError as error:
            raise KeyError(
                f"TGCL has no embedding of {error.args[0]!r}: add dict(type='TextEmbeddingHook') "
                "to custom_hooks, which encodes all sentences of the training set before training"
            ) from None
        return self.embeddings[rows].float()
