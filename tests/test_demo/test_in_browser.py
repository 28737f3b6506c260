"""The page as a visitor has it: a real server, a real browser."""

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from test_demo.browser import CHROMIUM, chromium


@contextmanager
def server(checkpoint, folder):
    """The page's address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mmrsicc.cli.main", "demo", str(checkpoint)]
    command += ["--port", str(port), "--device", "cpu", "--max-upload-mb", "1"]
    log = folder / "server.log"
    with log.open("wb") as file:
        environment = {**os.environ, "TMPDIR": str(folder)}
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, env=environment)
    try:
        end = time.monotonic() + 180
        while "runs at" not in log.read_text():
            assert process.poll() is None and time.monotonic() < end, log.read_text()
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait(60)


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium or google-chrome on PATH")
def test_visit(checkpoint, tmp_path, image, noise):
    pytest.importorskip("gradio", reason="pip install 'mmrsicc[demo]'")
    pytest.importorskip("websockets", reason="pip install websockets")
    before, after = (image(f"{date}.png", noise(64, 64, 3)) for date in ("first", "second"))
    (tmp_path / "text.png").write_text("no image")
    (tmp_path / "browser").mkdir()
    with server(checkpoint, tmp_path) as url, chromium(tmp_path / "browser") as tab:
        tab.open(url)
        tab.wait_for("document.querySelectorAll('#examples button img').length === 4")
        assert "does not say what it was trained on" in tab.text(".rs-model")

        tab.upload("#before input[type=file]", before)
        tab.wait_for("document.querySelector('#answer').innerText.includes('first.png is here')")
        tab.upload("#after input[type=file]", after)
        tab.wait_for("document.querySelector('#answer .rs-sentence') !== null")
        assert tab.text("#answer .rs-sentence").endswith(".")

        width = "parseFloat(getComputedStyle(document.querySelector('.rs-stage .edge')).left)"
        middle = tab.evaluate(width)
        slider = "document.querySelector('.rs-stage input')"
        tab.evaluate(f"{slider}.value = 25; {slider}.dispatchEvent(new Event('input'))")
        assert tab.evaluate(width) == pytest.approx(middle / 2, abs=1)
        shown = "getComputedStyle(document.querySelector('.rs-stage .masked')).display"
        assert tab.evaluate(shown) == "none"
        tab.click(".rs-switch input")
        assert tab.evaluate(shown) == "block"
        maps = "[...document.querySelectorAll('.maps')].map(m => getComputedStyle(m).display)"
        tab.click(".rs-words .word:first-child input")
        displays = tab.evaluate(maps)
        assert displays[0] == "grid" and set(displays[1:]) <= {"none"}

        tab.click("#examples button:has(img)")
        tab.wait_for("document.querySelector('#answer').innerText.includes('What truly changed')")
        tab.upload("#before input[type=file]", tmp_path / "text.png")
        tab.wait_for("document.querySelector('#answer').innerText.includes('text.png is here')")
        tab.upload("#after input[type=file]", after)
        tab.wait_for("document.querySelector('#answer .error') !== null")
        assert tab.text("#answer .error").startswith("text.png is no image")
        border = "getComputedStyle(document.querySelector('#answer .error')).borderTopStyle"
        assert tab.evaluate(border) == "solid"

        map_tab = "[...document.querySelectorAll('[role=tab]')].find(t => t.innerText == 'Scenes')"
        tab.evaluate(f"{map_tab}.click()")
        tab.upload("#scene-before input[type=file]", before)
        tab.upload("#scene-after input[type=file]", after)
        tab.wait_for("document.querySelector('#map').innerText !== ''")
        made = "document.querySelector('#map iframe, #map .error') !== null"
        end = time.monotonic() + 60
        while not tab.evaluate(made) and time.monotonic() < end:
            tab.click("#make-map")  # The uploads may still be under way.
            time.sleep(2)
        assert tab.evaluate("document.querySelector('#map iframe').srcdoc.includes('first.png')")
        tab.wait_for("document.body.innerText.replace(/\\s/g, '').includes('mask.tif')")

        elsewhere = [r for r in tab.requests if not r.startswith((url, "data:", "blob:"))]
        assert not elsewhere
        assert not tab.complaints
    assert not list(tmp_path.glob("mmrsicc-demo-*")), "uploads outlive the server"
    assert "Traceback" not in (tmp_path / "server.log").read_text()
