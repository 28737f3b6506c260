"""Change captioners and the two halves that they are made of."""

from mmrsicc.models.captioners.change_captioner import ChangeCaptioner
from mmrsicc.models.captioners.change_decision import ChangeDecision
from mmrsicc.models.captioners.constant_captioner import ConstantCaptioner
from mmrsicc.models.captioners.pair_encoder import PairEncoder
from mmrsicc.models.captioners.speaker import Speaker

__all__ = [
    "ChangeCaptioner",
    "ChangeDecision",
    "ConstantCaptioner",
    "PairEncoder",
    "Speaker",
]
