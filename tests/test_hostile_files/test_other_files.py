"""All other files that are read: results, records, exports, tables, images, converter inputs."""

import json
import pickle
import struct
import zipfile
import zlib
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine import Config
from PIL import Image
from test_hostile_files.conftest import CANARY, assert_one_line
from test_hostile_files.hostile_checkpoints import Code
from torch import nn

from mmrsicc.apis.pair_inputs import read_table
from mmrsicc.cli.main import main
from mmrsicc.converters.pickled_modules import read_parts
from mmrsicc.converters.vocabulary_file import read_vocabulary
from mmrsicc.datasets.caption_file import read_split
from mmrsicc.datasets.image_io import read_image
from mmrsicc.datasets.mask_io import read_mask
from mmrsicc.datasets.pair_files import read_names
from mmrsicc.deployment import OnnxCaptioner
from mmrsicc.engine.hooks import PlainCheckpointHook
from mmrsicc.evaluation import PredictedCaption
from mmrsicc.evaluation.files.command_line import scoring_of
from mmrsicc.evaluation.files.result_files import read_captions, read_run_record
from mmrsicc.evaluation.truth.synth_truth import read_events
from mmrsicc.models.text_encoders import cached_embeddings
from mmrsicc.research.study.run import Run

#: Paths that lead out of the folder that they start from, on some system.
OUTSIDE = [
    *("../x.png", "a/../../x.png", "/etc/passwd"),
    *("C:/x.png", "C:x.png", "..\\x.png", "\\\\host\\x.png"),
]


def write_json(path, content):
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


# Paths.


@pytest.mark.parametrize("name", OUTSIDE)
@pytest.mark.parametrize("key", ["filename", "filepath"])
def test_a_caption_file_stays_in_its_folder(here, name, key):
    record = {"filename": "x.png", "filepath": "test", "split": "test", "sentences": [{"raw": "a"}]}
    path = write_json(here / "captions.json", {"images": [{**record, key: name}]})
    with pytest.raises(ValueError) as error:
        read_split(path, "test")
    assert_one_line(error, "captions.json, record 0", f'"{key}"', "below the folder of the images")


@pytest.mark.parametrize("name", OUTSIDE[:3])
def test_a_table_stays_in_its_folder(here, name):
    (here / "pairs.csv").write_text(f"before,after\na.png,{name}\n")
    with pytest.raises(ValueError) as error:
        read_table(here / "pairs.csv")
    assert_one_line(error, "pairs.csv, line 2", repr(name), "--root")


def test_a_table_that_is_none(here):
    (here / "pairs.csv").write_text('before,after\n"' + "x" * 200_000)
    with pytest.raises(ValueError) as error:
        read_table(here / "pairs.csv")
    assert_one_line(error, "pairs.csv, line", "double quotes")


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_list_of_pairs_stays_in_its_folder(here, name):
    (here / "list.txt").write_text(f"a\n{name}\n")
    with pytest.raises(ValueError) as error:
        read_names(here, "list.txt")
    assert_one_line(error, "list.txt", "leads out")


@pytest.mark.parametrize("name", OUTSIDE)
def test_results_name_no_image_elsewhere(here, name):
    line = {"id": name, "caption": "a", "references": ["a"]}
    path = write_json(here / "test.jsonl", line)
    with pytest.raises(ValueError) as error:
        read_captions(path)
    assert_one_line(error, "test.jsonl, line 1", "leads out")


def test_results_name_no_events_elsewhere(here):
    write_json(here / "x_1.json", {"events": []})
    (here / "events").mkdir()
    with pytest.raises(FileNotFoundError) as error:
        read_events(here / "events", [PredictedCaption("../x_1", "a", ("a",))])
    assert_one_line(error, "../x_1")


def test_a_resumed_run_removes_nothing_elsewhere(here):
    victim = here / "home"
    victim.mkdir()
    info = {f"best_ckpt_{i}": path for i, path in enumerate(("..", ".", "/", "../..", "../home"))}
    info |= {"best_ckpt": str(victim), "keep_ckpt_ids": ["../home"]}
    info |= {"best_ckpt_Sm": "../elsewhere/best_Sm_epoch_3.pth"}
    checkpoint = {"message_hub": {"runtime_info": info}}
    runner = SimpleNamespace(work_dir=str(here / "work"), hooks=[])
    PlainCheckpointHook().after_load_checkpoint(runner, checkpoint)
    assert info == {"best_ckpt_Sm": str(here / "work" / "best_Sm_epoch_3.pth")}


# Records beside results.

