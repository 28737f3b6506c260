"""Records that the metrics keep of a pair until the end of an evaluation."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar


@dataclass(frozen=True)
class PredictedCaption:
    """The sentence predicted for one pair, with its references.

    Attributes:
        pair_id: Name of the pair.
        caption: The predicted sentence.
        references: The reference sentences, at least one.
        flag: 1 if the pair shows a change, 0 if not, None if unknown.
        score: The model's own score of its sentence. It is not compared, since its last bits
            depend on the batch that the pair came in.

    Raises:
        ValueError: No reference, or another flag.
    """

    pair_id: str
    caption: str
    references: tuple[str, ...]
    flag: int | None = None
    score: float | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if not self.references:
            raise ValueError(f"pair {self.pair_id!r} has no reference sentence")
        if self.flag not in (None, 0, 1):
            raise ValueError(
                f"pair {self.pair_id!r} has change_flag={self.flag!r:.80}: give 1 (change), 0 "
                "(none) or leave it out"
            )

    @classmethod
    def from_sample(cls, sample: dict) -> "PredictedCaption":
        """Take what is needed from a ``ChangeDataSample`` that MMEngine made a dict of.

        Raises:
            ValueError: ``pair_id``, ``pred_caption`` or ``gt_captions`` is missing.
        """
        flag, score = sample.get("change_flag"), sample.get("pred_score")
        return cls(
            pair_id=str(required(sample, "pair_id", "add it to the packed metainfo")),
            caption=required(sample, "pred_caption", "the model must predict sentences"),
            references=tuple(required(sample, "gt_captions", "the test set must have captions")),
            flag=None if flag is None else int(flag),
            score=None if score is None else float(score),
        )


def required(sample: dict, key: str, fix: str) -> Any:
    """The value of ``key`` in a data sample, or a ValueError that says what to do."""
    if key not in sample:
        raise ValueError(
            f"the data sample of pair {sample.get('pair_id', '(unnamed)')!r} has no {key!r}, only "
            f"{sorted(sample)}: {fix}"
        )
    return sample[key]


class _HasPairId(Protocol):
    @property
    def pair_id(self) -> str: ...


Record = TypeVar("Record", bound=_HasPairId)


def sorted_pairs(records: Iterable[Record]) -> list[Record]:
    """One record per pair, sorted by pair id, in whatever order the processes return them.

    A pair that came twice with the same content counts once: a sampler may have padded.

    Raises:
        ValueError: Two records of one pair differ.
    """
    unique: dict[str, Record] = {}
    for record in records:
        first = unique.setdefault(record.pair_id, record)
        if first != record:
            raise ValueError(
                f"pair {record.pair_id!r} came twice with distinct content, {first} and {record}: "
                "pair ids must be unique in a test set"
            )
    return [unique[pair_id] for pair_id in sorted(unique)]
