"""Converts a checkpoint that authors released: ``convert_checkpoint.py METHOD SOURCE OUT``.

No code in SOURCE is run. OUT is a checkpoint of this toolbox, which tools/test.py, tools/caption.py
and `mmrsicc caption` take.

Example:
    python tools/model_converters/convert_checkpoint.py rsiccformer \\
        BEST_checkpoint.pth.tar rsiccformer.pth --vocabulary WORDMAP.json
"""

import argparse

import torch

from mmrsicc.converters.conversion import Conversion, convert, methods
from mmrsicc.converters.vocabulary_file import read_vocabulary
from mmrsicc.evaluation.files.command_line import check_writable, errors_in_words
from mmrsicc.models.parameters import count_parameters
from mmrsicc.tokenizers import Vocabulary
from mmrsicc.tokenizers.vocabulary import PRESETS
from mmrsicc.utils import atomic_path


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Convert a checkpoint that authors released",
        epilog=__doc__.split("\n\n", 1)[1],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("method", choices=methods(), metavar="METHOD", help=", ".join(methods()))
    parser.add_argument("source", metavar="SOURCE", help="the authors' file")
    parser.add_argument("out", metavar="OUT", help="checkpoint to write")
    parser.add_argument("--config", help="of the same network (default: the method's, LEVIR-CC)")
    words = parser.add_mutually_exclusive_group(required=True)
    words.add_argument(
        "--vocabulary", metavar="FILE.json", help="ids by word that the authors trained with"
    )
    words.add_argument(
        "--preset", choices=PRESETS, help="or how they counted the words of --ann-file"
    )
    parser.add_argument("--ann-file", help="caption file, for --preset")
    args = parser.parse_args()
    if (args.preset is None) != (args.ann_file is None):
        parser.error("--preset counts the words of a caption file: give it and --ann-file together")
    return args


def show(conversion: Conversion) -> None:
    """Prints what became of all that was in the file."""
    print(f"vocabulary: {len(conversion.model.speaker.tokenizer)} words")
    for part, counts in count_parameters(conversion.model).items():
        pretrained = part == "backbone" and conversion.backbone
        source = f", from {pretrained}" if pretrained else ""
        print(f"{part}: {counts['total']:,} parameters{source}")
    if conversion.unused:
        print(f"left out, since the authors' code does not use them: {len(conversion.unused)}")
    for name, tensor in conversion.unused.items():
        print(f"    {name} {tuple(tensor.shape)}")
    if conversion.others:
        print(f"not looked at: {', '.join(conversion.others)}")


@errors_in_words()
def main() -> None:
    args = parse_args()
    check_writable(args.out)
    if args.vocabulary is not None:
        vocabulary = read_vocabulary(args.vocabulary)
    else:
        vocabulary = Vocabulary(ann_file=args.ann_file, preset=args.preset)
    conversion = convert(args.method, args.source, vocabulary, args.config)
    show(conversion)
    with atomic_path(args.out) as path:
        torch.save(conversion.checkpoint(), path)
    print(f"{args.out}: converted, not trained here")


if __name__ == "__main__":
    main()
