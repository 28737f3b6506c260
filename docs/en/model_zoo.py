"""Tables of the model zoo from ``configs/*/metafile.yml``, and a page per method from its README.

``python docs/en/model_zoo.py`` prints the tables; the table of configs in each README of
``configs`` is one of these.
"""

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]


def metafiles() -> list[dict[str, Any]]:
    """The metafiles of all folders of configs."""
    paths = sorted(ROOT.glob("configs/*/metafile.yml"))
    return [yaml.safe_load(path.read_text(encoding="utf-8")) for path in paths]


def config_table(models: list[dict[str, Any]]) -> str:
    """What each config trains on, and what the model is made of."""
    keys = list(models[0]["Metadata"])
    columns = ["config", *(_heading(key) for key in keys)]
    rows = [
        [f"`{model['Config']}`", *(str(model["Metadata"][key]) for key in keys)] for model in models
    ]
    return _table(columns, rows)


def published_table(collection: dict[str, Any]) -> str:
    """What others have published of the method; empty where nothing is known."""
    results = collection.get("Published", [])
    names = list(dict.fromkeys(name for result in results for name in result["Metrics"]))
    rows = []
    for result in results:
        scores = (f"{result['Metrics'][n]:.2f}" if n in result["Metrics"] else "" for n in names)
        said = (result["Read In"], result["Protocol"])
        rows.append([result["Method"], result["Dataset"], *scores, *said])
    columns = ["method", "data set", *names, "read in", "protocol"]
    return _table(columns, rows) if rows else ""


def result_table(models: list[dict[str, Any]]) -> str:
    """What has been measured; empty where nothing has."""
    results = [(model["Name"], result) for model in models for result in model.get("Results", [])]
    names = list(dict.fromkeys(name for _, result in results for name in result["Metrics"]))
    rows = []
    for model, result in results:
        scores = (f"{result['Metrics'][n]:.2f}" if n in result["Metrics"] else "" for n in names)
        rows.append([f"`{model}`", result["Dataset"], *scores, _source(result)])
    return _table(["model", "scored on", *names, "how"], rows) if rows else ""


def sections() -> str:
    """A section for each collection: its paper, its configs, its scores."""
    blocks = []
    for metafile in metafiles():
        (collection,), models = metafile["Collections"], metafile["Models"]
        title, paper = collection["Name"], collection.get("Paper")
        blocks.append(f"## {title}\n\n{collection['Description']}")
        if paper:
            blocks.append(f"Paper: [{paper['Title']}]({paper['URL']}).")
        blocks += [config_table(models), result_table(models)]
        if published := published_table(collection):
            blocks += ["Published by others, under their protocols; not measured here:", published]
    return "\n\n".join(block for block in blocks if block) + "\n"


def method_pages() -> dict[str, str]:
    """The README of each folder of configs, by folder; links are relative to ``docs/en/models``."""
    pages = {}
    for metafile in sorted(ROOT.glob("configs/*/metafile.yml")):
        text = (metafile.parent / "README.md").read_text(encoding="utf-8")
        text = re.sub(r"\]\(\.\./(\w+)/README\.md", r"](\1.md", text)
        pages[metafile.parent.name] = text.replace("](../../docs/en/", "](../")
    return pages


def _source(result: dict[str, Any]) -> str:
    """A link to the page that holds the numbers, as seen from this folder."""
    page = Path(result["Source"]).relative_to("docs/en").as_posix()
    return f"[{result['How']}]({page})"


def _heading(key: str) -> str:
    """A key of ``Metadata`` as a column's title: abbreviations keep their case."""
    return " ".join(word.lower() if word.istitle() else word for word in key.split())


def _table(columns: list[str], rows: list[list[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines).replace("S*m", r"S\*m")


if __name__ == "__main__":
    print(sections())
