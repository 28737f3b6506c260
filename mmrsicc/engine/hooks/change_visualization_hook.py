"""Pictures of a few pairs after every validation and test."""

from pathlib import Path
from typing import Any

import numpy as np
from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmrsicc.registry import HOOKS
from mmrsicc.utils import unwrap
from mmrsicc.visualization import explain_record, mask_names, pair_picture, save_png


@HOOKS.register_module()
class ChangeVisualizationHook(Hook):
    """Draws the first pairs by id: dates, masks, sentences, and where the words look.

    The pairs are always the same ones, so that training can be watched on them. They are predicted
    again, on the main process alone.

    Args:
        num_pairs: Pairs to draw.
        out_dir: Folder that gets a picture ``<pair id>.png`` of each. None hands them to the
            runner's visualizer, and so to TensorBoard if that is one of its backends.

    Raises:
        ValueError: If ``num_pairs`` < 1.
    """

    # Before EMAHook, of NORMAL priority, takes the averaged weights away.
    priority = "ABOVE_NORMAL"

    def __init__(self, num_pairs: int = 4, out_dir: str | None = None) -> None:
        if num_pairs < 1:
            raise ValueError(
                f"num_pairs={num_pairs}: draw at least one pair, or leave the hook out"
            )
        self.num_pairs = num_pairs
        self.out_dir = None if out_dir is None else Path(out_dir)

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Draws pairs of the validation split."""
        self._draw(runner, runner.val_dataloader.dataset)

    def after_test_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Draws pairs of the test split."""
        self._draw(runner, runner.test_dataloader.dataset)

    @master_only
    def _draw(self, runner: Runner, dataset: Any) -> None:
        model = unwrap(runner.model)
        names = mask_names(dataset.metainfo, dataset.pipeline.transforms)
        training = model.training
        model.eval()
        records = [dataset.get_data_info(i) for i in range(len(dataset))]
        records.sort(key=lambda record: record["pair_id"])
        for record in records[: self.num_pairs]:
            inputs, sample, explanation = explain_record(model, record, dataset.pipeline)
            picture = pair_picture(inputs, sample, names, explanation)
            if self.out_dir is None:
                name = record["pair_id"].replace("/", "_")
                runner.visualizer.add_image(name, np.asarray(picture), runner.iter)
            else:
                save_png(picture, self.out_dir / f"{record['pair_id']}.png")
        model.train(training)
