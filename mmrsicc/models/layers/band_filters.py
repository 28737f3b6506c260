"""First filters of pre-trained RGB networks, for images of other bands."""

from collections.abc import Sequence

import torch
from torch import Tensor


def widened(filters: Tensor, bands: int, colours: Sequence[int] | None = None) -> Tensor:
    """Filters of red, green and blue for images of any bands.

    Each band gets the mean of the three filters; a band that is a colour keeps its own. All are
    scaled by 3 / bands, so that an image whose bands are equal, and so as large as three equal
    colours, gives what those gave. Filters of three bands without ``colours`` stay as they are.

    Args:
        filters: (C, 3, h, w), or (C, 3, t, h, w) of videos, in the order red, green, blue.
        bands: Bands of the images.
        colours: Positions of red, green and blue among the bands, from 1; None: none is a colour.

    Raises:
        ValueError: If the filters are not of three channels, or a colour is no band.
    """
    if filters.shape[1] != 3:
        raise ValueError(f"filters {tuple(filters.shape)} are not of red, green and blue")
    if colours is None and bands == 3:
        return filters
    wide = filters.mean(1, keepdim=True).repeat_interleave(bands, dim=1)
    if colours is not None:
        if len(set(colours)) != 3 or not set(colours) <= set(range(1, bands + 1)):
            raise ValueError(
                f"colours={tuple(colours)}: give the positions of red, green and blue among the "
                f"{bands} bands, from 1"
            )
        wide[:, torch.tensor(colours) - 1] = filters
    return wide * 3 / bands
