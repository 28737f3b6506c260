"""Shared arguments of the commands, and types of arguments; nothing heavy is imported."""

from __future__ import annotations

from argparse import Action, ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Mapping, Sequence
from math import isfinite, nan
from pathlib import Path
from typing import Any

#: Help of the argument that names a file of predicted sentences.
RESULTS_HELP = (
    "*.jsonl of this toolbox; *.txt, a sentence a line in split order; *.json, COCO results or "
    "RSICCformer's *_res.json; a folder of *_cap.txt as MCI and RSCaMa write"
)

#: Default names in the folder of a data set: its caption file, and its folders of both dates and
#: masks.
ANN_FILE = "LevirCCcaptions.json"
FOLDERS = ("A", "B", "label")

#: Methods without labels and threshold rules; kept equal to the library's by a test.
METHODS = ("cva", "cva-standardized", "pca-kmeans", "irmad", "isfa", "dcva")
#: Methods that train on each pair.
LEARNED = ("preclassified", "novelty", "s3vm", "sccn", "forest")
THRESHOLDS = ("otsu", "kmeans", "ki")

#: Help texts of the scoring arguments; the library checks the names.
SCORERS_HELP = "of BLEU, METEOR, ROUGE-L and CIDEr-D"
PROTOCOLS_HELP = "what is a word: word, legacy_ids or ptb"


def whole_number(at_least: int) -> Callable[[str], int]:
    """Type of an argument, such as a seed (from 0) or a count (from 1)."""

    def whole(text: str) -> int:
        if (number := int(text)) < at_least:
            raise ArgumentTypeError(f"{text}: give {at_least} or more")
        return number

    return whole


def shard(text: str) -> tuple[int, int]:
    """Type of an argument such as 2/4, the second of four shares; counted from 1."""
    number, slash, shards = text.partition("/")
    if not (
        slash and number.isdecimal() and shards.isdecimal() and 1 <= int(number) <= int(shards)
    ):
        raise ArgumentTypeError(f"{text}: give I/N, such as 2/4 for the second of four shares")
    return int(number), int(shards)


def share(text: str) -> float:
    """Type of an argument between 0 and 1."""
    if not 0 < (number := float(text)) < 1:
        raise ArgumentTypeError(f"{text}: give a number between 0 and 1, such as 0.95")
    return number


def threshold(text: str) -> str | float:
    """Type of a threshold of change scores: a number, or a rule's name."""
    if text in THRESHOLDS:
        return text
    try:
        number = float(text)
    except ValueError:
        number = nan
    if not isfinite(number):
        raise ArgumentTypeError(f"{text}: give a number or one of {', '.join(THRESHOLDS)}")
    return number


def file_path(suffix: str) -> Callable[[str], Path]:
    """Type of a file to write, whose name must end in ``suffix``."""

    def path(text: str) -> Path:
        if Path(text).suffix.lower() != suffix:
            raise ArgumentTypeError(f"{text}: name a file that ends in {suffix}")
        return Path(text)

    return path


def folder_path(text: str) -> Path:
    """Type of a folder to write: no file is in its place, nor in that of a folder above."""
    for path in (Path(text), *Path(text).parents):
        if path.exists() and not path.is_dir():
            raise ArgumentTypeError(f"{path} is a file: name a folder")
    return Path(text)


#: Help text of the arguments that :func:`split_model` reads, before the two dates.
MODEL_METAVAR = "[MODEL [CHECKPOINT]] BEFORE AFTER"
MODEL_HELP = (
    "MODEL: a checkpoint that holds its config; ORG/MODEL of the Hugging Face Hub; or a config "
    "file or a name (mmrsicc info), with its CHECKPOINT; left out: the model that comes with the "
    "package. "
)


def split_model(
    words: Sequence[str], dates: bool = True, images: str = "BEFORE AFTER"
) -> tuple[str | None, str | None, Sequence[str]]:
    """Model, checkpoint and the two dates of a command line's words; what is left out is None.

    Args:
        words: In their order.
        dates: Whether the last two are before and after.
        images: What follows model and checkpoint, for messages.

    Raises:
        ValueError: If there are too few or too many, or a model stands where a date should or the
            other way round.
    """
    from mmrsicc.apis.model_listing import names_model

    number = 2 if dates else 0
    wanted = f"give [MODEL [CHECKPOINT]] {images}, not {' '.join(words) or 'nothing'}"
    if not number <= len(words) <= number + 2:
        raise ValueError(f"{wanted}; see --help")
    models, given = words[: len(words) - number], words[len(words) - number :]
    for word in given:
        if names_model(word):
            folder = f": write ./{word} for the folder" if Path(word).is_dir() else ""
            raise ValueError(f"{wanted}: {word} names a model{folder}")
    if models and not names_model(models[0]) and Path(models[0]).exists():
        raise ValueError(f"{wanted}: {models[0]} is no model")
    model, checkpoint = (*models, None, None)[:2]
    return model, checkpoint, given


