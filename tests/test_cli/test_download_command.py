"""mmrsicc download, with Hugging Face on loopback."""

import hashlib
import io
import json
import zipfile

import pytest
from data.make_caption_layouts import make_changechat, make_forest_change
from loopback import serving

from mmrsicc.cli.main import main
from mmrsicc.datasets import ForestChangeDataset, LEVIRCCDataset
from mmrsicc.datasets.public_files import PUBLIC_DATASETS, PublicDataset, PublicFile, unpack
from mmrsicc.utils import downloads


@pytest.fixture
def hub(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(downloads, "_PAUSE_SECONDS", 0.0)
    with serving() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        yield server


def publish(server, repository, files):
    """Puts files and their list where Hugging Face has them."""
    entries = [{"type": "directory", "path": "more"}, {"type": "file", "path": "README.md"}]
    for name, body in files.items():
        lfs = {"oid": hashlib.sha256(body).hexdigest(), "size": len(body)}
        entries.append({"type": "file", "path": name, "size": len(body), "oid": "0", "lfs": lfs})
        server.files[f"/datasets/{repository}/resolve/main/{name}"] = body
    address = f"/api/datasets/{repository}/tree/main?recursive=true"
    server.files[address] = json.dumps(entries).encode()


def zipped(folder, top):
    """A ZIP file of a folder, below a top folder, with what macOS adds."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, f"{top}/{path.relative_to(folder)}")
        archive.writestr(f"__MACOSX/{top}/._x", "")
    return kept.getvalue()


def test_an_archive_becomes_the_folder_of_its_config(hub, tmp_path, monkeypatch, capsys):
    body = zipped(make_forest_change(tmp_path / "made"), "Forest-Change-dataset")
    known = PUBLIC_DATASETS["forest-change"]
    file = PublicFile(
        "Forest-Change-dataset.zip",
        f"{hub.address}/forest.zip",
        len(body),
        hashlib.sha256(body).hexdigest(),
    )
    hub.files["/forest.zip"] = body
    hub.breaks = [len(body) // 2]
    changed = PublicDataset(known.title, known.page, known.folder, "MIT", (file,), unpack=True)
    monkeypatch.setitem(PUBLIC_DATASETS, "forest-change", changed)
    root = tmp_path / "data"
    main(["download", "forest-change", "--root", str(root)])
    assert "size and SHA-256 are right" in capsys.readouterr().out
    assert len(ForestChangeDataset(data_root=str(root / "Forest-Change-dataset"))) == 4
    assert {p.name for p in root.iterdir()} == {"downloads", "Forest-Change-dataset"}
    with pytest.raises(SystemExit) as end:
        main(["download", "forest-change", "--root", str(root)])
    assert "is there already: remove it to download it again" in str(end.value.code)


def test_files_go_where_their_config_looks_for_them(hub, tmp_path):
    made = make_changechat(tmp_path / "LEVIR-CC")
    names = [f"changechat_105k_{split}.json" for split in ("train", "test", "train_loc")]
    bodies = [(made / "changechat" / name).read_bytes() for name in names[:2]]
    for path in (made / "changechat").iterdir():
        path.unlink()
    publish(hub, "hlwu/changechat-105k", dict(zip(names, [*bodies, b"[]"], strict=True)))
    main(["download", "changechat-105k", "--root", str(tmp_path)])
    assert sorted(p.name for p in (made / "changechat").iterdir()) == sorted(names[:2])
    assert len(LEVIRCCDataset(data_root=str(made), ann_file="changechat", split="test")) == 2


def test_what_the_host_does_not_have_is_named(hub, tmp_path):
    def message(name):
        with pytest.raises(SystemExit) as end:
            main(["download", name, "--root", str(tmp_path)])
        return str(end.value.code)

    assert "cannot be reached" in message("levir-mci")
    publish(hub, "lcybuaa/LEVIR-MCI", {"other.zip": b"x"})
    assert "has no LEVIR-MCI-dataset.zip: its files have other names" in message("levir-mci")
    publish(hub, "lcybuaa/LEVIR-MCI", {"../x.zip": b"x"})
    assert "leads out of the folder" in message("levir-mci")
    hub.files["/api/datasets/lcybuaa/LEVIR-MCI/tree/main?recursive=true"] = b"[1]"
    assert "did not answer with a list of files" in message("levir-mci")
    assert "choose one of levir-mci, second-cc" in message("levir")


def test_the_table_says_what_is_known(capsys):
    main(["download"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(PUBLIC_DATASETS)
    assert "2,539 MB, SHA-256 known; CC BY 4.0" in lines[1]
    assert "size told by its host, SHA-256 told by its host" in lines[0]


def test_entries_of_the_table_are_complete():
    for dataset in PUBLIC_DATASETS.values():
        for file in dataset.files:
            known = file.url.startswith("https://") and file.size and len(file.sha256) == 64
            assert known or dataset.repository
        assert not dataset.unpack or len(dataset.files) == 1


def test_archives_that_lead_out_or_are_damaged_leave_nothing(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("../escaped", "x")
    with pytest.raises(ValueError, match=r"'\.\./escaped' leads out of the folder"):
        unpack(tmp_path / "a.zip", tmp_path / "folder")
    (tmp_path / "b.zip").write_bytes(b"PK\3\4 and no more")
    with pytest.raises(ValueError, match=r"b.zip is damaged"):
        unpack(tmp_path / "b.zip", tmp_path / "folder")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.zip", "b.zip"]
