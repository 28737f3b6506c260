"""``mmrsicc plot-loss-balance``: the balance of the loss terms over a run.

What LossBalanceHook logged (gradients on shared parameters), the factors of a loss_balance policy
and the statistics of TGCL, whichever are there. Runs of several seeds lie over each other. The
parts of a resumed run, each a dated folder of the work dir, are joined.

Examples:
    mmrsicc plot-loss-balance work_dirs/dfm_levircc --out balance.png
    mmrsicc plot-loss-balance work_dirs/dfm_seed* --out balance.png
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from mmrsicc.cli.arguments import file_path

HELP = "plot the balance of the loss terms over training"


def add_arguments(parser: ArgumentParser) -> None:
    """Adds the runs and the picture."""
    parser.add_argument(
        "runs",
        nargs="+",
        type=Path,
        metavar="WORK_DIR_OR_SCALARS.json",
        help="work dir of a run, or one of its */vis_data/scalars.json",
    )
    parser.add_argument(
        "--out", type=file_path(".png"), required=True, metavar="FILE.png", help="the picture"
    )


def run(args: Namespace) -> None:
    """Draws the picture.

    Raises:
        OSError, ValueError: A run has nothing to draw; the message says why.
    """
    from mmrsicc.evaluation.files.command_line import check_writable
    from mmrsicc.research.loss_balance import draw, read_run

    check_writable(args.out, args)
    draw({str(path): read_run(path) for path in args.runs}, args.out)
    print(args.out)