class _CfgOptions(Action):
    """MMEngine's DictAction, which is imported only where options are given."""

    def __call__(
        self, parser: ArgumentParser, namespace: Namespace, values: Any, option: str | None = None
    ) -> None:
        from mmengine import DictAction

        DictAction(self.option_strings, self.dest)(parser, namespace, values, option)


def add_cfg_options(parser: ArgumentParser, example: str) -> None:
    """Adds ``--cfg-options`` as OpenMMLab's tools have it."""
    add_key_values(parser, "--cfg-options", f"override the config, e.g. {example}")


def check_side(
    args: Namespace, data: str, of_folder: Mapping[str, Any], of_config: Mapping[str, Any]
) -> None:
    """Refuses options that have no effect on a folder, or on a config, whichever the data are.

    Args:
        args: Of the command.
        data: Folder, or config (``.py``).
        of_folder: Options for a folder alone, and their defaults.
        of_config: The same for a config.

    Raises:
        ValueError: One is given in vain.
    """
    is_config = data.endswith(".py")
    for option, default in (of_folder if is_config else of_config).items():
        if getattr(args, option.strip("-").replace("-", "_")) != default:
            needed, kind = ("folder", "config") if is_config else ("config (.py)", "folder")
            raise ValueError(f"{option} is for a {needed}, and {data} is a {kind}: leave it out")


def add_key_values(parser: ArgumentParser, option: str, text: str) -> None:
    """Adds an option that takes values by their keys, read as OpenMMLab's tools read them."""
    parser.add_argument(option, nargs="+", action=_CfgOptions, metavar="KEY=VALUE", help=text)


def add_pair_table(parser: ArgumentParser) -> None:
    """Adds ``--csv`` and ``--root``, a table of pairs and where its paths start."""
    parser.add_argument(
        "--csv", type=Path, metavar="FILE", help="table of pairs with the columns before and after"
    )
    parser.add_argument(
        "--root",
        type=Path,
        metavar="DIR",
        help="folder above all images of --csv, where its paths start (default: the table's)",
    )


def add_device(parser: ArgumentParser) -> None:
    """Adds ``--device``; :func:`~mmrsicc.utils.device.usable_device` reads it."""
    parser.add_argument("--device", help="such as cpu or cuda:1 (default: a GPU if there is one)")


def add_batch_size(parser: ArgumentParser) -> None:
    """Adds ``--batch-size``."""
    parser.add_argument(
        "--batch-size",
        type=whole_number(1),
        default=16,
        metavar="N",
        help="pairs per forward pass (default: 16)",
    )


def add_radiometry(parser: ArgumentParser) -> None:
    """Adds bands, and the values that become 0 and 255."""
    parser.add_argument(
        "--bands",
        nargs="+",
        type=int,
        metavar="N",
        help="red, green, blue, or one; from 1, without alpha",
    )
    parser.add_argument(
        "--range",
        nargs=2,
        type=float,
        metavar=("LOW", "HIGH"),
        help="values that become 0 and 255, in the files' unit (default: the 1st and the 99th "
        "percentile of both dates; 8-bit files stay as they are)",
    )


def add_run_arguments(parser: ArgumentParser) -> None:
    """Adds work dir, config options and launcher, by OpenMMLab's names."""
    parser.add_argument("--work-dir", help="folder of logs, checkpoints and scores")
    add_cfg_options(parser, "train_cfg.max_epochs=10")
    parser.add_argument(
        "--launcher",
        choices=["none", "pytorch", "slurm", "mpi"],
        default="none",
        help="job launcher",
    )
    parser.add_argument("--local_rank", "--local-rank", type=int, default=0)


def add_scoring_arguments(parser: ArgumentParser) -> None:
    """Adds the arguments for references and scorers."""
    parser.add_argument(
        "--ann-file", help="caption file with references and flags, where the results have none"
    )
    parser.add_argument("--split", help="split of --ann-file (default: test)")
    parser.add_argument(
        "--missing",
        choices=("error", "empty"),
        help="pairs of --ann-file without a sentence: an error, or counted as empty sentences "
        "(default: error)",
    )
    parser.add_argument(
        "--scorers",
        nargs="+",
        metavar="NAME",
        help=f"{SCORERS_HELP} (default: as the run was scored, else all)",
    )
    parser.add_argument(
        "--protocol",
        metavar="NAME",
        help=f"{PROTOCOLS_HELP} (default: as the run was scored, else word)",
    )
    parser.add_argument(
        "--vocabulary", help="for legacy_ids: JSON file, or preset that counts words of --ann-file"
    )


def add_study_arguments(parser: ArgumentParser) -> None:
    """Adds seeds, runs at a time and resamples, for commands that train over several seeds."""
    parser.add_argument(
        "--seeds", type=whole_number(at_least=1), default=3, help="number of seeds (default: 3)"
    )
    parser.add_argument("--first-seed", type=int, default=42, help="(default: 42)")
    parser.add_argument(
        "--jobs", type=whole_number(at_least=1), default=1, help="runs at a time (default: 1)"
    )
    parser.add_argument(
        "--resamples",
        type=whole_number(at_least=1),
        default=2000,
        help="bootstrap resamples (default: 2000)",
    )
