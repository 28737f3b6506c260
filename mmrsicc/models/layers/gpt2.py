"""GPT-2, with the weights that the package transformers loads."""

from __future__ import annotations

from torch import Tensor, nn

from mmrsicc.models.layers.causal import GPTBlock, State
from mmrsicc.utils.checkpoint import load_weights
from mmrsicc.utils.key_map import KeyMap


class GPT2(nn.Module):
    """GPT-2 (Radford et al. 2019) without its output layer, for vectors in place of words.

    Args:
        num_words: Size of its vocabulary.
        dims: Channels D.
        num_layers: Layers.
        num_heads: Attention heads.
        dropout: Dropout of places and layers.
        max_length: Most places.
    """

    def __init__(
        self,
        num_words: int = 50257,
        dims: int = 768,
        num_layers: int = 12,
        num_heads: int = 12,
        dropout: float = 0.1,
        max_length: int = 1024,
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(num_words, dims)
        self.positions = nn.Embedding(max_length, dims)
        self.layers = nn.ModuleList(GPTBlock(dims, num_heads, dropout) for _ in range(num_layers))
        self.last_norm = nn.LayerNorm(dims)
        self.dropout = nn.Dropout(dropout)
        for table in (self.embedding, self.positions):
            nn.init.normal_(table.weight, std=0.02)

    def forward(self, x: Tensor, states: list[State] | None = None) -> tuple[Tensor, list[State]]:
        """Reads a sequence, or continues one.

        Args:
            x: (B, L, D) vectors of places, words' from ``embedding``.
            states: Keys and values of each layer at the places before.

        Returns:
            (B, L, D), and the states of all places so far.

        Raises:
            ValueError: If the sequence is longer than there are positions.
        """
        first = 0 if states is None else states[0][0].shape[2]
        last = first + x.shape[1]
        if last > len(self.positions.weight):
            raise ValueError(
                f"a sequence of {last} places is longer than GPT-2's {len(self.positions.weight)} "
                "positions: lower max_length of the speaker, or resize the images"
            )
        x = self.dropout(x + self.positions.weight[first:last])
        past: list[State | None] = [None] * len(self.layers) if states is None else [*states]
        after = []
        for layer, state in zip(self.layers, past, strict=True):
            x, own = layer(x, state)
            after.append(own)
        return self.last_norm(x), after

    def load_pretrained(self, name: str) -> None:
        """Loads weights by hub name or from a folder, with every key accounted for.

        Raises:
            OSError: If they are neither on disk nor to be downloaded.
            ValueError: If they are of another size.
        """
        from transformers import GPT2Model

        weights = GPT2Model.from_pretrained(name).state_dict()
        converted = KeyMap(renames=gpt2_renames("", "")).convert(weights, name)
        load_weights(self, converted.state_dict, name)


def gpt2_renames(
    theirs: str,
    ours: str,
    layer: tuple[str, str] = (r"h\.(?P<layer>\d+)\.", r"layers.\g<layer>."),
) -> dict[str, str]:
    """Renames of the weights of transformers' ``GPT2Model``, for a key map.

    Args:
        theirs: Regular expression of what comes before its names, its dot included.
        ours: What comes before ours; may refer to groups of ``theirs``.
        layer: What comes before the names of a layer after that, theirs and ours.
    """
    # Groups by name: ``theirs`` may have some, which change the others' numbers.
    rest, same = r"(?P<rest>.*)", r"\g<rest>"
    block, own = theirs + layer[0], ours + layer[1]
    renames = {
        rf"{theirs}wte\.weight": f"{ours}embedding.weight",
        rf"{theirs}wpe\.weight": f"{ours}positions.weight",
        rf"{theirs}ln_f\.{rest}": f"{ours}last_norm.{same}",
        rf"{block}ln_1\.{rest}": f"{own}norm.{same}",
        rf"{block}ln_2\.{rest}": f"{own}ffn.0.{same}",
        rf"{block}attn\.c_attn\.weight": f"{own}attention.{{qkv}}.weight{{T}}",
        rf"{block}attn\.c_attn\.bias": f"{own}attention.{{qkv}}.bias",
    }
    matrices = {
        r"attn\.c_proj": "attention.output",
        r"mlp\.c_fc": "ffn.1",
        r"mlp\.c_proj": "ffn.3",
    }
    for name, our_name in matrices.items():
        # The published matrices are transposed.
        renames[rf"{block}{name}\.weight"] = f"{own}{our_name}.weight{{T}}"
        renames[rf"{block}{name}\.bias"] = f"{own}{our_name}.bias"
    return renames
