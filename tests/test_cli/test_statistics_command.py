"""``mmrsicc statistics``: which pairs are counted."""

import numpy as np
from mmengine import Config
from PIL import Image
from test_cli.conftest import succeed

CONFIG = """
train_dataloader = dict(
    dataset=dict(
        type="ChangeDetectionDataset",
        data_root="{root}",
        source_dataset="x",
        tile_size=8,
        pipeline=[dict(type="LoadTile")],
    )
)
"""


def test_pairs_are_counted_and_not_their_tiles(tmp_path):
    """Three pairs of four tiles each; the last one is bright."""
    for number, mean in enumerate((50, 110, 205)):
        for folder in ("A", "B", "label"):
            (tmp_path / folder).mkdir(exist_ok=True)
            pixels = np.zeros((16, 16, 3), np.uint8)
            if folder != "label":
                pixels[::2], pixels[1::2] = mean - 5, mean + 5
            Image.fromarray(pixels).save(tmp_path / folder / f"{number}.png")
    # As on Windows, where a path has what would be an escape in a text.
    config, out = tmp_path / r"a\Users.py", tmp_path / "statistics.py"
    config.write_text(CONFIG.format(root=tmp_path))
    for arguments, count, mean in (
        (("--pairs", 2), 2, 80),
        (("--pairs", 9), 3, 121.667),
        ((), 3, 121.667),
    ):
        succeed("statistics", config, *arguments, "--out", out)
        assert f"of {count} pairs of" in out.read_text()
        assert Config.fromfile(out).statistics["before"]["mean"] == [mean] * 3
