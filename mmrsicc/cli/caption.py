"""``mmrsicc caption``: sentences for pairs of images."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, nullcontext, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmrsicc.cli.arguments import (
    MODEL_HELP,
    MODEL_METAVAR,
    add_batch_size,
    add_device,
    add_pair_table,
    add_radiometry,
    file_path,
    folder_path,
    shard,
    split_model,
    whole_number,
)

if TYPE_CHECKING:
    from mmrsicc.apis import CaptionResult, ChangeCaptionInferencer
    from mmrsicc.apis.caption_log import CaptionLog

HELP = "say what changed between two images, or the images of two folders or a table"

_USAGE = """%(prog)s [MODEL [CHECKPOINT]] BEFORE AFTER [options]
       %(prog)s [MODEL [CHECKPOINT]] --csv FILE [options]"""


#: Memory grows with the number of beams times the batch size.
_MOST_BEAMS = 64


def add_arguments(parser: ArgumentParser) -> None:
    """Adds the arguments for model, images and output."""
    parser.usage = _USAGE
    parser.add_argument(
        "words",
        nargs="*",
        metavar=MODEL_METAVAR,
        help=f"{MODEL_HELP}BEFORE AFTER: two images, or two folders of the same file names",
    )
    add_pair_table(parser)
    parser.add_argument(
        "--beam-size",
        type=whole_number(1),
        help=f"beams of the search, at most {_MOST_BEAMS}; the config's decoding if left out",
    )
    parser.add_argument(
        "--n-best",
        type=whole_number(1),
        default=1,
        help="sentences per pair (default: 1, the best)",
    )
    add_batch_size(parser)
    add_device(parser)
    add_radiometry(parser)
    parser.add_argument(
        "--out",
        metavar="FILE.jsonl",
        help="write one JSON line per pair, as it comes; the same command continues where a "
        "run was stopped; with --shard a folder",
    )
    parser.add_argument(
        "--shard",
        type=shard,
        metavar="I/N",
        help="do the I-th of N shares of the pairs, into a Parquet file of the folder --out; "
        "mmrsicc merge writes the table of all",
    )
    parser.add_argument(
        "--masks",
        type=folder_path,
        metavar="DIR",
        help="write each pair's change mask, ID.png: class ids, at the size of the images",
    )
    parser.add_argument(
        "--picture",
        type=file_path(".png"),
        metavar="FILE.png",
        help="draw the pair with its sentence and, if the model finds one, its mask",
    )


def run(args: Namespace) -> None:
    """Prints sentences, and nothing else, on the standard output stream.

    Raises:
        OSError, ValueError: Nothing can be captioned; the message says why.
        SystemExit: Some pairs are broken; they are named once the others are done.
    """
    check_beams("--beam-size", args.beam_size)
    check_beams("--n-best", args.n_best)
    # MMEngine prints messages, and its log handler keeps the stream that it was created with.
    with redirect_stdout(sys.stderr):
        from mmrsicc.apis import ChangeCaptionInferencer
        from mmrsicc.apis.caption_log import CaptionLog, captioning_facts, name_pairs
        from mmrsicc.apis.mask_folder import MASK_FACTS, claim_masks, mask_path
        from mmrsicc.apis.pair_inputs import pairs_of
        from mmrsicc.utils.files import check_unused

        images = "BEFORE AFTER" if args.csv is None else "--csv FILE"
        model, weights, dates = split_model(args.words, args.csv is None, images)
        if args.shard is None:
            _check_out(args.out)
        elif args.out is None or args.masks is not None or args.picture is not None:
            raise ValueError("--shard needs a folder, --out DIR, and takes no --masks or --picture")
        found = list(pairs_of(args.csv or tuple(dates), args.root))
        if args.picture is not None and len(found) > 1:
            raise ValueError(f"--picture draws one pair, not {len(found)}: give two images")
        pairs = dict(zip(name_pairs(found), found, strict=True))
        masks = {mask_path(args.masks, n): p for n, p in pairs.items()} if args.masks else {}
        if args.picture is not None:
            check_unused(args.picture, [*masks, *(image for pair in found for image in pair)])
        captioner = ChangeCaptionInferencer(
            model, weights, args.device, args.beam_size, args.range, args.bands
        )
        if args.shard is not None:
            return _caption_share(captioner, pairs, args)
        log = None
        if args.masks is not None or args.out is not None:
            facts = captioning_facts(captioner, captioner.checkpoint, args.n_best)
            if args.masks is not None:
                claim_masks(args.masks, {name: facts[name] for name in MASK_FACTS}, masks)
            if args.out is not None:
                log = CaptionLog(Path(args.out), facts, pairs)
    errors = []
    with log or nullcontext():
        for record in _records(captioner, pairs, args, log):
            if record["error"] is not None:
                errors.append(_fault(record))
                continue
            label = "" if len(pairs) == 1 else f"{_label(record, args)}\t"
            lines = "".join(f"{label}{sentence}\n" for sentence, _ in record["n_best"])
            if not _print(lines) and log is None and args.masks is None:
                return
        if log is not None:
            log.finish()
    _tell_errors(errors, len(pairs))


def _caption_share(
    captioner: ChangeCaptionInferencer, pairs: Mapping[str, Any], args: Namespace
) -> None:
    """Captions a share of the pairs into its Parquet file, unless it has a sentence for each."""
    from mmrsicc.apis.caption_log import captioning_facts, places_digest
    from mmrsicc.apis.caption_parts import has_part, part_path, write_part
    from mmrsicc.utils.file_names import check_utf8

    number, shares = args.shard
    path = part_path(Path(args.out), number, shares)
    facts = captioning_facts(captioner, captioner.checkpoint, args.n_best)
    facts["pairs"] = places_digest(pairs.values())
    share = list(enumerate(pairs.items()))[number - 1 :: shares]
    for _, (name, pair) in share:
        for text in (name, *map(str, pair)):
            check_utf8(text)
    if has_part(path, facts, dict(pair for _, pair in share)):
        print(f"{path} is there already", file=sys.stderr)
        return
    results = captioner.stream([pair for _, (_, pair) in share], args.batch_size, args.n_best)
    errors = []

    def records() -> Iterator[tuple[int, dict[str, Any]]]:
        for (place, (name, _)), result in zip(share, results, strict=True):
            record = {"id": name, **result.to_dict()}
            if result.error is not None:
                errors.append(_fault(record))
            yield place, record

    write_part(path, facts, records())
    _tell_errors(errors, len(share))


def _tell_errors(errors: Sequence[str], count: int) -> None:
    """Ends the command with what was wrong with some of so many pairs, if anything was."""
    if errors:
        broken = "\n  ".join(errors)
        raise SystemExit(f"{len(errors)} of {count} pairs could not be captioned: {broken}")


def _records(
    captioner: ChangeCaptionInferencer,
    pairs: Mapping[str, Any],
    args: Namespace,
    log: CaptionLog | None,
) -> Iterator[dict[str, Any]]:
    """Records of all pairs in their order; new ones are written as they come.

    Args:
        captioner: What captions.
        pairs: By their names.
        args: Of the command line.
        log: File of captions, or None.
    """
    from mmrsicc.apis.caption_log import is_newer
    from mmrsicc.apis.mask_folder import mask_image, mask_path

    def has_mask(name: str) -> bool:
        """Whether its mask is of these images; an absent one was not requested before."""
        path = masks[name]
        return path.is_file() and not is_newer(pairs[name], path.stat().st_mtime)

    masks = {name: mask_path(args.masks, name) for name in pairs} if args.masks is not None else {}
    kept = {} if log is None or args.picture is not None else dict(log.records)
    kept = {name: record for name, record in kept.items() if not masks or has_mask(name)}
    if kept:
        print(f"{args.out} holds {len(kept)} of {len(pairs)} pairs already", file=sys.stderr)
    new = [pair for name, pair in pairs.items() if name not in kept]
    with closing(captioner.stream(new, args.batch_size, args.n_best)) as results:
        for name in pairs:
            if name in kept:
                yield kept[name]
                continue
            result = next(results)
            record = {"id": name, **result.to_dict()}
            if masks and result.error is not None:
                masks[name].unlink(missing_ok=True)
            elif masks:
                from mmrsicc.visualization import save_png

                save_png(mask_image(result), masks[name])
            if log is not None:
                log.append(record)
            if result.error is None and args.picture is not None:
                _draw(captioner, result, args.picture)
            yield record


def _print(lines: str) -> bool:
    """Prints to the standard output; False if the reader has closed it, as ``head`` does."""
    try:
        print(lines, end="", flush=True)
    except BrokenPipeError:
        # Later output is discarded, and flushing at exit raises no error.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True


def _check_out(out: str | None) -> None:
    """Raises an error before any work if the output file cannot be written."""
    from mmrsicc.evaluation.files.command_line import check_writable

    check_writable(out)
    if out is not None and Path(out).suffix != ".jsonl":
        raise ValueError(f"--out {out}: one JSON line per pair, end it in .jsonl")


def check_beams(option: str, number: int | None) -> None:
    """Refuses more beams than a search can use.

    Raises:
        ValueError: Names the option and the most that it takes.
    """
    if number is not None and number > _MOST_BEAMS:
        raise ValueError(f"{option} {number} is too many: give at most {_MOST_BEAMS}")


def _label(record: Mapping[str, Any], args: Namespace) -> str:
    """Label of a pair: in two folders the name of the file."""
    from mmrsicc.utils.file_names import one_line

    return one_line(record["after"] if args.csv is not None else Path(record["after"]).name)


def _fault(record: Mapping[str, Any]) -> str:
    """Error message of a pair, with its name."""
    after, error = str(record["after"]), str(record["error"])
    return error if after in error else f"{after}: {error}"


def _draw(captioner: ChangeCaptionInferencer, result: CaptionResult, out: Path) -> None:
    """Draws a captioned pair at the size of its files, not at that of the model's input."""
    import torch

    from mmrsicc.apis import image_pipeline
    from mmrsicc.visualization import pair_picture, raw_pair, save_png

    record = {
        "pair_id": Path(str(result.after)).stem,
        "before_path": result.before,
        "after_path": result.after,
    }
    pair = raw_pair(record, image_pipeline(captioner.model).transforms)
    sample = pair["data_samples"]
    sample.pred_caption = result.caption
    if result.mask is not None:
        sample.pred_mask = torch.from_numpy(result.mask)
    save_png(pair_picture(pair["inputs"], sample), out)
