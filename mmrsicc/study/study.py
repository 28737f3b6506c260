"""What a study varies: a file of arms over one base config."""

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine import Config

_KEYS = {"base", "splits", "arms", "groups", "comparisons"}


@dataclass(frozen=True)
class Study:
    """Variants ("arms") of one config, and which of them answer which question.

    Attributes:
        base: The config's file.
        splits: Splits of the test data set that every arm is tested on.
        arms: Changes to the base by name of the arm, as configs inherit: dicts are merged, and
            ``_delete_=True`` replaces one whole.
        groups: Names of arms by name of the group.
        comparisons: Pairs (arm, reference) whose difference is asked for.
    """

    base: Path
    splits: tuple[str, ...]
    arms: dict[str, dict[str, Any]]
    groups: dict[str, tuple[str, ...]]
    comparisons: tuple[tuple[str, str], ...]

    def config(self, arm: str, seed: int) -> Config:
        """The config of one arm and seed."""
        cfg = Config.fromfile(self.base)
        cfg.merge_from_dict(copy.deepcopy(self.arms[arm]))
        cfg.randomness = {**(cfg.get("randomness") or {}), "seed": seed}
        return cfg

    def chosen(self, names: list[str] | None) -> list[str]:
        """Arms of the named groups and arms, each once; all arms if none is named.

        Raises:
            ValueError: If a name is neither a group nor an arm.
        """
        found: list[str] = []
        for name in names or self.arms:
            if name not in self.groups and name not in self.arms:
                raise ValueError(
                    f"there is no group or arm {name!r}: groups are {sorted(self.groups)}, arms "
                    f"{sorted(self.arms)}"
                )
            found += self.groups.get(name, (name,))
        return list(dict.fromkeys(found))


def read_study(path: str | Path, base: str | Path | None = None) -> Study:
    """Reads a study's file; ``base`` takes the place of its own base config.

    Raises:
        FileNotFoundError: If the study or its base is missing.
        ValueError: If it lacks a key, or names an arm that it does not have.
    """
    path = Path(path)
    content = Config.fromfile(path).to_dict()
    missing = sorted(_KEYS - content.keys())
    if missing:
        raise ValueError(f"{path} is no study: it lacks {missing}")
    named = {arm for group in content["groups"].values() for arm in group}
    named |= {arm for pair in content["comparisons"] for arm in pair}
    unknown = sorted(named - content["arms"].keys())
    if unknown:
        raise ValueError(f"{path}: groups or comparisons name arms that are not there: {unknown}")
    study = Study(
        Path(base) if base is not None else path.parent / content["base"],
        tuple(content["splits"]),
        content["arms"],
        {name: tuple(group) for name, group in content["groups"].items()},
        tuple((arm, reference) for arm, reference in content["comparisons"]),
    )
    if not study.base.is_file():
        raise FileNotFoundError(f"{path} is based on {study.base}, which is not there")
    return study
