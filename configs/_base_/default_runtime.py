"""What every run shares: hooks, logs, seed."""

default_scope = "mmrsicc"

env_cfg = dict(
    mp_cfg=dict(mp_start_method="fork", opencv_num_threads=0),
    dist_cfg=dict(backend="nccl"),
)
randomness = dict(seed=42)

default_hooks = dict(
    timer=dict(type="IterTimerHook"),
    logger=dict(type="LoggerHook", interval=50),
    param_scheduler=dict(type="ParamSchedulerHook"),
    # Two, since the hook deletes an old checkpoint before it has written the new one.
    checkpoint=dict(type="CheckpointHook", interval=1, max_keep_ckpts=2),
    sampler_seed=dict(type="DistSamplerSeedHook"),
    provenance=dict(type="ProvenanceHook"),
    plain_checkpoint=dict(type="PlainCheckpointHook"),
    sync_batch_norm=dict(type="SyncBatchNormHook"),
    random_state=dict(type="RandomStateHook"),
    resumed_validation=dict(type="ResumedValidationHook"),
    progress=dict(type="ProgressHook"),
)

visualizer = dict(
    type="Visualizer",
    vis_backends=[dict(type="LocalVisBackend"), dict(type="TensorboardVisBackend")],
)
log_level = "INFO"
load_from = None
resume = False
