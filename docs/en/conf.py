"""The documentation site: ``python -m sphinx -W --keep-going -b html docs/en docs/_build/html``.

The pages are plain Markdown and read well without Sphinx too. What only the site needs is added
here while it is built: the navigation, from the lists of links on the first page; the tables of the
model zoo, from the metafiles; and a page per method, from the READMEs of ``configs``.
"""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import model_zoo

import mmrsicc

project = "mmrsicc"
author = "the authors of mmrsicc"
release = version = mmrsicc.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
]

html_theme = "furo"
html_title = f"mmrsicc {release}"
html_show_sphinx = False
# Blocks without a language are folders and logs, no Python.
highlight_language = "none"
# Links to headings, as Git hosts make them.
myst_heading_anchors = 4
# A reader who copies a line wants neither its prompt nor what the command answered.
copybutton_prompt_text = "$ "

autodoc_default_options = {"members": True}
autodoc_member_order = "bysource"
# Attributes of named tuples would be described twice.
napoleon_use_ivar = True
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
# The optional packages need not be there.
autodoc_mock_imports = [
    "affine",
    "geopandas",
    "gradio",
    "onnx",
    "onnxruntime",
    "onnxscript",
    "pandas",
    "pyarrow",
    "pyogrio",
    "rasterio",
    "scipy",
    "shapely",
    "sklearn",
]


def toctrees(overview: str) -> str:
    """Hidden toctrees of the pages that an overview lists, one per section."""
    blocks = []
    for section in overview.split("\n## ")[1:]:
        caption, _, body = section.partition("\n")
        pages = re.findall(r"^- \[[^]]+\]\(([\w/-]+)\.md\)", body, re.MULTILINE)
        options = f":hidden:\n:caption: {caption}\n\n"
        blocks.append("```{toctree}\n" + options + "\n".join(pages) + "\n```\n")
    return "\n".join(blocks)


def complete(app: object, name: str, source: list[str]) -> None:
    """Adds to a page what only the site needs."""
    if name in ("index", "api/index"):
        source[0] += "\n" + toctrees(source[0])
    if name == "model_zoo":
        source[0] = re.sub(r"\(\.\./\.\./configs/(\w+)/README\.md\)", r"(models/\1.md)", source[0])
        source[0] += "\n" + toctrees(source[0]) + "\n" + model_zoo.sections()


def write_method_pages(app: object) -> None:
    """Writes the pages of the methods that are new or have changed."""
    folder = Path(__file__).parent / "models"
    folder.mkdir(exist_ok=True)
    for name, text in model_zoo.method_pages().items():
        page = folder / f"{name}.md"
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")


def setup(app) -> None:
    app.connect("builder-inited", write_method_pages)
    app.connect("source-read", complete)
