"""Facts of a model from its checkpoint, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmrsicc.registry import DATASETS
from mmrsicc.utils.checkpoint import read_checkpoint
from mmrsicc.utils.provenance import provenance_of
from mmrsicc.utils.training_gsd import TrainingGsd

#: Notes on data sets that a reader needs to judge a sentence.
_REMARKS = {
    "SynthCC": "These are scenes drawn by a program, not real images: what it says of real images "
    "shows how the tool works, not how well such a model can do.",
}
_REMARK = "Its sentences about other kinds of images are guesses."


@dataclass(frozen=True)
class ModelFacts:
    """Facts about a model that a reader of its sentences needs.

    Attributes:
        name: Experiment and checkpoint.
        training: What it was trained on, a sentence.
        remark: What follows from that, a sentence.
        gsd: Ground sampling distances of what it was trained on; None where they are not known.
    """

    name: str
    training: str
    remark: str
    gsd: TrainingGsd | None = None

    @property
    def sentence(self) -> str:
        """The facts in one line."""
        return f"{self.name}. {self.training} {self.remark}"


def model_facts(checkpoint: str | Path) -> ModelFacts:
    """Facts of a checkpoint.

    Raises:
        FileNotFoundError, ValueError: It is missing or cannot be read.
    """
    path = Path(checkpoint)
    content = read_checkpoint(path)
    # MMEngine's experiment name ends with the start time.
    experiment = str(content["meta"].get("experiment_name", "")).rsplit("_", 2)[0]
    name = _printable(f"{experiment} ({path.name})" if experiment else path.name)
    provenance = provenance_of(content)
    training = provenance.get("training")
    told = TrainingGsd.from_record(provenance.get("training_gsd"))
    if not (isinstance(training, Mapping) and training):
        remark = "Judge its sentences with care."
        return ModelFacts(name, "The checkpoint does not say what it was trained on.", remark, told)
    data_set = _data_set(training)
    split = training.get("split")
    where = ", ".join(
        str(part) for part in (training.get("data_root"), split and f"split {split}") if part
    )
    sentence = f"Trained on {data_set}" + (f" ({where})." if where else ".")
    gsd = told or TrainingGsd.of_dataset(training)
    return ModelFacts(name, _printable(sentence), _REMARKS.get(data_set, _REMARK), gsd)


def _printable(text: str) -> str:
    """A text from a file, without control characters."""
    return "".join(character for character in text if character.isprintable())


def _data_set(training: Mapping[str, Any]) -> str:
    """A data set's own name, or that of its class where the class is not known here."""
    # Looked up in ``module_dict``: ``Registry.get`` would import modules named in the file.
    DATASETS.import_from_location()
    kind = str(training.get("type"))
    cls = DATASETS.module_dict.get(kind.removeprefix(f"{DATASETS.scope}."))
    metainfo: Mapping[str, Any] = getattr(cls, "METAINFO", {})
    return str(metainfo.get("dataset_name", kind))
