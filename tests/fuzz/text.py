"""Captions, tables, lists, results, records, settings: all that is text or JSON."""

import json
from importlib.util import find_spec
from types import SimpleNamespace

from data.make_levir_layout import make_levir_cc
from fuzz.damage import damaged_json, damaged_text
from fuzz.kind import Kind
from mmengine import Config

from mmrsicc.apis.caption_log import CaptionLog
from mmrsicc.apis.pair_inputs import read_table
from mmrsicc.cli.report import read_baselines
from mmrsicc.converters.vocabulary_file import read_vocabulary
from mmrsicc.datasets.caption_file import read_split
from mmrsicc.datasets.caption_table import read_caption_table
from mmrsicc.datasets.pair_files import read_names
from mmrsicc.deployment import OnnxCaptioner
from mmrsicc.deployment.settings import SETTINGS_FILE, read_settings
from mmrsicc.evaluation import PredictedCaption, leakage_warnings
from mmrsicc.evaluation.files.command_line import scoring_of
from mmrsicc.evaluation.files.result_files import read_captions, read_results, read_run_record
from mmrsicc.evaluation.report import find, report_page
from mmrsicc.evaluation.scores.change_sensitive import read_levels
from mmrsicc.evaluation.scores.protocols import build_protocol
from mmrsicc.evaluation.truth.synth_truth import read_events, synth_truth_scores
from mmrsicc.research.costs.costs import config_mark, read_costs
from mmrsicc.research.loss_balance import _read_log
from mmrsicc.synthcc.pairs import VERSION
from mmrsicc.synthcc.writer import Settings, claim_folder

OWN = (
    '{"id": "test_000000", "caption": "a house", "references": ["a house"], "flag": 1}\n'
    '{"id": "test_000001", "caption": "a", "references": ["b"], "flag": 0, "score": -1.0}\n'
)
RECORD = {
    "config": "dfm.py",
    "checkpoint": "best.pth",
    "data": {"type": "LEVIRCCDataset", "split": "test"},
    "metrics": [{"type": "ChangeCaptionMetric", "scorers": ["BLEU"], "protocol": "word"}],
    "scores": {"BLEU-1": 50.0, "Sm": 1},
    "warnings": ["chosen on the test split"],
    "tested": {"command": "x", "versions": {"python": "3"}},
    "trained": {"training": {"type": "LEVIRCCDataset"}, "tokenizer": {"words": ["a"]}},
}
SETTINGS = {
    "format": 1,
    "size": [32, 48],
    "words": ["<pad>", "<unk>", "<start>", "<end>", "road"],
    "special_ids": [0, 1, 2, 3],
    "start_id": 2,
    "end_id": 3,
    "max_length": 9,
    "length_penalty": 1.0,
}
EVENT = {
    **{"change": "appear", "kind": "house", "count": 2, "site": 0, "land": "meadow"},
    **{"replaced": None, "replaced_count": 0, "place": "left", "relations": [["along", "road"]]},
}
METHOD = Config({"model": {"type": "X"}})
AUDIT = {"source_dataset": "LEVIR-CD", "target_dataset": "LEVIR-CC", "splits": {"test": {}}}


def writes(name, content):
    """Makes a file of this name."""

    def make(folder):
        path = folder / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        return path

    return make


def beside_captions(name, content):
    """Makes a file beside a data set's captions."""

    def make(folder):
        make_levir_cc(folder, pairs=(1, 1, 2))
        return writes(name, content)(folder)

    return make


def with_captions(path):
    return read_results(path, path.with_name("LevirCCcaptions.json"))


def captions(folder):
    return make_levir_cc(folder, pairs=(1, 1, 2)) / "LevirCCcaptions.json"


def own_lines_are_kept(found, good, path):
    """A line that is as it was is read as it was."""
    kept = {*path.read_bytes().split(b"\n")} & {*OWN.encode().split(b"\n")} - {b""}
    by_id = {record.pair_id: record for record in found}
    for record in good:
        line = next(row for row in OWN.splitlines() if record.pair_id in row)
        assert line.encode() not in kept or by_id[record.pair_id] == record


def graph(folder):
    """One of an export's graphs; small, so not one of an export, which is said last."""
    import onnx
    from onnx import TensorProto, helper

    writes(SETTINGS_FILE, SETTINGS)(folder)
    ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1]) for n in ("a", "b")]
    nodes = [helper.make_node("Identity", ["a"], ["b"])]
    model = helper.make_model(
        helper.make_graph(nodes, "g", ends[:1], ends[1:]),
        opset_imports=[helper.make_opsetid("", 18)],
        ir_version=9,
    )
    for name in ("step.onnx", "encoder.onnx"):
        onnx.save(model, folder / name)
    return folder / "encoder.onnx"


def opened(path):
    try:
        OnnxCaptioner(path.parent)
    except ValueError as error:
        if "not from one export" not in str(error):
            raise


def events(folder):
    (folder / "test").mkdir()
    return writes("test_000000.json", {"events": [EVENT], "sentences": ["a house appears"]})(
        folder / "test"
    )


def truth(path):
    said = PredictedCaption(path.stem, "two houses appear on the left", ("a house appears",))
    return synth_truth_scores([said], read_events(path.parents[1], [said]))


