"""Downloads from a server on loopback: whole, gone on with, checked."""

import hashlib
from types import SimpleNamespace

import pytest
from loopback import serving

from mmrsicc.utils import downloads
from mmrsicc.utils.downloads import download

BODY = bytes(range(256)) * 40
SHA = hashlib.sha256(BODY).hexdigest()


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(downloads, "_PAUSE_SECONDS", 0.0)
    with serving() as running:
        running.files["/data.zip"] = BODY
        running.url = f"{running.address}/data.zip"
        yield running


def test_a_file_comes_whole_and_is_not_asked_for_again(server, tmp_path):
    told = []
    path = tmp_path / "new" / "data.zip"
    download(server.url, path, len(BODY), SHA, lambda *counts: told.append(counts))
    assert path.read_bytes() == BODY and told[-1] == (len(BODY), len(BODY))
    assert [p.name for p in path.parent.iterdir()] == ["data.zip"]
    download(server.url, path, len(BODY), SHA)
    assert len(server.asked) == 1


def test_a_broken_connection_goes_on_where_it_ended(server, tmp_path):
    server.breaks = [1000, 2000]
    path = download(server.url, tmp_path / "data.zip", sha256=SHA)
    assert path.read_bytes() == BODY
    assert [wanted for _, wanted in server.asked] == [None, "bytes=1000-", "bytes=3000-"]


def test_a_later_run_goes_on_with_what_is_there(server, tmp_path):
    server.breaks = [3000] + [0] * 9
    with pytest.raises(ConnectionError, match=r"broke off at 3,000 bytes 5 times: run .* again"):
        download(server.url, tmp_path / "data.zip", len(BODY), SHA)
    assert not (tmp_path / "data.zip").exists()
    server.breaks.clear()
    server.asked.clear()
    assert download(server.url, tmp_path / "data.zip", len(BODY), SHA).read_bytes() == BODY
    assert server.asked == [("/data.zip", "bytes=3000-")]


def test_a_server_without_ranges_sends_all_of_it_again(server, tmp_path):
    server.ranges, server.breaks = False, [1000]
    assert download(server.url, tmp_path / "data.zip", len(BODY), SHA).read_bytes() == BODY


def test_a_part_is_not_resumed_where_nothing_tells_whose_it_is(server, tmp_path):
    (tmp_path / ".data.zip.part").write_bytes(b"of another file")
    assert download(server.url, tmp_path / "data.zip").read_bytes() == BODY


@pytest.mark.parametrize("size", [None, len(BODY)])
def test_a_part_that_was_whole_is_only_checked(server, tmp_path, size):
    (tmp_path / ".data.zip.part").write_bytes(BODY)
    assert download(server.url, tmp_path / "data.zip", size, SHA).read_bytes() == BODY


@pytest.mark.parametrize(
    ("size", "sha256", "message"),
    [
        (len(BODY), "0" * 64, f"SHA-256 {SHA}, but the published file 0000"),
        (len(BODY) - 1, None, r"10,240 bytes, but the published file 10,239"),
    ],
)
def test_another_file_is_refused_and_not_kept(server, tmp_path, size, sha256, message):
    with pytest.raises(ValueError, match=message):
        download(server.url, tmp_path / "data.zip", size, sha256)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "data.zip").write_bytes(BODY)
    with pytest.raises(ValueError, match="remove it and download it again"):
        download(server.url, tmp_path / "data.zip", size, sha256)


def test_what_cannot_be_fetched_is_named(server, tmp_path, monkeypatch):
    with pytest.raises(OSError, match="404 Not Found"):
        download(f"{server.address}/none.zip", tmp_path / "none.zip")
    monkeypatch.setattr(downloads.shutil, "disk_usage", lambda _: SimpleNamespace(free=5))
    with pytest.raises(OSError, match=r"10,240 bytes are missing .* where 5 are free"):
        download(server.url, tmp_path / "data.zip")
