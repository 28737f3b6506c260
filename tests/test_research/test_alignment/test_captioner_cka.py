"""A captioner's backbone beside one of random weights."""

from test_cli.conftest import tiny_config

from mmrsicc.research.alignment.captioner import captioner_cka

__all__ = ["tiny_config"]

CONFIG = """
_base_ = ["{base}"]
model = dict(
    encoder=dict(
        change_detector=None,
        neck=dict(_delete_=True, type="SubtractionNeck", out_channels=64),
    ),
    losses=None,
)
"""


def test_both_backbones_have_the_stages_that_the_neck_reads(
    detector, pair_set, tiny_config, tmp_path
):
    config = tmp_path / "subtraction.py"
    config.write_text(CONFIG.format(base=tiny_config))
    found = captioner_cka(detector(), config, None, pair_set(6))
    assert found["trained"].shape == found["random weights"].shape == (2, 1)
