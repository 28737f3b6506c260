"""Comparison of methods: a study whose arms are configs of their own, with one budget."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmrsicc.research.study.fairness import check_budget
from mmrsicc.research.study.study import Study
from mmrsicc.research.study.summary import BASELINES
from mmrsicc.utils.config_file import merged_config, read_config

_OPTIONS = ("budget", "reference", "splits", "learning_rates")
#: Keys of a comparison's file that the command line does not have.
_FILE_OPTIONS = ("varies",)


def read_comparison(
    paths: Sequence[str | Path],
    budget: str | Path | None = None,
    reference: str | None = None,
    splits: Sequence[str] | None = None,
    learning_rates: Sequence[float] | None = None,
) -> tuple[Study, tuple[float, ...]]:
    """Reads a comparison's file, or makes one of configs.

    Args:
        paths: One file with ``configs`` (paths by name, beside it) and, if need be, what follows,
            and ``varies``: the beginnings of keys that must be equal else and in which the methods
            differ since the comparison is about them. Or the configs themselves, named as their
            files are.
        budget: Config fragment that is merged over every config, or its path.
        reference: Name of the method that the others are compared to; the first one by default.
        splits: To test on; ``test`` by default.
        learning_rates: To choose from; none by default.

    Returns:
        The methods as arms, all others compared to the reference; and the learning rates.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If the file is no comparison, names come twice, there are fewer than two
            methods, the methods differ in what must be equal, or they are not scored by S*m.
    """
    first = Path(paths[0])
    if len(paths) == 1:
        name, folder, content = first.stem, first.parent, _content(first)
    else:
        name, folder, content = "comparison", Path(), {"configs": {Path(p).stem: p for p in paths}}
    given = (budget, reference, splits, learning_rates)
    content |= {key: v for key, v in zip(_OPTIONS, given, strict=True) if v is not None}
    configs = content["configs"]
    if len(configs) < max(2, len(paths)):
        raise ValueError(f"{first}: give two methods or more, with different file names")
    if taken := sorted(configs.keys() & set(BASELINES)):
        raise ValueError(f"{first}: {taken} are names of baselines: rename the methods")
    reference = content.get("reference") or next(iter(configs))
    if reference not in configs:
        raise ValueError(f"the reference {reference!r} is none of the methods {list(configs)}")
    splits, rates = content.get("splits") or ("test",), content.get("learning_rates") or ()
    varies = content.get("varies") or ()
    if isinstance(splits, str) or isinstance(varies, str) or not isinstance(rates, list | tuple):
        raise ValueError(f'{first}: splits, varies and learning_rates are tuples, as ("test",)')
    change = _fragment(content.get("budget") or {}, first.parent)
    methods = {name: merged_config(folder / path, change) for name, path in configs.items()}
    check_budget(methods, tuple(varies))
    others = tuple((method, reference) for method in methods if method != reference)
    return Study(name, methods, tuple(splits), {}, others), tuple(rates)


def _content(path: Path) -> dict[str, Any]:
    """Content of a comparison's file."""
    content = read_config(path).to_dict()
    if not isinstance(content.get("configs"), dict):
        raise ValueError(
            f"{path} has no `configs`, paths by name: dict(dfm='dfm.py', ...); give a comparison's "
            "file, or two configs or more"
        )
    known = (*_OPTIONS, *_FILE_OPTIONS)
    if unknown := sorted(content.keys() - {"configs", *known}):
        raise ValueError(f"{path}: a comparison has configs, {', '.join(known)}, not {unknown}")
    return content


def _fragment(budget: Any, folder: Path) -> dict[str, Any]:
    """A budget as a dict: one already, or the path of a file (one in a file: beside it)."""
    if isinstance(budget, dict):
        return budget
    path = Path(budget)
    return read_config(path if path.is_file() else folder / path).to_dict()
