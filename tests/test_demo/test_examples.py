from pathlib import Path

import numpy as np
from PIL import Image

from mmrsicc.demo import examples


def test_the_pair_in_files_is_the_first_example():
    """So it is a drawn one, as all pictures here are."""
    folder = Path(examples.__file__).parent / "pair"
    stored = [np.asarray(Image.open(folder / f"{date}.png")) for date in ("before", "after")]
    assert np.array_equal(stored, examples.draw_examples()[0].pair)