def record(folder):
    (folder / "test.jsonl").write_text(OWN)
    return writes("test.meta.json", RECORD)(folder)


def shown(path):
    """A record read, its way of scoring, and its page."""
    run = read_run_record(path.with_name("test.jsonl"))
    scoring_of(SimpleNamespace(scorers=["BLEU"]), [run])
    records = read_captions(path.with_name("test.jsonl"))
    return report_page("run", find(records, ("BLEU",), resamples=2), None, run)


def log_of_captions(name):
    """Makes what a run of mmrsicc caption leaves."""

    def make(folder):
        facts = {"checkpoint": "1f", "n_best": 1}
        with CaptionLog(folder / "out.jsonl", facts, pairs(folder)) as log:
            for key, (before, after) in pairs(folder).items():
                log.append(
                    {
                        "id": key,
                        "before": str(before),
                        "after": str(after),
                        "caption": key,
                        "n_best": [[key, 0.5]],
                        "error": None,
                    }
                )
        return folder / name

    return make


def pairs(folder):
    return {name: (folder / "A" / name, folder / "B" / name) for name in ("a", "b", "c")}


def resumed(path):
    facts = {"checkpoint": "1f", "n_best": 1}
    with CaptionLog(path.with_name("out.jsonl"), facts, pairs(path.parent)) as log:
        return log.records


def audited(path):
    return leakage_warnings._read(path)


def own_results(path):
    return read_results(path).records


KINDS = {
    "caption.json": Kind(captions, lambda path: read_split(path, "train"), damaged_json),
    "sentences.csv": Kind(
        writes(
            "sentences.csv",
            'filename,split,sentence,changeflag\na.png,train,"A house, built.",1\n'
            "b.png,val,calm,0\n",
        ),
        read_caption_table,
        damaged_text,
    ),
    "pairs.csv": Kind(
        writes("pairs.csv", 'before,after\na.png,b.png\n"c,d.png",e.png\n'),
        read_table,
        damaged_text,
    ),
    "list.txt": Kind(
        writes("list.txt", "a.png\nb\ncafé.tif\n"),
        lambda path: read_names(path.parent, path.name),
        damaged_text,
    ),
    "named.txt": Kind(
        beside_captions("named.txt", "test_000000.png\ta house\ntest_000001.png\ta road\n"),
        with_captions,
        damaged_text,
    ),
    "lines.txt": Kind(
        beside_captions("lines.txt", "a house\na road\n"), with_captions, damaged_text
    ),
    "own.jsonl": Kind(writes("own.jsonl", OWN), read_captions, damaged_json, own_lines_are_kept),
    "results.jsonl": Kind(writes("own.jsonl", OWN), own_results, damaged_json, own_lines_are_kept),
    "joined.jsonl": Kind(beside_captions("joined.jsonl", OWN), with_captions, damaged_json),
    "coco.json": Kind(
        beside_captions(
            "coco.json",
            [
                {"image_id": "test_000000", "caption": "a"},
                {"image_id": "test_000001", "caption": "b"},
            ],
        ),
        with_captions,
        damaged_json,
    ),
    "running.json": Kind(
        beside_captions("running.json", {"0": ["a house"], "1": ["b"]}), with_captions, damaged_json
    ),
    "record.meta.json": Kind(record, shown, damaged_json),
    "log.jsonl": Kind(log_of_captions("out.jsonl"), resumed, damaged_json),
    "log.meta.json": Kind(log_of_captions("out.meta.json"), resumed, damaged_json),
    "baselines.json": Kind(
        writes("baselines.json", {"baselines": {"x": {"description": "y", "scores": {"Sm": 1}}}}),
        lambda path: read_baselines(str(path)),
        damaged_json,
    ),
    "vocabulary.json": Kind(
        writes("vocabulary.json", {"<pad>": 0, "<unk>": 1, "<start>": 2, "<end>": 3, "a": 4}),
        read_vocabulary,
        damaged_json,
    ),
    "ids.json": Kind(
        writes("ids.json", {"<unk>": 0, "a": 1, "house": 2}),
        lambda path: build_protocol("legacy_ids", str(path)),
        damaged_json,
    ),
    "settings of ONNX": Kind(
        writes(SETTINGS_FILE, SETTINGS), lambda path: read_settings(path.parent), damaged_json
    ),
    "events.json": Kind(events, truth, damaged_json),
    "levels.json": Kind(writes("levels.json", {"house": 2, "tree": 1}), read_levels, damaged_json),
    "costs.json": Kind(
        writes("costs.json", {"methods": {"x": {"config": config_mark(METHOD)}}}),
        lambda path: read_costs(path, {"x": METHOD}),
        damaged_json,
    ),
    "log of a training": Kind(
        writes("scalars.json", 3 * '{"balance/rho_tgcl": 0.5, "loss": 1.0, "step": 10}\n'),
        _read_log,
        damaged_json,
    ),
    "settings of SynthCC": Kind(
        writes("synthcc.json", {"version": VERSION, **Settings(50).to_dict()}),
        lambda path: claim_folder(path.parent, Settings(50)),
        damaged_json,
    ),
    "audit.json": Kind(writes("audit.json", AUDIT), audited, damaged_json),
}

if find_spec("onnx") and find_spec("onnxruntime"):
    KINDS["graph of ONNX"] = Kind(graph, opened)
