"""Layout of the page, and the handler of each event."""

from __future__ import annotations

from typing import Any

import gradio as gr

from mmrsicc.demo.answers import Answers
from mmrsicc.pages import render

#: Only one visitor uses the model at a time.
_MODEL = {"concurrency_id": "model", "concurrency_limit": 1, "api_visibility": "private"}

#: Uploads and maps are deleted after an hour, checked every ten minutes.
_CACHE = (600, 3600)


def build_page(answers: Answers) -> gr.Blocks:
    """The page; nothing is sent or started yet."""
    with gr.Blocks(title="What changed?", analytics_enabled=False, delete_cache=_CACHE) as page:
        gr.HTML(render("demo_head.html", facts=answers.facts))
        with gr.Tab("Two images"):
            _pair_tab(answers)
        with gr.Tab("Scenes"):
            _scene_tab(answers)
    return page


def _pair_tab(answers: Answers) -> None:
    with gr.Row():
        before = _upload("Before", "before")
        after = _upload("After", "after")
    gallery = gr.Gallery(
        [(example.thumbnail, f"example {i}") for i, example in enumerate(answers.examples, 1)],
        label="Examples: newly generated pairs of SynthCC",
        format="png",
        columns=4,
        allow_preview=False,
        interactive=False,
        object_fit="cover",
        buttons=[],
        elem_id="examples",
    )
    answer = gr.HTML(answers.pair(None, None), elem_id="answer")

    def example(chosen: gr.SelectData) -> tuple[None, None, str]:
        return None, None, answers.example(chosen.index)

    for date in (before, after):
        for event in (date.upload, date.clear):
            event(answers.pair, [before, after], answer, **_MODEL)
    gallery.select(example, None, [before, after, answer], **_MODEL)


def _scene_tab(answers: Answers) -> None:
    limits = answers.limits
    gr.Markdown(
        f"Two rasters, GeoTIFF or PNG, up to {limits.megabytes:g} MB and {limits.pixels:,} pixels. "
        "They are brought onto one grid, cut into tiles and captioned. A date may be several "
        "files, one per band: bands are counted through in the order of the files' names."
    )
    with gr.Row():
        before = _upload("Scene before", "scene-before", file_count="multiple")
        after = _upload("Scene after", "scene-after", file_count="multiple")
        with gr.Column():
            bands = gr.Textbox(
                label="Bands of red, green, blue",
                info="Only for rasters that have neither one nor three.",
                placeholder="such as 4 3 2",
                max_length=40,
            )
            button = gr.Button("Make the map", variant="primary", elem_id="make-map")
    answer = gr.HTML(answers.scene(None, None, "")[0], elem_id="map")
    files = gr.File(label="Download", file_count="multiple", interactive=False, visible=False)

    def scene(
        first: list[str] | None,
        second: list[str] | None,
        chosen: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - Gradio looks for it there.
    ) -> tuple[str, Any]:
        def count(done: int, total: int) -> None:
            progress((done, total), desc="Captioning", unit="tiles")

        shown, written = answers.scene(first, second, chosen, count)
        return shown, gr.File(written, visible=bool(written))

    button.click(scene, [before, after, bands], [answer, files], **_MODEL)


def _upload(label: str, name: str, **options: Any) -> gr.File:
    """A plain file: Gradio's image upload would decode it before it is looked at."""
    return gr.File(label=label, height=140, elem_id=name, **options)
