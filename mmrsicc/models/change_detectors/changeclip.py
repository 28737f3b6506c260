"""ChangeCLIP of Dong et al. (2024): CLIP's image and text encoders find what changed."""

from collections.abc import Mapping, Sequence
from math import isqrt
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.models.change_detectors.change_detector import ChangeDetector
from mmrsicc.models.layers.band_filters import widened
from mmrsicc.models.layers.clip_text import ScenePrompts
from mmrsicc.models.layers.convolution import resize
from mmrsicc.registry import MODELS
from mmrsicc.structures import ChangeFeatures
from mmrsicc.utils.checkpoint import load_weights

#: Channels of the decoder and of what it attends with.
_WIDTH, _HALF = 256, 128


@MODELS.register_module()
class ChangeCLIP(ChangeDetector):
    """ChangeCLIP on ViT-B/16: maps of both dates, scored by prompts about each, gated and decoded.

    "ChangeCLIP: Remote Sensing Change Detection with Multimodal Vision-Language Representation
    Learning", ISPRS Journal 2024. Each date is told by a prompt of its background and one of its
    foreground, whose words are scenes that it looks like; the prompts read the image, and their
    likeness to its places joins the third of four scales. Differences are gated by how alike the
    dates are, weighed by channel, and decoded by Swin blocks that attend to the prompts.

    What the authors' code has and this has not: the words of an image come from a frozen CLIP
    before training, out of a list of 56 that is not in the paper (here from the encoder in
    training, out of 56 of ours); a feature pyramid over both dates (here a projection a scale); the
    vision transformer's drop path, one that rises over the Swin blocks, and the dropout that their
    config gives the decoder; the ResNet-50; released weights, which are not converted.

    Args:
        source_dataset: See :class:`ChangeDetector`.
        dims: Channels of the vision transformer.
        num_layers: Its layers.
        num_heads: Its heads.
        image_size: Side of the images that there are positions for; others are interpolated.
        scales: Layers, from 1, whose places become the four scales.
        text: Arguments of :class:`~mmrsicc.models.layers.clip_text.ScenePrompts`.
        legacy_test_prompt: In tests, tell the second date by the words of the first, as the
            authors' code does by a slip; their scores were measured so.
        pretrained: Hub name or folder of a CLIP model whose encoders training starts from.
        **kwargs: See :class:`ChangeDetector`; its losses are the cross-entropy alone unless given.
    """

    def __init__(
        self,
        source_dataset: str | None,
        dims: int = 768,
        num_layers: int = 12,
        num_heads: int = 12,
        image_size: int = 256,
        scales: Sequence[int] = (4, 6, 8, 12),
        text: Mapping[str, Any] | None = None,
        legacy_test_prompt: bool = False,
        pretrained: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(source_dataset, **{"losses": [{"type": "BCELoss"}], **kwargs})
        from transformers import CLIPVisionConfig, CLIPVisionModel

        config = CLIPVisionConfig(
            hidden_size=dims,
            intermediate_size=4 * dims,
            num_hidden_layers=num_layers,
            num_attention_heads=num_heads,
            patch_size=16,
            image_size=image_size,
            num_channels=self.bands,
        )
        self.scales, self.pretrained = tuple(scales), pretrained
        self.legacy_test_prompt = legacy_test_prompt
        self.vision: Any = CLIPVisionModel(config).vision_model
        self.prompts = ScenePrompts(**(text or {}))
        embed = self.prompts.project.out_features
        self.project = nn.Linear(dims, embed, bias=False)
        self.context = nn.TransformerDecoder(
            nn.TransformerDecoderLayer(_WIDTH, 4, 4 * _WIDTH, 0.1, batch_first=True), 3
        )
        self.narrow, self.widen = nn.Linear(embed, _WIDTH), nn.Linear(_WIDTH, embed)
        self.gamma = nn.Parameter(torch.full((embed,), 1e-4))
        self.pyramid = nn.ModuleList(
            [
                nn.Sequential(_doubled(dims), nn.GELU(), _doubled(dims)),
                _doubled(dims),
                nn.Identity(),
                nn.MaxPool2d(2),
            ]
        )
        widths = [dims, dims, dims + 2, dims]
        self.fusions = nn.ModuleList(_Fusion(width) for width in widths)
        self.words = nn.Sequential(nn.Linear(embed, _HALF), nn.LayerNorm(_HALF))
        self.ups = nn.ModuleList(_Up() for _ in range(3))
        self.classify = nn.Conv2d(_WIDTH, 2, 1)

    def init_weights(self) -> None:
        """Initialises, or loads CLIP's encoders, and embeds the scene words by them.

        Raises:
            OSError: If ``pretrained`` is neither on disk nor to be downloaded.
            ValueError: If it is of another size.
        """
        super().init_weights()
        if self.checkpoint is not None:
            return
        if self.pretrained is not None:
            self._load_clip(self.pretrained)
        self.prompts.embed_words()

    def _load_clip(self, name: str) -> None:
        """Loads CLIP's encoders, made for its own image size and three bands."""
        from transformers import CLIPModel

        clip = CLIPModel.from_pretrained(name)
        vision, embeddings = clip.vision_model.state_dict(), self.vision.embeddings
        filters, positions = (
            f"embeddings.{key}.weight" for key in ("patch_embedding", "position_embedding")
        )
        vision[filters] = widened(vision[filters], self.bands)
        vision[positions] = _resized(vision[positions], embeddings.num_positions)
        if "embeddings.position_ids" in vision:
            vision["embeddings.position_ids"] = embeddings.position_ids
        load_weights(self.vision, vision, name)
        load_weights(self.prompts.model, clip.text_model.state_dict(), name)
        load_weights(self.project, clip.visual_projection.state_dict(), name)
        load_weights(self.prompts.project, clip.text_projection.state_dict(), name)

    def detect(self, before: Tensor, after: Tensor) -> ChangeFeatures:
        """Four maps of both dates at strides 4 to 32, the fused ones, and logits."""
        maps, dense, pooled = self._seen(torch.cat([before, after]))
        texts = self._told(pooled, dense)
        alike = torch.einsum("bdhw,bkd->bkhw", F.normalize(dense, dim=1), F.normalize(texts, dim=2))
        maps[2] = torch.cat([maps[2], alike], dim=1)
        firsts, seconds = zip(*(m.chunk(2) for m in maps), strict=True)
        fused = [fuse(a, b) for fuse, a, b in zip(self.fusions, firsts, seconds, strict=True)]
        words = torch.cat(self.words(texts).chunk(2), dim=1)
        x = fused[-1]
        for up, skip in zip(self.ups, reversed(fused[:-1]), strict=True):
            x = up(x, skip, words)
        logits = resize(self.classify(x), before.shape[-2:])
        return ChangeFeatures(firsts, seconds, tuple(fused), logits)

    def _seen(self, images: Tensor) -> tuple[list[Tensor], Tensor, Tensor]:
        """Four maps, the last layer's places as embeddings (N, D, h, w), and pooled (N, D)."""
        size = tuple(side // 16 for side in images.shape[-2:])
        places = self.vision.embeddings(images, interpolate_pos_encoding=True)
        states = self.vision.encoder(
            inputs_embeds=self.vision.pre_layrnorm(places), output_hidden_states=True
        ).hidden_states
        maps = [
            layer(states[k][:, 1:].transpose(1, 2).unflatten(2, size))
            for layer, k in zip(self.pyramid, self.scales, strict=True)
        ]
        embedded = self.project(self.vision.post_layernorm(states[-1]))
        return maps, embedded[:, 1:].transpose(1, 2).unflatten(2, size), embedded[:, 0]

    def _told(self, pooled: Tensor, dense: Tensor) -> Tensor:
        """Prompts (N, 2, D) of both dates' images, which have read them."""
        chosen = self.prompts.choose(pooled.detach())
        if self.legacy_test_prompt and not self.training:
            first = chosen[: len(chosen) // 2]
            chosen = torch.cat([first, first])
        texts = self.prompts(chosen)
        image = torch.cat([pooled.unsqueeze(1), dense.flatten(2).transpose(1, 2)], dim=1)
        read = self.context(self.narrow(texts), self.narrow(image))
        return texts + self.gamma * self.widen(read)


class _Fusion(nn.Module):
    """Two dates' maps (B, C, H, W) to one (B, 256, H, W): joined, gated by unlikeness, weighed."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.join = nn.Conv2d(2 * channels, _WIDTH, 1)
        self.minus = nn.Sequential(nn.Conv2d(channels, _WIDTH, 1), nn.ReLU())
        self.squeeze = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(3 * _WIDTH, 3 * _WIDTH // 16, 1),
            nn.ReLU(),
            nn.Conv2d(3 * _WIDTH // 16, 3 * _WIDTH, 1),
            nn.Hardsigmoid(),
        )
        self.last = nn.Sequential(nn.Conv2d(3 * _WIDTH, _WIDTH, 1), nn.ReLU())

    def forward(self, before: Tensor, after: Tensor) -> Tensor:
        joined = self.join(torch.cat([before, after], dim=1))
        gate = (1 - F.cosine_similarity(before, after, dim=1)).sigmoid().unsqueeze(1)
        x = torch.cat([joined * gate, self.minus((before - after).abs()), joined], dim=1)
        return self.last(x * self.squeeze(x))


class _Up(nn.Module):
    """A map at twice the size, which has attended to the prompts, joined with a finer one."""

    def __init__(self) -> None:
        super().__init__()
        from torchvision.models.swin_transformer import SwinTransformerBlock

        self.enter = nn.Sequential(
            nn.Conv2d(_WIDTH, _HALF, 3, padding=1), nn.GroupNorm(32, _HALF), nn.ReLU()
        )
        self.attend = nn.ModuleList(_WordAttention() for _ in range(2))
        self.blocks = nn.ModuleList(
            SwinTransformerBlock(_HALF, 2, [7, 7], shift, stochastic_depth_prob=0.1)
            for shift in ([0, 0], [3, 3])
        )
        self.leave = nn.Sequential(nn.Conv2d(_HALF, _HALF, 1), nn.ReLU())
        self.skip = nn.Sequential(nn.Conv2d(_WIDTH, _HALF, 1), nn.ReLU())
        self.join = nn.Sequential(nn.Conv2d(_WIDTH, _WIDTH, 3, padding=1), nn.ReLU())

    def forward(self, x: Tensor, finer: Tensor, words: Tensor) -> Tensor:
        x = self.enter(F.interpolate(x, finer.shape[-2:])).permute(0, 2, 3, 1)
        for attend, block in zip(self.attend, self.blocks, strict=True):
            x = block(x + attend(x, words))
        x = self.leave(x.permute(0, 3, 1, 2))
        return self.join(torch.cat([x, self.skip(finer)], dim=1))


class _WordAttention(nn.Module):
    """Places (B, H, W, 128) attend to prompts (B, 4, 128)."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key = nn.Linear(_HALF, 64), nn.Linear(_HALF, 64)
        self.value, self.out = nn.Linear(_HALF, _WIDTH), nn.Linear(_WIDTH, _HALF)

    def forward(self, x: Tensor, words: Tensor) -> Tensor:
        likeness = self.query(x).flatten(1, 2) @ self.key(words).transpose(1, 2) / 8
        read = likeness.softmax(2) @ self.value(words)
        return self.out(read).unflatten(1, x.shape[1:3])


def _doubled(channels: int) -> nn.ConvTranspose2d:
    return nn.ConvTranspose2d(channels, channels, 2, stride=2)


def _resized(positions: Tensor, number: int) -> Tensor:
    """Embeddings (N, C) of a class token and the places of a square, for another number of them."""
    sides = [isqrt(count - 1) for count in (len(positions), number)]
    places = positions[1:].T.unflatten(1, (sides[0], sides[0]))[None]
    places = F.interpolate(places, (sides[1], sides[1]), mode="bicubic", align_corners=False)
    return torch.cat([positions[:1], places[0].flatten(1).T])
