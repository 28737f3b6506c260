"""Selection of the pairs that show a change."""

from mmrsicc.datasets.caption_file import change_flag_of
from mmrsicc.evaluation.files.records import PredictedCaption


def is_changed(record: PredictedCaption) -> bool:
    """Whether a pair changed: by its flag, else unless all references are no-change sentences."""
    flag = change_flag_of(record.references) if record.flag is None else record.flag
    return flag == 1
