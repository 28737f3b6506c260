"""A tokenizer of the user's own: built where the user names its type, never because a file does."""

import pytest
from mmengine import Config

from mmrsicc.apis import restore_tokenizer
from mmrsicc.registry import TOKENIZERS

KEPT = {"type": "OwnWords", "words": ["a", "b"]}


@TOKENIZERS.register_module()
class OwnWords:
    def __init__(self, words):
        self.words = words


def restored(kind, kept=KEPT, **options):
    cfg = Config({"model": {"speaker": {"tokenizer": {"type": kind, "ann_file": "gone.json"}}}})
    restore_tokenizer(cfg, {"meta": {"mmrsicc": {"tokenizer": kept}}}, "x.pth", **options)
    return cfg.model.speaker.tokenizer


def test_the_type_that_the_user_names_is_built_of_what_was_kept():
    assert restored("OwnWords") == KEPT
    assert TOKENIZERS.build(restored("OwnWords")).words == ["a", "b"]


@pytest.mark.parametrize(("kind", "trusted"), [("OwnWords", False), ("Vocabulary", True)])
def test_a_file_alone_builds_nothing(kind, trusted):
    with pytest.raises(ValueError, match=r"x\.pth asks for the tokenizer 'OwnWords'"):
        restored(kind, trusted=trusted)


@pytest.mark.parametrize(
    "more",
    [
        {"_scope_": "mmpretrain"},
        {"words": [{"type": "os.system"}]},
        {"options": {"a": {"_scope_": "x"}}},
        {"words": object()},
    ],
)
def test_arguments_that_name_what_is_built_are_refused(more):
    with pytest.raises(ValueError, match=r"x\.pth: its tokenizer 'OwnWords' has arguments that"):
        restored("OwnWords", KEPT | more)
