"""The demo's folder of uploads: gone with the server, however that is ended."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

SERVER = """
import signal, sys, time
if sys.argv[1] == "nohup":
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
from mmrsicc.demo.server import _private_folder
with _private_folder() as folder:
    (folder / "upload.png").touch()
    print(folder, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def started():
    """Starts a server with a folder, and gives its process and the folder."""
    processes = []

    def start(how):
        command = [sys.executable, "-c", SERVER, how]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        processes.append(process)
        return process, Path(process.stdout.readline().strip())

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGHUP")
def test_uploads_go_with_the_server(started):
    for number in (signal.SIGTERM, signal.SIGHUP):
        process, folder = started("plain")
        assert (folder / "upload.png").exists()
        process.send_signal(number)
        assert process.wait(30) == 0
        assert not folder.exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGHUP")
def test_a_server_under_nohup_goes_on(started):
    process, folder = started("nohup")
    process.send_signal(signal.SIGHUP)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1)
    process.terminate()
    assert process.wait(30) == 0 and not folder.exists()
