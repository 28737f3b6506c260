"""Maps of several scales, by their names."""

from collections.abc import Mapping

from torch import Tensor


def numbered_maps(maps: Mapping[str, Tensor], name: str) -> list[Tensor]:
    """``{name}_1``, ``{name}_2``, ... of a neck's maps, finest first.

    Raises:
        ValueError: If there is no first one.
    """
    found: list[Tensor] = []
    while (key := f"{name}_{len(found) + 1}") in maps:
        found.append(maps[key])
    if not found:
        raise ValueError(
            f"there are no maps {name}_1, {name}_2, ... among {sorted(maps)}: take a neck that "
            "gives scale_* as JFM does, and a change_detector for detected_*"
        )
    return found
