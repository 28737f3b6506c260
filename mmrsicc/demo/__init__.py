"""Demo page for a captioner.

:mod:`server` listens, :mod:`page` lays the page out, :mod:`answers` holds what its buttons do:
:mod:`uploads` looks at files before anything else does, :mod:`pair_answer` captions a pair and
:mod:`pair_html` shows it, :mod:`scene_answer` captions scenes. :mod:`examples` draws pairs to begin
with. Only ``server`` and ``page`` know Gradio.
"""
