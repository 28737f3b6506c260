"""Reports: a run's scores, its best and worst pairs and what it rests on, on one HTML page."""

from mmrsicc.evaluation.report.findings import Findings, chosen_pairs, find
from mmrsicc.evaluation.report.page import report_page
from mmrsicc.evaluation.report.pictures import files_of_dataset, files_of_folder

__all__ = [
    "Findings",
    "chosen_pairs",
    "files_of_dataset",
    "files_of_folder",
    "find",
    "report_page",
]
