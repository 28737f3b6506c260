"""Small helpers of several packages."""

from mmrsicc.utils.distributed import (
    gather_together,
    gather_with_gradient,
    mean_count,
    mean_sum,
    unwrap,
)
from mmrsicc.utils.files import atomic_path
from mmrsicc.utils.locks import only_writer

__all__ = [
    "atomic_path",
    "gather_together",
    "gather_with_gradient",
    "mean_count",
    "mean_sum",
    "only_writer",
    "unwrap",
]
