"""Runner hooks."""

from mmrsicc.engine.hooks.change_visualization_hook import ChangeVisualizationHook
from mmrsicc.engine.hooks.early_stopping_hook import EarlyStoppingHook
from mmrsicc.engine.hooks.flag_schedule_hook import FlagScheduleHook
from mmrsicc.engine.hooks.loss_balance_hook import LossBalanceHook
from mmrsicc.engine.hooks.loss_schedule_hook import LossScheduleHook
from mmrsicc.engine.hooks.plain_checkpoint_hook import PlainCheckpointHook
from mmrsicc.engine.hooks.progress_hook import ProgressHook
from mmrsicc.engine.hooks.provenance_hook import ProvenanceHook
from mmrsicc.engine.hooks.random_state_hook import RandomStateHook
from mmrsicc.engine.hooks.resumed_validation_hook import ResumedValidationHook
from mmrsicc.engine.hooks.sync_batch_norm_hook import SyncBatchNormHook
from mmrsicc.engine.hooks.text_embedding_hook import TextEmbeddingHook
from mmrsicc.engine.hooks.training_phases_hook import TrainingPhasesHook

__all__ = [
    "ChangeVisualizationHook",
    "EarlyStoppingHook",
    "FlagScheduleHook",
    "LossBalanceHook",
    "LossScheduleHook",
    "PlainCheckpointHook",
    "ProgressHook",
    "ProvenanceHook",
    "RandomStateHook",
    "ResumedValidationHook",
    "SyncBatchNormHook",
    "TextEmbeddingHook",
    "TrainingPhasesHook",
]
