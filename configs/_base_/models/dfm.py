"""DFM: JFM over MiT-b1 and a frozen change detector, transformer head, TGCL.

Re-implementation from the paper's abstract; details are ours.
"""

_base_ = ["./mit-b1.py"]

model = dict(
    type="ChangeCaptioner",
    encoder=dict(
        backbone={{_base_.backbone}},
        change_detector=dict(type="SiameseChangeDetector", backbone={{_base_.backbone}}),
        neck=dict(type="JFM"),
    ),
    speaker=dict(
        head=dict(type="TransformerCaptionHead"),
        tokenizer=dict(type="Vocabulary"),
        decoding=dict(type="GreedySearch"),
    ),
    losses=dict(
        tgcl=dict(
            type="TGCL",
            # Comes with the installation. The paper's reference list names all-mpnet-base-v2:
            # dict(model="sentence-transformers/all-mpnet-base-v2", embed_dims=768)
            text_encoder=dict(
                type="SentenceTransformerEncoder",
                model="sentence-transformers/all-MiniLM-L6-v2",
                embed_dims=384,
            ),
            gate=dict(type="SoftPairGate"),
        )
    ),
)
custom_hooks = [
    dict(type="TextEmbeddingHook"),
    dict(type="LossScheduleHook", loss="tgcl", warmup_epochs=1),
    dict(type="LossBalanceHook"),
]
