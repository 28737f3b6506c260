"""SynthCC: generated pairs whose changes, distractors and sentences are known exactly.

The way a pair is made: :mod:`splits` names it, :mod:`ground` and :mod:`layout` lay out a scene,
:mod:`events` furnishes it and changes it as often as one of :mod:`mixes` has it, :mod:`sentences`
describes it, :mod:`distractors` decides how each date is taken, :mod:`render` or :mod:`sensors`
draws them, :mod:`writer` writes all of it to disk.
:mod:`claims` reads a sentence back and says whether it is true.
"""

from mmrsicc.synthcc.claims import is_true, read_sentence
from mmrsicc.synthcc.pairs import Pair, event_from_dict, make_pair
from mmrsicc.synthcc.splits import SHARES, PairId, pair_ids
from mmrsicc.synthcc.writer import Settings, write_data_set

__all__ = [
    "SHARES",
    "Pair",
    "PairId",
    "Settings",
    "event_from_dict",
    "is_true",
    "make_pair",
    "pair_ids",
    "read_sentence",
    "write_data_set",
]
