"""``mmrsicc gpu-check``: training on this GPU compared with the CPU.

A few steps in fp32 (with TF32), in bf16 and with encoder and head compiled, on random pairs and
weights: no data is needed. Losses are compared with the CPU's; measured are sentences per second in
training, pairs captioned per second, batched and one by one, and memory. Run it in the folder of
the toolbox, or name configs of captioners.

Example:
    mmrsicc gpu-check --out gpu_check.json
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from mmrsicc.cli.arguments import add_device, file_path

HELP = "compare training on this GPU with the CPU: losses, speed, memory"

#: DFM, RSICCformer and Chg2Cap.
_CONFIGS = (
    "configs/dfm/dfm_levircc.py",
    "configs/rsiccformer/rsiccformer_levircc.py",
    "configs/chg2cap/chg2cap_levircc.py",
)


def add_arguments(parser: ArgumentParser) -> None:
    """Adds configs, size and files."""
    parser.add_argument(
        "configs",
        nargs="*",
        default=list(_CONFIGS),
        metavar="CONFIG",
        help="configs of captioners (default: DFM, RSICCformer and Chg2Cap on LEVIR-CC)",
    )
    parser.add_argument(
        "--tiny",
        action="store_true",
        help="few small images, by default the configs of SynthCC-tiny: to try the check itself",
    )
    parser.add_argument(
        "--backend", default="inductor", help="of torch.compile (default: inductor)"
    )
    add_device(parser)
    parser.add_argument(
        "--out",
        type=file_path(".json"),
        default=Path("gpu_check.json"),
        metavar="FILE",
        help="JSON for the figures; the table goes beside it as *.md (default: gpu_check.json)",
    )


def run(args: Namespace) -> int:
    """Checks, writes figures and table, and prints the table.

    Returns:
        1 if a way to train failed, else 0.
    """
    import json

    from mmrsicc.evaluation.files.command_line import check_writable
    from mmrsicc.research.gpu_check import TINY, WAYS, Sizes, check_gpu, check_table
    from mmrsicc.utils import atomic_path
    from mmrsicc.utils.config_file import read_config
    from mmrsicc.utils.device import usable_device

    paths = args.configs
    if args.tiny and paths == list(_CONFIGS):
        paths = [path.replace("_levircc", "_synthcc-tiny") for path in paths]
    configs = {Path(path).stem: read_config(path) for path in paths}
    check_writable(args.out, args)
    sizes = TINY if args.tiny else Sizes()
    found = check_gpu(configs, str(usable_device(args.device)), sizes, args.backend)
    table = check_table(found)
    texts = {args.out: json.dumps(found, indent=2) + "\n", args.out.with_suffix(".md"): table}
    for path, text in texts.items():
        with atomic_path(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    print(table, end="")
    ways = (*WAYS, "captioning")
    return int(any("error" in method[way] for method in found["methods"].values() for way in ways))
