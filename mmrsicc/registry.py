"""Everything that can be plugged in: one registry per kind of component.

All are children of MMEngine's root registries in the scope ``mmrsicc``, so a component of another
package is reached by its scope prefix (``mmpretrain.ResNet``, ``mmseg.MixVisionTransformer``).
``locations`` names the module that is imported at the first look-up, not before.
"""

from typing import Any

from mmengine import registry as root
from mmengine.registry import Registry

from mmrsicc.utils.opencd import import_opencd
from mmrsicc.utils.quiet import import_quietly

_OPENCD = "opencd."

#: Packages whose models are named by scope, and whose imports print remarks.
_SCOPES = ("mmpretrain", "mmseg")


class _Models(Registry):
    """Builds Open-CD's parts in its scope, and says why they cannot be had where they cannot."""

    def build(self, cfg: Any, *args: Any, **kwargs: Any) -> Any:
        kind = cfg.get("type")
        if isinstance(kind, str) and kind.startswith(_OPENCD):
            self.get(kind)
            # What it builds itself from names without a scope is Open-CD's, too.
            cfg = {"_scope_": "opencd", **cfg}
        model = super().build(cfg, *args, **kwargs)
        if isinstance(kind, str) and kind.startswith("mmseg."):
            from mmrsicc.utils.fused_attention import leave_out_weights

            leave_out_weights(model)
        return model

    def get(self, key: str) -> Any:
        if (scope := key.partition(".")[0]) in _SCOPES:
            import_quietly(f"{scope}.models")
        if not key.startswith(_OPENCD):
            return super().get(key)
        try:
            found = super().get(key)
        except AssertionError:  # Open-CD refuses the versions of what is installed.
            found = None
        if found is None:
            import_opencd()
        return found


def _child(parent: Registry, *locations: str) -> Registry:
    return Registry(parent.name, parent=parent, scope="mmrsicc", locations=list(locations))


#: Data sets of image pairs.
DATASETS = _child(root.DATASETS, "mmrsicc.datasets.registered")
#: Steps of a data pipeline.
TRANSFORMS = _child(root.TRANSFORMS, "mmrsicc.datasets.transforms")
#: Anything that turns sentences into ids and back.
TOKENIZERS = Registry("tokenizer", scope="mmrsicc", locations=["mmrsicc.tokenizers"])
#: Captioners, backbones, change detectors, necks, heads, losses, text encoders, preprocessors.
MODELS = _Models(
    root.MODELS.name, parent=root.MODELS, scope="mmrsicc", locations=["mmrsicc.models"]
)
#: Decoding strategies, which turn a head's incremental step into sentences.
TASK_UTILS = _child(root.TASK_UTILS, "mmrsicc.models.decoding")
#: Metrics over captions and change masks.
METRICS = _child(root.METRICS, "mmrsicc.evaluation.metrics")
#: Runner hooks.
HOOKS = _child(root.HOOKS, "mmrsicc.engine")
#: What decides which parameters the optimiser changes, and how.
OPTIM_WRAPPER_CONSTRUCTORS = _child(root.OPTIM_WRAPPER_CONSTRUCTORS, "mmrsicc.engine")
#: How a step is computed and applied.
OPTIM_WRAPPERS = _child(root.OPTIM_WRAPPERS, "mmrsicc.engine")
#: Learning rates over a training.
PARAM_SCHEDULERS = _child(root.PARAM_SCHEDULERS, "mmrsicc.engine")

# Kinds of which the toolbox has none of its own yet: MMEngine's are found through these.
DATA_SAMPLERS = _child(root.DATA_SAMPLERS)
EVALUATOR = _child(root.EVALUATOR)
LOG_PROCESSORS = _child(root.LOG_PROCESSORS)
LOOPS = _child(root.LOOPS)
MODEL_WRAPPERS = _child(root.MODEL_WRAPPERS)
OPTIMIZERS = _child(root.OPTIMIZERS)
RUNNERS = _child(root.RUNNERS)
VISBACKENDS = _child(root.VISBACKENDS)
VISUALIZERS = _child(root.VISUALIZERS)
WEIGHT_INITIALIZERS = _child(root.WEIGHT_INITIALIZERS)
