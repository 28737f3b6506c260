"""What a data set of captions costs before its first pair: time, and memory kept and at the peak.

    python tools/analysis_tools/benchmark_manifest.py --rows 10000 100000 1000000 --json-rows 10000

Each file, of made-up pairs with five sentences, is opened in a process of its own; its images are
not looked for. Memory is that of the process beyond what it held with a data set of one pair.
The index of WebDataset shards stands beside empty shards of the right sizes, 1,000 pairs each.
"""

import argparse
import gc
import json
import multiprocessing
import tempfile
import time
from pathlib import Path
from typing import Any

from mmrsicc.cli.arguments import whole_number
from mmrsicc.utils.processes import forget_peak, resident_bytes

_RECORD = ("filepath", "filename", "split", "sentences", "changeflag")


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.RawDescriptionHelpFormatter
    )
    counts: dict[str, Any] = {"type": whole_number(1), "nargs": "*"}
    parser.add_argument("--rows", default=[10_000, 100_000, 1_000_000], **counts, help="in Parquet")
    parser.add_argument("--index-rows", default=[], **counts, help="in the index of shards")
    parser.add_argument("--json-rows", default=[10_000], **counts, help="in JSON, to compare")
    return parser.parse_args()


def columns(rows: int) -> dict[str, list[Any]]:
    """Columns of a manifest; 40 characters a sentence, as in LEVIR-CC."""
    said = [f"{i % 97} houses are built beside the road number" for i in range(97)]
    return {
        "filepath": ["train"] * rows,
        "filename": [f"train_{i:08}.png" for i in range(rows)],
        "split": ["train"] * rows,
        "sentences": [[f"{said[(i + k) % 97]} {i % 9973}" for k in range(5)] for i in range(rows)],
        "changeflag": [1] * rows,
    }


def write_index(path: Path, rows: int) -> None:
    """Writes the index of shards, and shards of holes."""
    import pyarrow
    from pyarrow.parquet import write_table

    from mmrsicc.datasets.webdataset import index_schema

    content, size = columns(rows), 200_000
    del content["filepath"]
    content["shard"] = [f"train-{i // 1000:06}.tar" for i in range(rows)]
    for number, kind in enumerate(("before", "after")):
        begins = ((2 * (i % 1000) + number) * size for i in range(rows))
        content[kind] = [f"{i:08}.{kind}.png@{b + 512}+100000" for i, b in enumerate(begins)]
    for kind in ("mask", "before_semantic", "after_semantic"):
        content[kind] = [None] * rows
    sizes = dict.fromkeys(content["shard"], 2001 * size)
    for name in sizes:
        with (path.parent / name).open("wb") as file:
            file.truncate(sizes[name])
    write_table(pyarrow.table(content, index_schema(sizes)), path)


def write(path: Path, rows: int) -> None:
    """Writes a caption file: JSON, Parquet, or an index, by its name."""
    if path.stem.endswith("index"):
        return write_index(path, rows)
    content = columns(rows)
    if path.suffix == ".parquet":
        import pyarrow
        import pyarrow.parquet

        pyarrow.parquet.write_table(pyarrow.table(content), path)
        return
    content["sentences"] = [[{"raw": text} for text in said] for said in content["sentences"]]
    pairs = (dict(zip(_RECORD, row, strict=True)) for row in zip(*content.values(), strict=True))
    path.write_text(json.dumps({"images": list(pairs)}))


def measure(path: Path, small: Path, answers: Any) -> None:
    """Opens a data set; gives seconds, bytes kept and at the peak, and time of an access."""
    from mmrsicc.datasets import ChangeCaptionDataset, change_caption_dataset

    change_caption_dataset.check_files = lambda *_: None
    ChangeCaptionDataset(str(small))
    gc.collect()
    forget_peak()
    before = resident_bytes()
    started = time.process_time()
    dataset = ChangeCaptionDataset(str(path))
    seconds = time.process_time() - started
    gc.collect()
    kept = resident_bytes() - before
    peak = resident_bytes(peak=True) - before
    started = time.process_time()
    for i in range(1000):
        dataset.get_data_info(i * 7919 % len(dataset))
    answers.put((seconds, kept, peak, (time.process_time() - started) * 1000))


def main() -> None:
    args = parse_args()
    context = multiprocessing.get_context("spawn")
    print("| file | pairs | CPU seconds | bytes kept per pair | at the peak | µs per access |")
    print("| --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as name:
        kinds = {".parquet": args.rows, "-index.parquet": args.index_rows, ".json": args.json_rows}
        for suffix, counts in kinds.items():
            small = Path(name, f"small{suffix}")
            write(small, 1)
            for rows in counts:
                path = Path(name, f"{rows}{suffix}")
                write(path, rows)
                answers = context.Queue()
                process = context.Process(target=measure, args=(path, small, answers))
                process.start()
                seconds, kept, peak, access = answers.get()
                process.join()
                path.unlink()
                print(
                    f"| {suffix[1:]} | {rows:,} | {seconds:.2f} | {kept / rows:.0f} | "
                    f"{peak / rows:.0f} | {access:.0f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
