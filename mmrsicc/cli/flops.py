"""``mmrsicc flops``: parameters of a captioner and FLOPs of captioning one pair, part by part.

One multiplication with its addition is 2 FLOPs. Many published tables count it as one ("MACs") and
call that FLOPs: compare the column MACs with them. What is counted:
mmrsicc/research/costs/flops.py. Auxiliary losses, which only training needs, are left out.

Example:
    mmrsicc flops CONFIG --shape 256 --vocabulary 468
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from mmrsicc.cli.arguments import add_cfg_options, whole_number

if TYPE_CHECKING:
    from rich.table import Table

HELP = "count parameters, and FLOPs of captioning one pair, part by part"


def add_arguments(parser: ArgumentParser) -> None:
    """Adds the model, and the size of images and sentence."""
    parser.add_argument("config", help="config of a ChangeCaptioner")
    parser.add_argument(
        "--shape",
        type=whole_number(at_least=1),
        nargs="+",
        help="height and width of the images, or one side for both (default: what the config "
        "resizes them to, or 256)",
    )
    parser.add_argument(
        "--length",
        type=whole_number(at_least=1),
        default=42,
        help="words of the sentence, its end included (default: 42)",
    )
    parser.add_argument(
        "--vocabulary",
        type=whole_number(at_least=5),
        help="entries of a made-up vocabulary (default: the config's own, which needs its data)",
    )
    add_cfg_options(parser, "model.speaker.head.num_layers=2")


def run(args: Namespace) -> None:
    """Prints a table with a row per part.

    Raises:
        OSError, ValueError: The model cannot be built; the message says why.
    """
    if args.shape and len(args.shape) > 2:
        raise ValueError(f"--shape takes a height and a width, got {args.shape}")

    from rich.console import Console
    from rich.table import Table

    from mmrsicc.apis.captioning import init_captioner, input_size
    from mmrsicc.models.parameters import count_parameters
    from mmrsicc.research.costs.costs import set_vocabulary
    from mmrsicc.research.costs.flops import count_flops
    from mmrsicc.utils.config_file import read_config

    cfg = read_config(args.config, args.cfg_options)
    if args.vocabulary is not None:
        set_vocabulary(cfg, args.vocabulary)
    try:
        model = init_captioner(cfg, None)
    except FileNotFoundError as error:
        raise FileNotFoundError(f"{error} (or give --vocabulary and need no data)") from error
    shape = args.shape or [input_size(model) or 256]
    height, width = shape[0], shape[-1]
    parameters = count_parameters(model)
    flops = count_flops(model, height, width, args.length)

    table = Table(
        title=f"{height} x {width} pixels, {args.length} words, "
        f"vocabulary of {len(model.speaker.tokenizer)}"
    )
    for column in ("part", "parameters (M)", "trainable (M)", "GFLOPs", "GMACs"):
        table.add_column(column, justify="left" if column == "part" else "right")
    for part in dict.fromkeys((*flops, *parameters)):
        count = parameters.get(part, {"total": 0, "trainable": 0})
        add_row(table, part, count["total"], count["trainable"], flops.get(part, 0))
    totals = [sum(part[kind] for part in parameters.values()) for kind in ("total", "trainable")]
    table.add_section()
    add_row(table, "all", totals[0], totals[1], sum(flops.values()))
    console = Console()
    console.print(table)
    console.print(
        "Counted are matrix products and convolutions; 1 MAC = 2 FLOPs. Published tables that say "
        "FLOPs often mean MACs."
    )


def add_row(table: Table, part: str, total: int, trainable: int, flops: int) -> None:
    cells = (f"{total / 1e6:.3f}", f"{trainable / 1e6:.3f}")
    table.add_row(part, *cells, f"{flops / 1e9:.3f}", f"{flops / 2e9:.3f}")