RECORDS = {
    "metrics that are words": {"metrics": ["subprocess.Popen"]},
    "a metric without a type": {"metrics": [{"scorers": ["BLEU"]}]},
    "scorers that are a word": {"metrics": [{"type": "ChangeCaptionMetric", "scorers": "BLEU"}]},
    "warnings that are a dict": {"warnings": {"type": "subprocess.Popen"}},
    "scores that are code": {"scores": {"Sm": "__import__('os').system('touch RAN')"}},
    "a list": ["subprocess.Popen"],
    "a vocabulary that is a number": {"metrics": [{"type": "X", "vocabulary": 5}]},
    "a metric that is a list": {"metrics": [["X"]]},
    "a METEOR of its own": {"metrics": [{"type": "ChangeCaptionMetric", "meteor": "perl"}]},
    "a metric that is nothing": {"metrics": [None]},
    "training that is a word": {"trained": "subprocess.Popen"},
    "words that are a number": {"trained": {"tokenizer": {"words": 5}}},
}


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
def test_a_record_is_one(here, record):
    write_json(here / "test.meta.json", record)
    with pytest.raises(ValueError) as error:
        read_run_record(here / "test.jsonl")
    assert_one_line(error, "test.meta.json")


@pytest.mark.parametrize("content", ["[" * 100_000, '{"a": ' * 100_000])
def test_files_that_are_too_deep(here, content):
    (here / "test.jsonl").write_text(content)
    (here / "test.meta.json").write_text(content)
    (here / "captions.json").write_text(content)
    for read in (
        lambda: read_captions(here / "test.jsonl"),
        lambda: read_run_record(here / "test.jsonl"),
        lambda: read_split(here / "captions.json", "test"),
        lambda: read_vocabulary(here / "captions.json"),
    ):
        with pytest.raises(ValueError) as error:
            read()
        assert len(str(error.value)) < 1000
        assert str(here) in str(error.value)


def test_names_in_a_record_are_compared_not_looked_up(here):
    for kind in ("subprocess.Popen", "evil.ChangeCaptionMetric", "Evil"):
        run = {"metrics": [{"type": kind, "scorers": ["evil.Scorer"]}]}
        if "ChangeCaptionMetric" in kind:
            with pytest.raises(ValueError) as error:
                scoring_of(SimpleNamespace(), [run])
            assert_one_line(error, "evil.Scorer", "--scorers")
        else:
            assert "evil.Scorer" not in scoring_of(SimpleNamespace(), [run])["scorers"]


# Runs of studies.


def test_a_config_in_the_folder_of_a_run_is_not_run(here):
    (here / "config.py").write_text(f"open({CANARY!r}, 'w').close()\nmodel = dict()\n")
    study = SimpleNamespace(config=lambda arm, seed: Config({}), splits=())
    with pytest.raises(ValueError) as error:
        Run(study, "arm", 0, here).check()
    assert_one_line(error, "config.py", "plain values", "--work-dir")


# Exported models.

GOOD = {
    "format": 1,
    "size": [32, 48],
    "words": ["<pad>", "<unk>", "<start>", "<end>", "road"],
    "special_ids": [0, 1, 2, 3],
    "start_id": 2,
    "end_id": 3,
    "max_length": 9,
    "length_penalty": 1.0,
}
SETTINGS = {
    "too large a size": {"size": [10**9, 10**9]},
    "a size of words": {"size": "os.system"},
    "no words": {"words": {"type": "subprocess.Popen"}},
    "words that control a terminal": {"words": [*GOOD["words"][:4], "\x1b[2J"]},
    "an id outside": {"start_id": 10**9},
    "special ids outside": {"special_ids": [-(10**9)]},
    "no end": {"max_length": 10**12},
    "a penalty that is code": {"length_penalty": "__import__('os')"},
    "a penalty without end": {"length_penalty": float("nan")},
    "another format": {"format": "subprocess.Popen"},
}


@pytest.mark.parametrize("changed", SETTINGS.values(), ids=SETTINGS)
def test_settings_of_an_export(here, changed):
    write_json(here / "model.json", {**GOOD, **changed})
    with pytest.raises(ValueError) as error:
        OnnxCaptioner(here)
    assert_one_line(error, "model.json", "export the model again")


def test_graphs_of_an_export(here):
    pytest.importorskip("onnxruntime", reason="exported models need onnxruntime")
    write_json(here / "model.json", GOOD)
    for content in (b"", b"no graph", pickle.dumps(Code())):
        (here / "encoder.onnx").write_bytes(content)
        with pytest.raises(ValueError) as error:
            OnnxCaptioner(here)
        assert_one_line(error, "encoder.onnx", "export the model again")


