"""The page of a scene."""

import json
import re
import shutil
import subprocess

import pytest
from fabricated_scenes import brightness_captioner

pytest.importorskip("geopandas", reason="scenes need the extra geo")

from mmrsicc.scenes import SceneSettings, caption_scene

EVIL = "</script><img src=https://example.org onerror=alert(1)> & \u2028 brighter"


def evil_captioner(pairs):
    answers = brightness_captioner(pairs)
    for answer in answers:
        if answer.caption.startswith("brighter"):
            answer.caption = EVIL
            answer.n_best[0] = (EVIL, -1.0)
    return answers


@pytest.fixture
def page(tmp_path, changed_scenes):
    caption_scene(
        evil_captioner, *([p] for p in changed_scenes), tmp_path, SceneSettings(tile=64), "a model"
    )
    return tmp_path / "report.html"


def test_the_page_holds_everything_itself(page):
    html = page.read_text("utf-8")
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.S)
    scene = json.loads(data[1])
    assert (scene["width"], scene["height"]) == (300, 200)
    assert scene["captioner"] == "a model"
    assert {found["caption"] for found in scene["objects"] if found["changed"]} == {EVIL}
    assert all(image.startswith("data:image/jpeg;base64,") for image in scene["images"])
    rest = html.replace(data[1], "")
    # The one address is the name by which SVG elements are made.
    assert re.findall(r"https?://[^\"' ]+", rest) == ["http://www.w3.org/2000/svg"]
    assert "default-src 'none'" in rest


def test_a_browser_shows_the_objects(page):
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no chromium here")
    script = """<script>objects[0].path.dispatchEvent(new MouseEvent("click"));
        const count = what => document.querySelectorAll(what).length;
        document.title = [objects.length, count("path.changed"), count("img"),
          document.querySelector(".said").textContent].join("|");</script>"""
    page.write_text(page.read_text("utf-8").replace("</body>", script + "</body>"), "utf-8")
    command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", page.as_uri()]
    dom = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    title = re.search(r"<title>(.*?)</title>", dom, re.S)[1]
    objects, changed, images, said = title.split("|")
    assert int(objects) > int(changed) >= 1
    assert images == "2", "no sentence became an image"
    assert said.startswith("&lt;/script&gt;&lt;img")
