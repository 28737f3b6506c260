"""``mmrsicc convert``: a checkpoint that authors released, as one of this toolbox.

No code in SOURCE is run. OUT is a checkpoint that mmrsicc test and mmrsicc caption take.

Example:
    mmrsicc convert rsiccformer BEST_checkpoint.pth.tar rsiccformer.pth --vocabulary WORDMAP.json
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mmrsicc.converters.conversion import Conversion

HELP = "convert a checkpoint that authors released"


def add_arguments(parser: ArgumentParser) -> None:
    """Adds the authors' file, its vocabulary and what is written."""
    parser.add_argument(
        "method",
        metavar="METHOD",
        help="chg2cap, dgat, duda, hisem, mccformers_d, mccformers_s, mci, promptcc, psnet, "
        "rscama, rsiccformer, sen or sparse_focus",
    )
    parser.add_argument("source", metavar="SOURCE", help="the authors' file")
    parser.add_argument("out", metavar="OUT", help="checkpoint to write")
    parser.add_argument(
        "--config", help="config of the same network (default: the method's, LEVIR-CC)"
    )
    words = parser.add_mutually_exclusive_group(required=True)
    words.add_argument(
        "--vocabulary", metavar="FILE.json", help="ids by word that the authors trained with"
    )
    words.add_argument(
        "--preset",
        metavar="NAME",
        help="how the authors counted the words of --ann-file: rsicc, levir_mci or chg2cap",
    )
    words.add_argument(
        "--tokenizer",
        metavar="NAME",
        help="for promptcc: hub name or folder of GPT-2's tokenizer, such as gpt2",
    )
    parser.add_argument("--ann-file", help="caption file, for --preset")


def run(args: Namespace) -> None:
    """Writes the checkpoint, and prints how each tensor of the file was used.

    Raises:
        OSError, ValueError: The file cannot be converted; the message says why.
    """
    if (args.preset is None) != (args.ann_file is None):
        raise ValueError(
            "--preset counts the words of a caption file: give it and --ann-file together"
        )

    import torch

    from mmrsicc.converters.conversion import convert, methods
    from mmrsicc.converters.vocabulary_file import read_vocabulary
    from mmrsicc.evaluation.files.command_line import check_writable
    from mmrsicc.tokenizers import BytePairs, Vocabulary
    from mmrsicc.utils import atomic_path

    if args.method not in methods():
        raise ValueError(f"no method {args.method!r}: choose one of {', '.join(methods())}")
    check_writable(args.out, args)
    vocabulary: Vocabulary | BytePairs
    if args.vocabulary is not None:
        vocabulary = read_vocabulary(args.vocabulary)
    elif args.tokenizer is not None:
        vocabulary = BytePairs(pretrained=args.tokenizer)
    else:
        vocabulary = Vocabulary(ann_file=args.ann_file, preset=args.preset)
    conversion = convert(args.method, args.source, vocabulary, args.config)
    show(conversion)
    with atomic_path(args.out) as path:
        torch.save(conversion.checkpoint(), path)
    print(f"{args.out}: converted, not trained here")


def show(conversion: Conversion) -> None:
    """Prints how each tensor of the file was used."""
    from mmrsicc.models.parameters import count_parameters
    from mmrsicc.utils.file_names import one_line

    print(f"vocabulary: {len(conversion.model.speaker.tokenizer)} words")
    for part, counts in count_parameters(conversion.model).items():
        pretrained = part == "backbone" and conversion.backbone
        source = f", from {pretrained}" if pretrained else ""
        print(f"{part}: {counts['total']:,} parameters{source}")
    if conversion.unused:
        print(f"left out, since the authors' code does not use them: {len(conversion.unused)}")
    for name, tensor in conversion.unused.items():
        print(f"    {one_line(name)} {tuple(tensor.shape)}")
    if conversion.others:
        print(f"not looked at: {one_line(', '.join(conversion.others))}")