def test_graphs_of_another_export(here):
    onnx = pytest.importorskip("onnx", reason="exported models need onnx")
    pytest.importorskip("onnxruntime", reason="exported models need onnxruntime")
    from onnx import TensorProto, helper

    tensors = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1]) for n in ("a", "b")]
    graph = helper.make_graph(
        [helper.make_node("Identity", ["a"], ["b"])], "g", tensors[:1], tensors[1:]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    for name in ("encoder.onnx", "step.onnx"):
        onnx.save(model, here / name)
    write_json(here / "model.json", GOOD)
    with pytest.raises(ValueError) as error:
        OnnxCaptioner(here)
    assert_one_line(error, "not from one export")


# Converter inputs.


@pytest.mark.parametrize("old", [False, True])
def test_an_authors_checkpoint_with_code(here, old):
    path = here / "theirs.pth"
    torch.save({"net": nn.Linear(1, 1), "x": Code()}, path, _use_new_zipfile_serialization=not old)
    with pytest.raises(ValueError) as error:
        read_parts(path, ["net"])
    assert_one_line(error, "theirs.pth", "open")


def test_an_authors_archive_that_unfolds(here):
    path = here / "theirs.pth"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02}." + bytes(10**7))
    assert path.stat().st_size < 10**5
    with pytest.raises(ValueError) as error:
        read_parts(path, ["net"])
    assert_one_line(error, "theirs.pth", "packed")


@pytest.mark.parametrize(
    "content", [["a"], {"a": "os.system"}, {"a": 10**9}, {"a": True}, {"a": 1e300}]
)
def test_an_authors_vocabulary(here, content):
    with pytest.raises(ValueError) as error:
        read_vocabulary(write_json(here / "vocab.json", content))
    assert_one_line(error, "vocab.json")


# Images.


def test_an_image_that_is_a_pickle(here):
    (here / "x.png").write_bytes(pickle.dumps(Code()))
    with pytest.raises(ValueError) as error:
        read_image(here / "x.png")
    assert_one_line(error, "x.png")


def test_a_raster_with_code_in_it(here):
    rasterio = pytest.importorskip("rasterio", reason="needs the extra geo")
    Image.fromarray(np.zeros((4, 4), np.uint8)).save(here / "x.tif")
    (here / "x.vrt").write_text(
        '<VRTDataset rasterXSize="4" rasterYSize="4">'
        '<VRTRasterBand dataType="Byte" band="1" subClass="VRTDerivedRasterBand">'
        "<PixelFunctionLanguage>Python</PixelFunctionLanguage>"
        "<PixelFunctionType>f</PixelFunctionType><PixelFunctionCode><![CDATA[\n"
        f"def f(*args, **kwargs):\n    open({str(here / CANARY)!r}, 'w')\n]]></PixelFunctionCode>"
        '<SimpleSource><SourceFilename relativeToVRT="1">x.tif</SourceFilename></SimpleSource>'
        "</VRTRasterBand></VRTDataset>"
    )
    with pytest.raises(rasterio.errors.RasterioIOError), rasterio.open(here / "x.vrt") as file:
        file.read()


def png(width, height):
    """A grey PNG of zeros whose rows are packed a thousandfold; of more than memory, its head."""

    def chunk(name, content):
        checksum = zlib.crc32(name + content)
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)

    rows = min(width, 20_000) * min(height, 20_000)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(bytes(rows + min(height, 20_000)), 1))
        + chunk(b"IEND", b"")
    )


def tiff(width, height):
    """A grey TIFF that declares more than it holds."""
    entries = [(256, 4, width), (257, 4, height), (258, 3, 8), (259, 3, 1), (262, 3, 1)]
    entries += [(273, 4, 8), (277, 3, 1), (278, 4, height), (279, 4, 1)]
    directory = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
    return b"II*\0" + struct.pack("<IQH", 16, 0, len(entries)) + directory + bytes(4)


OVERSIZED = {
    "13400.png": png(13_400, 13_400),
    "declared.png": png(2**30, 2**30)[:5000],
    "wide.png": png(2**30, 1)[:5000],
    "declared.tif": tiff(2**30, 2**30),
    "13400.tif": tiff(13_400, 13_400),
}


@pytest.mark.parametrize("name", OVERSIZED)
def test_an_oversized_image(here, name):
    (here / name).write_bytes(OVERSIZED[name])
    for read in (read_image, read_mask):
        with pytest.raises(ValueError) as error:
            read(here / name)
        assert_one_line(error, name, ":")


@pytest.mark.parametrize("name", ["13400.png", "declared.png"])
def test_oversized_images_end_no_verification(here, name, capsys):
    for folder in ("A", "B", "label"):
        (here / folder).mkdir()
        (here / folder / name).write_bytes(OVERSIZED[name])
        Image.new("L", (8, 8)).save(here / folder / "good.png")
    with pytest.raises(SystemExit):
        main(["verify", str(here), "--layout", "masks"])
    said = capsys.readouterr().out
    assert f"A/{name} is too large to be decoded whole: save it as" in said


# The cache of sentence embeddings.


@pytest.mark.parametrize("name", ["keys", "embeddings"])
def test_the_cache_of_embeddings_unpickles_nothing(here, name):
    arrays = {"keys": np.array(["a"]), "embeddings": np.zeros((1, 2))}
    np.savez(here / "cache.npz", **{**arrays, name: np.array([Code()], dtype=object)})
    encoder = SimpleNamespace(name="cache", embed_dims=2)
    with pytest.raises(ValueError) as error:
        cached_embeddings(encoder, ["a"], here)
    assert_one_line(error, "cache.npz", "delete it")
