"""CNN-RNN on MOSAIC-SEN2-CC: ten bands of Sentinel-2, filters of ImageNet widened to them."""

_base_ = [
    "../_base_/models/cnn_rnn.py",
    "../_base_/datasets/mosaic_sen2_cc.py",
    "../_base_/schedules/adam_80e.py",
    "../_base_/published_runtime.py",
]

model = dict(
    encoder=dict(
        statistics={{_base_.statistics}},
        backbone=dict(
            _delete_=True,
            type="WidenedBackbone",
            backbone=dict(
                type="mmpretrain.ResNet",
                depth=101,
                num_stages=3,
                strides=(1, 2, 2),
                dilations=(1, 1, 1),
                out_indices=(2,),
                init_cfg=dict(type="Pretrained", checkpoint="torchvision://resnet101"),
            ),
            bands=10,
            colours=(3, 2, 1),
        ),
    ),
    speaker=dict(tokenizer=dict(ann_file={{_base_.ann_file}})),
)
