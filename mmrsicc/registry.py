"""Everything that can be plugged in: one registry per kind of component.

All are children of MMEngine's root registries in the scope ``mmrsicc``, so a component of another
package is reached by its scope prefix (``mmpretrain.ResNet``, ``mmseg.MixVisionTransformer``).
``locations`` names the package that is imported at the first look-up, not before.
"""

from mmengine import registry as root
from mmengine.registry import Registry

#: Data sets of image pairs.
DATASETS = Registry(
    "dataset", parent=root.DATASETS, scope="mmrsicc", locations=["mmrsicc.datasets"]
)
#: Steps of a data pipeline.
TRANSFORMS = Registry(
    "transform",
    parent=root.TRANSFORMS,
    scope="mmrsicc",
    locations=["mmrsicc.datasets.transforms"],
)
#: Anything that turns sentences into ids and back.
TOKENIZERS = Registry("tokenizer", scope="mmrsicc", locations=["mmrsicc.tokenizers"])
#: Captioners, backbones, change detectors, necks, heads, losses, text encoders, preprocessors.
MODELS = Registry("model", parent=root.MODELS, scope="mmrsicc", locations=["mmrsicc.models"])
#: Decoding strategies, which turn a head's incremental step into sentences.
TASK_UTILS = Registry(
    "task util",
    parent=root.TASK_UTILS,
    scope="mmrsicc",
    locations=["mmrsicc.models.decoding"],
)
#: Metrics over captions and change masks.
METRICS = Registry("metric", parent=root.METRICS, scope="mmrsicc", locations=["mmrsicc.evaluation"])
#: Runner hooks.
HOOKS = Registry("hook", parent=root.HOOKS, scope="mmrsicc", locations=["mmrsicc.engine"])
