"""Prompts of images in CLIP's text encoder, their words chosen by the image."""

import re
from collections.abc import Sequence
from typing import Any
from zlib import crc32

import torch
from torch import Tensor, nn

#: Scene names for the prompts; chosen here, since the authors' list of 56 is not in their paper.
SCENE_WORDS = (
    *("airport", "bareland", "baseball field", "basketball court", "beach"),
    *("bridge", "building", "car", "cemetery", "church"),
    *("commercial area", "construction site", "container yard", "crossroad", "dam"),
    *("desert", "factory", "farmland", "forest", "freeway"),
    *("garden", "golf course", "grassland", "greenhouse", "harbor"),
    *("highway", "house", "industrial area", "intersection", "island"),
    *("lake", "meadow", "mountain", "orchard", "park"),
    *("parking lot", "path", "playground", "pond", "port"),
    *("power station", "quarry", "railway", "residential area", "river"),
    *("road", "roundabout", "school", "sea", "solar panel"),
    *("square", "stadium", "storage tank", "swimming pool", "tree"),
    *("wetland",),
)
_TEMPLATE = "remote sensing image {} objects"


class ScenePrompts(nn.Module):
    """CLIP's text embeddings of two prompts per image: its background, and its foreground by words.

    "remote sensing image background objects" and "remote sensing image foreground objects, w1, ..."
    with those words whose embeddings are nearest to the image's. Learned vectors stand behind the
    start of every prompt.

    Args:
        dims: Channels of the encoder and of the embeddings.
        num_layers: Layers.
        num_heads: Attention heads.
        vocab_size: Tokens that there are.
        length: Tokens of a prompt.
        contexts: Learned vectors beside them.
        num_words: Words of an image.
        tokenizer: Hub name or folder of a CLIP tokenizer; None hashes words into the vocabulary,
            which suits random weights alone.
    """

    word_ids: Tensor
    word_lengths: Tensor
    word_prompts: Tensor
    background: Tensor
    prefix: Tensor

    def __init__(
        self,
        dims: int = 512,
        num_layers: int = 12,
        num_heads: int = 8,
        vocab_size: int = 49408,
        length: int = 64,
        contexts: int = 13,
        num_words: int = 9,
        tokenizer: str | None = None,
    ) -> None:
        super().__init__()
        from transformers import CLIPTextConfig, CLIPTextModel

        config = CLIPTextConfig(
            vocab_size=vocab_size,
            hidden_size=dims,
            intermediate_size=4 * dims,
            num_hidden_layers=num_layers,
            num_attention_heads=num_heads,
            max_position_embeddings=length + contexts,
            projection_dim=dims,
        )
        self.model: Any = CLIPTextModel(config).text_model
        self.project = nn.Linear(dims, dims, bias=False)
        self.contexts = nn.Parameter(0.02 * torch.randn(contexts, dims))
        self.length, self.num_words, self.vocab_size = length, num_words, vocab_size
        self._tokenizer = _load(tokenizer)
        word_ids = [self._ids(f", {word}") for word in SCENE_WORDS]
        longest = max(map(len, word_ids))
        rows = [ids + [0] * (longest - len(ids)) for ids in word_ids]
        background = self._padded(self._ids(_TEMPLATE.format("background")))
        constants = {
            "word_ids": torch.tensor(rows),
            "word_lengths": torch.tensor([len(ids) for ids in word_ids]),
            "word_prompts": torch.stack([self._padded(self._ids(w)) for w in SCENE_WORDS]),
            "background": background,
            "prefix": torch.tensor([vocab_size - 2, *self._ids(_TEMPLATE.format("foreground"))]),
        }
        for name, value in constants.items():
            self.register_buffer(name, value, persistent=False)
        #: Embeddings of the words by the weights that training starts from.
        self.register_buffer("words", torch.zeros(len(SCENE_WORDS), dims))
        self.words: Tensor

    @torch.no_grad()
    def embed_words(self) -> None:
        """Embeds the scene words by the present weights."""
        was_training = self.training
        self.eval()
        found = self._encode(self.word_prompts)
        self.train(was_training)
        self.words.copy_(found)

    def choose(self, images: Tensor) -> Tensor:
        """Numbers (B, num_words) of the words nearest to images' embeddings (B, D)."""
        likeness = (
            nn.functional.normalize(images, dim=1) @ nn.functional.normalize(self.words, dim=1).T
        )
        return likeness.topk(self.num_words, dim=1).indices

    def forward(self, chosen: Tensor) -> Tensor:
        """Embeddings (B, 2, D) of background and foreground of images with these words (B, W)."""
        rows = [self.background.expand(len(chosen), -1), self._foreground(chosen)]
        return self._encode(torch.stack(rows, dim=1).flatten(0, 1)).unflatten(0, (-1, 2))

    def _foreground(self, chosen: Tensor) -> Tensor:
        """Ids (B, length) of the prompts with these words (B, W), one after the other."""
        ids, lengths = self.word_ids[chosen], self.word_lengths[chosen]
        # A running sum that is deterministic on a GPU.
        earlier = torch.ones(lengths.shape[1], lengths.shape[1], device=chosen.device).triu(1)
        begins = len(self.prefix) + (lengths.float() @ earlier).round().long()
        steps = torch.arange(ids.shape[2], device=chosen.device)
        places = begins.unsqueeze(2) + steps
        fits = (steps < lengths.unsqueeze(2)) & (places < self.length - 1)
        # What does not fit goes to a column that is cut off.
        places = torch.where(fits, places, self.length)
        prompts = ids.new_full((len(chosen), self.length + 1), self.vocab_size - 1)
        prompts = prompts.scatter(1, places.flatten(1), ids.flatten(1))
        prefix = self.prefix.expand(len(chosen), -1)
        return torch.cat([prefix, prompts[:, prefix.shape[1] : self.length]], dim=1)

    def _encode(self, ids: Tensor) -> Tensor:
        """Embeddings (N, D) of token ids (N, length), read where each prompt ends."""
        ends = (ids == self.vocab_size - 1).int().argmax(1)
        embeddings = self.model.embeddings
        tokens = embeddings.token_embedding(ids)
        last = torch.arange(len(ids), device=ids.device)
        contexts = self.contexts.expand(len(ids), -1, -1)
        both = torch.cat([tokens[:, :1], contexts, tokens[:, 1:]], dim=1)
        x = both + embeddings.position_embedding.weight[: both.shape[1]]
        mask = torch.full((x.shape[1],) * 2, float("-inf"), device=x.device).triu(1)
        x = self.model.encoder(inputs_embeds=x, causal_attention_mask=mask[None, None])
        x = self.model.final_layer_norm(x.last_hidden_state)
        return self.project(x[last, ends + contexts.shape[1]])

    def _padded(self, ids: Sequence[int]) -> Tensor:
        """(length,) ids between start and end; the end fills the rest."""
        start, end = self.vocab_size - 2, self.vocab_size - 1
        row = [start, *ids[: self.length - 2]]
        return torch.tensor(row + [end] * (self.length - len(row)))

    def _ids(self, text: str) -> list[int]:
        if self._tokenizer is not None:
            return self._tokenizer(text, add_special_tokens=False)["input_ids"]
        words = re.findall(r"[a-z]+|,", text)
        return [crc32(word.encode()) % (self.vocab_size - 2) for word in words]


def _load(tokenizer: str | None) -> Any:
    if tokenizer is None:
        return None
    from transformers import CLIPTokenizer

    return CLIPTokenizer.from_pretrained(tokenizer)
