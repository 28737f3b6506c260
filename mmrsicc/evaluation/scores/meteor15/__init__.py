"""METEOR 1.5 without Java, with the tables of the original program."""

from mmrsicc.evaluation.scores.meteor15.scorer import Meteor
from mmrsicc.evaluation.scores.meteor15.statistics import STATISTICS, meteor_scores

__all__ = ["STATISTICS", "Meteor", "meteor_scores"]
