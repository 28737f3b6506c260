"""The placebo of a text-guided loss: sentences of other pairs."""

from collections.abc import Mapping, Sequence

import torch

from mmrsicc.structures import ChangeDataSample


class ExchangedCaptions:
    """Gives each changed pair the captions of another changed pair, the same one in every epoch.

    What the texts are like as a whole, that a pair keeps its own, and that unchanged pairs have
    theirs, all stays; what a text says of its pair is lost.

    Args:
        captions: References of each changed pair by its name.
    """

    def __init__(self, captions: Mapping[str, Sequence[str]]) -> None:
        names = sorted(captions)
        order = torch.randperm(len(names), generator=torch.Generator().manual_seed(0)).tolist()
        donors = [names[i] for i in [*order[1:], *order[:1]]]
        self._captions = {
            names[i]: list(captions[donor]) for i, donor in zip(order, donors, strict=True)
        }

    def __call__(self, sample: ChangeDataSample) -> ChangeDataSample:
        """The sample as its donor would speak: of the same number, where it has as many.

        Raises:
            KeyError: If a changed pair is not among those given.
        """
        if sample.change_flag != 1:
            return sample
        if sample.pair_id not in self._captions:
            raise KeyError(
                f"the placebo has no captions for pair {sample.pair_id!r}: train on the data set "
                "whose changed_captions() TextEmbeddingHook gave it"
            )
        borrowed = self._captions[sample.pair_id]
        own = sample.gt_captions
        numbers = [own.index(target) if target in own else 0 for target in sample.targets]
        spoken = ChangeDataSample(metainfo={"pair_id": sample.pair_id})
        spoken.gt_captions, spoken.change_flag = borrowed, 1
        spoken.targets = [borrowed[number % len(borrowed)] for number in numbers]
        return spoken
