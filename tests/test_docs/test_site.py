"""The documentation site: navigation, API pages, model zoo. Sphinx itself is not needed."""

import re
import runpy
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "en"


@pytest.fixture(scope="module")
def conf():
    path = list(sys.path)
    yield runpy.run_path(str(DOCS / "conf.py"))
    sys.path[:] = path


@pytest.fixture(scope="module")
def zoo(conf):
    return conf["model_zoo"]


def listed(conf: dict, overview: str) -> list[str]:
    """Pages in the toctrees that an overview page gets, from the root of the docs."""
    source = [(DOCS / f"{overview}.md").read_text(encoding="utf-8")]
    conf["complete"](None, overview, source)
    blocks = re.findall(r"```{toctree}\n:hidden:\n:caption: .+\n\n([^`]+)```", source[0])
    folder = Path(overview).parent
    return [(folder / page).as_posix() for block in blocks for page in block.split()]


def test_the_navigation_names_every_page_once(conf, zoo):
    pages = {page.relative_to(DOCS).with_suffix("").as_posix() for page in DOCS.rglob("*.md")}
    pages |= {f"models/{name}" for name in zoo.method_pages()}  # written when the site is built
    named = listed(conf, "index") + listed(conf, "api/index") + listed(conf, "model_zoo")
    assert sorted(named) == sorted(pages - {"index"})


def test_the_links_of_the_method_pages_lead_to_pages(zoo):
    pages = zoo.method_pages()
    folders = {path.parent.name for path in ROOT.glob("configs/[!_]*/metafile.yml")}
    assert set(pages) == folders
    for name, text in pages.items():
        for link in re.findall(r"\]\((?!https?:)([^)#\s]+)", text):
            known = link.removesuffix(".md") in pages
            assert known or (link[:3] == "../" and (DOCS / link[3:]).is_file()), (name, link)


def test_the_site_links_to_its_own_pages_of_the_methods(conf):
    source = [(DOCS / "model_zoo.md").read_text(encoding="utf-8")]
    conf["complete"](None, "model_zoo", source)
    assert "configs/" not in "".join(re.findall(r"\]\([^)]*\)", source[0]))


def test_every_package_has_its_api():
    pages = "".join(page.read_text(encoding="utf-8") for page in DOCS.glob("api/*.md"))
    documented = re.findall(r"automodule:: (\S+)", pages)
    for name in documented:
        path = ROOT / name.replace(".", "/")
        assert path.with_suffix(".py").is_file() or (path / "__init__.py").is_file(), name
    for init in ROOT.glob("mmrsicc/**/__init__.py"):
        package = ".".join(init.parent.relative_to(ROOT).parts)
        assert any(f"{name}.".startswith(f"{package}.") for name in documented), package


def test_every_config_is_in_the_zoo_and_says_what_it_learned_from(zoo):
    models = {model["Config"]: model for meta in zoo.metafiles() for model in meta["Models"]}
    leaves = ROOT.glob("configs/[!_]*/*.py")
    assert set(models) == {path.relative_to(ROOT).as_posix() for path in leaves}
    for config, model in models.items():
        assert model["Name"] == Path(config).stem
        said = [model["Metadata"]["Training Data"]]
        said += [result["Dataset"] for result in model.get("Results", [])]
        assert all(said)
        if "synthcc" in model["Name"]:
            assert all("SynthCC" in text and "generated" in text for text in said)


def test_the_readmes_hold_the_tables_of_the_metafiles(zoo):
    for meta in zoo.metafiles():
        (collection,) = meta["Collections"]
        assert {model["In Collection"] for model in meta["Models"]} == {collection["Name"]}
        readme = (ROOT / collection["README"]).read_text(encoding="utf-8")
        assert zoo.config_table(meta["Models"]) in readme, f"see python {zoo.__file__}"
        assert zoo.published_table(collection) in readme, f"see python {zoo.__file__}"


def test_published_scores_say_whose_they_are_and_add_up(zoo):
    published = [r for m in zoo.metafiles() for r in m["Collections"][0].get("Published", [])]
    assert published
    parts = ("BLEU-4", "METEOR", "ROUGE-L", "CIDEr-D")
    for result in published:
        assert result["Method"] and result["Dataset"] and result["Read In"] and result["Protocol"]
        scores = result["Metrics"]
        assert scores, result
        if "S*m" in scores:
            mean = sum(scores[name] for name in parts) / 4
            # Two decimals each; where a source prints another mean, its row says so.
            assert abs(mean - scores["S*m"]) < 0.0101, result


def test_every_score_of_the_zoo_stands_on_the_page_that_it_comes_from(zoo):
    results = [
        result
        for meta in zoo.metafiles()
        for model in meta["Models"]
        for result in model.get("Results", [])
    ]
    assert results
    for result in results:
        page = (ROOT / result["Source"]).read_text(encoding="utf-8")
        missing = [f"{x:.2f}" for x in result["Metrics"].values() if f"{x:.2f}" not in page]
        assert not missing, (result["Source"], missing)


def test_the_zoo_page_gets_its_tables(conf, zoo):
    source = [(DOCS / "model_zoo.md").read_text(encoding="utf-8")]
    conf["complete"](None, "model_zoo", source)
    rows = re.findall(r"^\| .* \|$", source[0], re.M)
    for meta in zoo.metafiles():
        for model in meta["Models"]:
            assert any(row.startswith(f"| `{model['Config']}` |") for row in rows)
    assert (
        r"| `dfm_synthcc-tiny` | SynthCC, 400 generated test pairs | 79.25 | 52.22 |" in source[0]
    )
    assert "S*m" not in source[0].split("\n## ", 1)[1]  # would be read as emphasis


def test_every_extra_is_explained():
    page = (DOCS / "get_started" / "installation.md").read_text(encoding="utf-8")
    extras = {path.stem for path in ROOT.glob("requirements/*.txt")} - {"runtime"}
    table = set(re.findall(r"^\| `(\w+)` \|", page, re.M))
    assert table == extras
