"""Decoding: from a head's incremental step to sentences, batched over pairs."""

from mmrsicc.models.decoding.beam_search import BeamSearch
from mmrsicc.models.decoding.consensus_search import ConsensusSearch
from mmrsicc.models.decoding.greedy_search import GreedySearch
from mmrsicc.models.decoding.hypothesis import CaptionHead, Hypothesis
from mmrsicc.models.decoding.sample_search import SampleSearch
from mmrsicc.models.decoding.score_sentences import score_sentences

__all__ = [
    "BeamSearch",
    "CaptionHead",
    "ConsensusSearch",
    "GreedySearch",
    "Hypothesis",
    "SampleSearch",
    "score_sentences",
]
