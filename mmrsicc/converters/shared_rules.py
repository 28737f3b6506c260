"""Names of parts that several authors' checkpoints share."""

#: Names within torchvision's ResNet kept as a sequence, by their place in it.
_RESNET = {"0": "conv1", "1": "bn1", "4": "layer1", "5": "layer2", "6": "layer3", "7": "layer4"}


def resnet_rules(prefix: str) -> dict[str, str]:
    """Renames of a torchvision ResNet whose parts are in a ``Sequential``.

    Args:
        prefix: Regular expression of what comes before the place in the sequence.
    """
    return {
        rf"{prefix}\.{place}\.(.*)": rf"encoder.backbone.{name}.\1"
        for place, name in _RESNET.items()
    }


def classic_head_rules(
    layer: str,
    memory_attention: str = "multihead_attn",
    decoder: str = "decoder",
    classifier: str = "wdc",
) -> dict[str, str]:
    """Renames of a decoder that is :class:`~mmrsicc.models.heads.ClassicCaptionHead` here.

    Args:
        layer: Regular expression of a layer's name within the decoder; its one group is the
            layer's number.
        memory_attention: What the attention to the memory is called in a layer.
        decoder: Name of the decoder.
        classifier: What its output layer is called.
    """
    rules = {
        rf"{decoder}\.vocab_embedding\.weight": "speaker.head.embedding.weight",
        rf"{decoder}\.{classifier}\.(.*)": r"speaker.head.classifier.\1",
    }
    attentions = {"self_attn": "self_attention", memory_attention: "memory_attention"}
    for theirs, ours in attentions.items():
        name = rf"{decoder}\.{layer}\.{theirs}"
        rules[rf"{name}\.in_proj_(.*)"] = rf"speaker.head.layers.\1.{ours}.{{qkv}}.\2"
        rules[rf"{name}\.out_proj\.(.*)"] = rf"speaker.head.layers.\1.{ours}.output.\2"
    others = {
        "linear1": "ffn.0",
        "linear2": "ffn.3",
        "norm1": "self_norm",
        "norm2": "memory_norm",
        "norm3": "ffn_norm",
    }
    for theirs, ours in others.items():
        rules[rf"{decoder}\.{layer}\.{theirs}\.(.*)"] = rf"speaker.head.layers.\1.{ours}.\2"
    return rules


def segformer_rules(prefix: str) -> dict[str, str]:
    """Renames of SegFormer's own encoder to MMSegmentation's.

    Args:
        prefix: Regular expression of what comes before its names, its dot included.
    """
    rules: dict[str, str] = {}
    for stage in range(4):
        ours = f"encoder.backbone.layers.{stage}"
        patches, block = rf"{prefix}patch_embed{stage + 1}", rf"{prefix}block{stage + 1}\.(\d+)"
        rules |= {
            rf"{patches}\.proj\.(.*)": rf"{ours}.0.projection.\1",
            rf"{patches}\.norm\.(.*)": rf"{ours}.0.norm.\1",
            rf"{block}\.(norm[12]|attn\.sr|attn\.norm)\.(.*)": rf"{ours}.1.\1.\2.\3",
            rf"{block}\.attn\.q\.(.*)": rf"{ours}.1.\1.attn.attn.in_proj_\2{{first}}",
            rf"{block}\.attn\.kv\.(.*)": rf"{ours}.1.\1.attn.attn.in_proj_\2{{second}}",
            rf"{block}\.attn\.proj\.(.*)": rf"{ours}.1.\1.attn.attn.out_proj.\2",
            rf"{block}\.mlp\.dwconv\.dwconv\.(.*)": rf"{ours}.1.\1.ffn.layers.1.\2",
            rf"{prefix}norm{stage + 1}\.(.*)": rf"{ours}.2.\1",
        }
        for theirs, place in {"fc1": 0, "fc2": 4}.items():
            name = rf"{ours}.1.\1.ffn.layers.{place}"
            rules[rf"{block}\.mlp\.{theirs}\.weight"] = f"{name}.weight{{1x1}}"
            rules[rf"{block}\.mlp\.{theirs}\.bias"] = f"{name}.bias"
    return rules


def clip_rules(prefix: str) -> dict[str, str]:
    """Renames of CLIP's own image encoder to :class:`~mmrsicc.models.backbones.CLIPVision`.

    Args:
        prefix: Regular expression of what comes before its names, its dot included.
    """
    ours, layer = "encoder.backbone.", rf"{prefix}transformer\.resblocks\.(\d+)"
    rules = {
        rf"{prefix}class_embedding": f"{ours}embeddings.class_embedding",
        rf"{prefix}conv1\.weight": f"{ours}embeddings.patch_embedding.weight",
        rf"{prefix}positional_embedding": f"{ours}embeddings.position_embedding.weight",
        rf"{prefix}ln_pre\.(.*)": rf"{ours}pre_layrnorm.\1",
        rf"{prefix}ln_post\.(.*)": rf"{ours}post_layernorm.\1",
        rf"{layer}\.attn\.in_proj_(.*)": (
            rf"{ours}encoder.layers.\1.self_attn.{{q_proj|k_proj|v_proj}}.\2"
        ),
    }
    names = {
        r"attn\.out_proj": "self_attn.out_proj",
        "ln_1": "layer_norm1",
        "ln_2": "layer_norm2",
        r"mlp\.c_fc": "mlp.fc1",
        r"mlp\.c_proj": "mlp.fc2",
    }
    for theirs, name in names.items():
        rules[rf"{layer}\.{theirs}\.(.*)"] = rf"{ours}encoder.layers.\1.{name}.\2"
    return rules


def cross_attention_rules(theirs: str, ours: str) -> dict[str, str]:
    """Renames of a "cross transformer", :class:`~mmrsicc.models.layers.CrossAttentionLayer` here.

    Args:
        theirs: Regular expression of its name; its one group is the layer's number.
        ours: Our name, which refers to that group.
    """
    return {
        rf"{theirs}\.attention\.(.*)": rf"{ours}.attention.\2",
        rf"{theirs}\.norm1\.(.*)": rf"{ours}.attention_norm.\2",
        rf"{theirs}\.norm2\.(.*)": rf"{ours}.ffn_norm.\2",
        rf"{theirs}\.linear1\.(.*)": rf"{ours}.ffn.0.\2",
        rf"{theirs}\.linear2\.(.*)": rf"{ours}.ffn.3.\2",
    }


def grid_tokens_rules(encoder: str, projection: str) -> dict[str, str]:
    """Renames of projection and places, :class:`~mmrsicc.models.layers.GridTokens` here.

    Args:
        encoder: Regular expression of what comes before their names.
        projection: What the projection is called.
    """
    theirs = {projection: "project", "w_embedding": "columns", "h_embedding": "rows"}
    return {
        rf"{encoder}\.{key}\.(.*)": rf"encoder.neck.places.{name}.\1"
        for key, name in theirs.items()
    }
