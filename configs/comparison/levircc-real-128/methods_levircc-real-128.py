"""Every captioner on the recovered part of LEVIR-CC, with one budget.

    python tools/analysis_tools/compare_methods.py \
        configs/comparison/levircc-real-128/methods_levircc-real-128.py --jobs 2 --seeds 3

Same pairs, views, image size, vocabulary, batches and steps, same optimizer and schedule, and the
same frozen backbone, but for SEN and Change3D, whose own ones take both dates at once and are
trained. One learning rate for all, which was not searched. The last epoch counts.
"""

configs = {
    "CNN-RNN": "../../cnn_rnn/cnn-rnn_levircc-real-128.py",
    "DUDA": "../../duda/duda_levircc-real-128.py",
    "MCCFormers-S": "../../mccformers/mccformers-s_levircc-real-128.py",
    "MCCFormers-D": "../../mccformers/mccformers-d_levircc-real-128.py",
    "RSICCformer": "../../rsiccformer/rsiccformer_levircc-real-128.py",
    "PSNet": "../../psnet/psnet_levircc-real-128.py",
    "Chg2Cap": "../../chg2cap/chg2cap_levircc-real-128.py",
    "SparseFocus": "../../sparse_focus/sparse-focus_levircc-real-128.py",
    "DGAT": "../../dgat/dgat_levircc-real-128.py",
    "RSCaMa": "../../rscama/rscama_levircc-real-128.py",
    "SEN": "../../sen/sen_levircc-real-128.py",
    "MCI": "../../mci/mci_levircc-real-128.py",
    "PromptCC": "../../promptcc/promptcc_levircc-real-128.py",
    "HiSem": "hisem_12e.py",
    "Change3D": "../../change3d/change3d_levircc-real-128.py",
    "DFM": "../../dfm/dfm_lite0_levircc-real-128.py",
}
reference = "DFM"
splits = ("test",)
budget = dict(
    default_hooks=dict(checkpoint=dict(save_best=None)),
    # For CPUs that have bfloat16 instructions.
    optim_wrapper=dict(type="BFloat16OptimWrapper"),
    param_scheduler=[
        dict(type="OneCycleLR", eta_max=1e-3, total_steps=12, convert_to_iter_based=True)
    ],
    train_dataloader=dict(batch_size=16),
    train_cfg=dict(max_epochs=12, val_interval=12),
)
