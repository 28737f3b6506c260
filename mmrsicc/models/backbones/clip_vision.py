"""CLIP's vision transformers, from the package transformers."""

from typing import Any

from mmengine.model import BaseModule
from torch import Tensor, nn

from mmrsicc.registry import MODELS
from mmrsicc.utils.extras import import_extra


@MODELS.register_module()
class CLIPVision(BaseModule):
    """Patches of CLIP's image encoder (Radford et al. 2021) as one map.

    Images of another size than the weights' get interpolated positions.

    Args:
        dims: Channels D.
        num_layers: Layers.
        num_heads: Attention heads.
        patch_size: Side of a patch, the stride of the map.
        image_size: Side of the images that there are positions for.
        normalise: Whether the last normalisation, which CLIP itself applies to the class token
            alone, is applied to the patches.
        trained_layers: How many layers learn, from the last on, and the last normalisation with
            them; 0: nothing learns; None: all parts learn.
        pretrained: Hub name or folder of a CLIP model whose weights training starts from, or None.
        init_cfg: See MMEngine's ``BaseModule``.

    Raises:
        ValueError: If more layers learn than there are.
    """

    def __init__(
        self,
        dims: int = 768,
        num_layers: int = 12,
        num_heads: int = 12,
        patch_size: int = 32,
        image_size: int = 224,
        normalise: bool = True,
        trained_layers: int | None = None,
        pretrained: str | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        transformers = import_extra("transformers")
        config = transformers.CLIPVisionConfig(
            hidden_size=dims,
            intermediate_size=4 * dims,
            num_hidden_layers=num_layers,
            num_attention_heads=num_heads,
            patch_size=patch_size,
            image_size=image_size,
        )
        model: Any = transformers.CLIPVisionModel(config).vision_model
        self.patch_size = patch_size
        self.pretrained = pretrained
        self.embeddings = model.embeddings
        self.pre_layrnorm = model.pre_layrnorm
        self.encoder = model.encoder
        self.post_layernorm = model.post_layernorm if normalise else nn.Identity()
        if trained_layers is not None:
            if not 0 <= trained_layers <= num_layers:
                raise ValueError(
                    f"trained_layers={trained_layers} of {num_layers} layers: give 0 to "
                    f"{num_layers}, or None for all parts"
                )
            self.requires_grad_(False)
            self.post_layernorm.requires_grad_(trained_layers > 0)
            for layer in list(self.encoder.layers)[num_layers - trained_layers :]:
                layer.requires_grad_(True)

    def init_weights(self) -> None:
        """Initialises, or loads the weights of ``pretrained``, with every key accounted for.

        Raises:
            OSError: If they are neither on disk nor to be downloaded.
            ValueError: If they are of another size.
        """
        super().init_weights()
        if self.pretrained is None:
            return
        from mmrsicc.utils.checkpoint import load_weights

        clip = import_extra("transformers").CLIPVisionModel
        weights = clip.from_pretrained(self.pretrained).vision_model.state_dict()
        if isinstance(self.post_layernorm, nn.Identity):
            weights = {k: v for k, v in weights.items() if not k.startswith("post_layernorm.")}
        load_weights(self, weights, self.pretrained)

    def forward(self, x: Tensor) -> tuple[Tensor]:
        """From images (N, 3, H, W) to one map (N, D, H / patch_size, W / patch_size)."""
        size = tuple(side // self.patch_size for side in x.shape[-2:])
        places = self.pre_layrnorm(self.embeddings(x, interpolate_pos_encoding=True))
        patches = self.encoder(inputs_embeds=places).last_hidden_state[:, 1:]
        return (self.post_layernorm(patches).transpose(1, 2).unflatten(2, size),)
