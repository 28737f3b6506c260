"""The page of a scene."""

import json
import re
import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pytest
from fabricated_scenes import brightness_captioner

pytest.importorskip("geopandas", reason="scenes need the extra geo")

import shapely
from PIL import Image

from mmrsicc.scenes import ChangeObject, SceneSettings, caption_scene
from mmrsicc.scenes.page_tiles import count_levels
from mmrsicc.scenes.pair import PairPixels
from mmrsicc.scenes.report import MOST_OBJECTS, write_report

EVIL = "</script><img src=https://example.org onerror=alert(1)> & \u2028 brighter"


def evil_captioner(pairs):
    answers = brightness_captioner(pairs)
    for answer in answers:
        if answer.caption.startswith("brighter"):
            answer.caption = EVIL
            answer.n_best[0] = (EVIL, -1.0)
    return answers


def find_chromium() -> str:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no chromium here")
    return chromium


def in_a_browser(chromium, page, script) -> str:
    """The title of a page after a script in it."""
    end = f"<script>{script}</script></body>"
    page.write_text(page.read_text("utf-8").replace("</body>", end), "utf-8")
    command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]
    command += ["--virtual-time-budget=10000", page.as_uri()]
    dom = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    return re.search(r"<title>(.*?)</title>", dom, re.S)[1]


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
    assert {found["caption"] for found in scene["objects"] if found["changed"]} == {EVIL}
    assert re.findall(r'<img [^>]*src="([^"]{0,23})', html) == ["data:image/jpeg;base64,"] * 2
    assert "Sentences by a model" in html and "with the probability of a change" in html
    rest = html.replace(data[1], "")
    # The one address is the name by which SVG elements are made.
    assert re.findall(r"https?://[^\"' ]+", rest) == ["http://www.w3.org/2000/svg"]
    assert "default-src 'none'" in rest


def test_a_page_stays_small_however_many_objects_there_are(tmp_path, changed_scenes):
    """The most probable ones stand in it, in coarse outlines; it says that there are more."""
    outcome = caption_scene(
        brightness_captioner, *([p] for p in changed_scenes), tmp_path, SceneSettings(tile=64)
    )
    angles = np.linspace(0, 2 * np.pi, 10_000, endpoint=False)
    wheel = shapely.Polygon(np.stack([150 + 90 * np.cos(angles), 100 + 90 * np.sin(angles)], 1))
    count = MOST_OBJECTS + 234
    objects = [
        ChangeObject(wheel, "mask", "a house appears", change_probability=i / count)
        for i in range(count)
    ]
    small = PairPixels(*[np.zeros((200, 300, 3), np.uint8)] * 2, np.ones((200, 300), bool), False)
    path = tmp_path / "page.html"
    write_report(replace(outcome, objects=objects), small, "x", path)
    html = path.read_text("utf-8")
    assert "1,000 of 1,234" in html
    shown = json.loads(re.search(r'id="data">(.*?)</script>', html, re.S)[1])["objects"]
    assert len(shown) == MOST_OBJECTS
    assert min(found["probability"] for found in shown) == pytest.approx(234 / count)
    assert all(len(found["path"]) < 600 for found in shown)


def test_tiles_are_the_scene_at_full_resolution_and_by_halves(tmp_path, write_raster):
    """A pyramid of tiles, by what it shows; another run removes it."""
    rows, columns = np.mgrid[:600, :1100]
    values = np.stack([rows / 600, columns / 1100, 0 * rows]) * 200
    names = [write_raster(f"{i}.tif", values.astype(np.uint8) + i) for i in (0, 20)]
    out = tmp_path / "out"
    options = [brightness_captioner, *([name] for name in names), out, SceneSettings(tile=600)]
    caption_scene(*options, page_tiles=True)
    assert count_levels(1100, 600) == 3
    written = {str(p.relative_to(out / "tiles")) for p in (out / "tiles").rglob("*.jpg")}
    finest = {f"2/{x}/{y}" for x in range(3) for y in range(2)}
    tiles = {*finest, "1/0/0", "1/1/0", "0/0/0"}
    assert written == {f"{date}/{tile}.jpg" for date in ("before", "after") for tile in tiles}
    for tile, size, scale in (("2/1/1", (512, 88), 1), ("1/0/0", (512, 300), 2)):
        image = np.array(Image.open(out / "tiles" / "after" / f"{tile}.jpg")).astype(int)
        x, y = (int(number) * 512 * scale for number in tile.split("/")[1:])
        assert image.shape[1::-1] == size
        expected = values[:, y : y + 512 * scale : scale, x : x + 512 * scale : scale] + 20
        assert np.abs(image.transpose(2, 0, 1) - expected)[:2].mean() < 3
    (out / "tiles" / "mine.png").write_bytes(b"")
    caption_scene(*options, page_tiles=True)
    caption_scene(*options)
    assert [path.name for path in (out / "tiles").iterdir()] == ["mine.png"]


def test_a_browser_loads_tiles_where_one_looks_closely(tmp_path, write_raster):
    chromium = find_chromium()
    values = np.random.default_rng(0).integers(0, 255, (3, 1300, 1300), dtype=np.uint8)
    names = [write_raster(f"{i}.tif", values) for i in range(2)]
    caption_scene(
        brightness_captioner, *([n] for n in names), tmp_path, SceneSettings(), page_tiles=True
    )
    script = """const whole = shown.size; zoom = 8; resize();
        window.addEventListener("load", () => {
          const widths = [...document.querySelectorAll(".tile")].map(image => image.naturalWidth);
          document.title = [whole, ...widths].join("|"); });"""
    whole, *widths = in_a_browser(chromium, tmp_path / "report.html", script).split("|")
    assert whole == "0"
    assert widths and set(widths) <= {"512", "276"}, "all have come, from files"


def test_a_browser_shows_the_objects(page):
    chromium = find_chromium()
    script = """objects[0].path.dispatchEvent(new MouseEvent("click"));
        const count = what => document.querySelectorAll(what).length;
        document.title = [objects.length, count("path.changed"), count("img"),
          document.querySelector(".said").textContent].join("|");"""
    objects, changed, images, said = in_a_browser(chromium, page, script).split("|")
    assert int(objects) > int(changed) >= 1
    assert images == "2", "no sentence became an image"
    assert said.startswith("&lt;/script&gt;&lt;img")
