"""Feature alignment: whether a change detector's features fit a captioner's pairs.

In reading order: ``pairs.py`` loads pairs, ``features.py`` has the detector look at them,
``shift.py`` measures how far two sets of features are apart (by ``mmd.py`` and ``distances.py``),
``usefulness.py`` whether they tell changed pairs from unchanged ones, ``cka.py`` how alike two
networks see the same pairs (``captioner.py``: detector and captioner), ``batch_norm.py`` how far
inputs lie off what a network was trained with. ``curves.py`` repeats that on images made worse
(``degradations.py``); ``verdict.py`` puts it in words, ``page.py`` on a page with the plots of
``plots.py``.
"""

from mmrsicc.research.alignment.cka import debiased_cka
from mmrsicc.research.alignment.curves import Curve, degradation_curves
from mmrsicc.research.alignment.features import PooledFeatures, pooled_features
from mmrsicc.research.alignment.mmd import unbiased_mmd
from mmrsicc.research.alignment.pairs import PairSet, load_pairs
from mmrsicc.research.alignment.shift import Shift, measure_shift
from mmrsicc.research.alignment.usefulness import Usefulness, measure_usefulness
from mmrsicc.research.alignment.verdict import verdict

__all__ = [
    "Curve",
    "PairSet",
    "PooledFeatures",
    "Shift",
    "Usefulness",
    "debiased_cka",
    "degradation_curves",
    "load_pairs",
    "measure_shift",
    "measure_usefulness",
    "pooled_features",
    "unbiased_mmd",
    "verdict",
]
