"""Every captioner at the size at which two CPU cores can train dozens of runs.

    python tools/analysis_tools/compare_methods.py \
        configs/comparison/synthcc-tiny/methods_synthcc-tiny.py --jobs 2

Same pairs, image size, vocabulary, batches and steps, same optimizer and schedule, and the same
backbone weights to start from, but for SEN and Change3D, whose own backbones take both dates at
once and start from random weights. Each method may choose between two learning rates on the
validation split. The last epoch counts.
"""

configs = {
    "CNN-RNN": "../../cnn_rnn/cnn-rnn_synthcc-tiny.py",
    "DUDA": "../../duda/duda_synthcc-tiny.py",
    "MCCFormers-S": "../../mccformers/mccformers-s_synthcc-tiny.py",
    "MCCFormers-D": "../../mccformers/mccformers-d_synthcc-tiny.py",
    "RSICCformer": "../../rsiccformer/rsiccformer_synthcc-tiny.py",
    "PSNet": "../../psnet/psnet_synthcc-tiny.py",
    "Chg2Cap": "../../chg2cap/chg2cap_synthcc-tiny.py",
    "SparseFocus": "../../sparse_focus/sparse-focus_synthcc-tiny.py",
    "DGAT": "../../dgat/dgat_synthcc-tiny.py",
    "RSCaMa": "../../rscama/rscama_synthcc-tiny.py",
    "SEN": "../../sen/sen_synthcc-tiny.py",
    "MCI": "../../mci/mci_synthcc-tiny.py",
    "PromptCC": "../../promptcc/promptcc_synthcc-tiny.py",
    "HiSem": "hisem_4e.py",
    "Change3D": "../../change3d/change3d_synthcc-tiny.py",
    "DFM": "dfm_frozen-stages.py",
}
reference = "DFM"
splits = ("test",)
learning_rates = (3e-4, 1e-3)
budget = dict(
    model=dict(speaker=dict(tokenizer=dict(min_count=1))),
    # Small batches: steps are what networks that start from nothing want, and they cost no more.
    train_dataloader=dict(batch_size=8),
    param_scheduler=[
        dict(type="OneCycleLR", eta_max=1e-3, total_steps=4, convert_to_iter_based=True)
    ],
    train_cfg=dict(max_epochs=4, val_interval=4),
)
