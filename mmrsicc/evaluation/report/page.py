"""A run on one HTML page."""

from collections.abc import Mapping
from typing import Any

from mmrsicc.evaluation.report.findings import Findings, chosen_pairs
from mmrsicc.evaluation.report.html import note, page, text
from mmrsicc.evaluation.report.pictures import (
    DrawPair,
    FindFiles,
    PairImages,
    pair_images,
)
from mmrsicc.evaluation.report.record_section import record_section, warnings_box
from mmrsicc.evaluation.report.sections import (
    Baselines,
    breakdown_section,
    content_section,
    flags_section,
    pairs_section,
    scores_section,
    truth_section,
)
from mmrsicc.utils.counts import counted
from mmrsicc.utils.data_uri import data_uri

_TITLES = {
    "best": "Best changed pairs",
    "worst": "Worst changed pairs",
    "random": "Random pairs",
}


def report_page(
    name: str,
    findings: Findings,
    baselines: Baselines | None = None,
    record: Mapping[str, Any] | None = None,
    find_files: FindFiles | None = None,
    mask_classes: Mapping[int, str] | None = None,
    pairs: int = 6,
    draw_pair: DrawPair | None = None,
) -> str:
    """The page as HTML, which needs no other file, no script and no network.

    Args:
        name: What the run is called.
        findings: Its scores.
        baselines: As ``trivial_baselines.py`` writes them: ``description`` and ``scores`` by name.
        record: What ``mmrsicc test`` writes beside a results file.
        find_files: Finds the images; without it there are only sentences.
        mask_classes: Of the data set, the name of each value in its masks.
        pairs: How many of the best, the worst and random ones to show.
        draw_pair: Draws a pair with predicted mask and attention; without it there are none.
    """
    records = {r.pair_id: r for r in findings.records}
    chosen = chosen_pairs(findings, pairs)
    wanted = sorted({pair_id for ids in chosen.values() for pair_id in ids})
    images: dict[str, PairImages] = {}
    if find_files is not None:
        images = {i: pair_images(find_files(i), mask_classes) for i in wanted}
    drawn = {} if draw_pair is None else {i: data_uri(draw_pair(i)) for i in wanted}
    sections = {
        "Scores": scores_section(findings, baselines or {}),
        "Change or none": flags_section(findings),
        "What is named": content_section(findings),
        "Truth": truth_section(findings),
        "Breakdown": breakdown_section(findings),
        **{
            _TITLES[kind]: pairs_section(
                kind, _TITLES[kind], [records[i] for i in ids], images, findings.worth, drawn
            )
            for kind, ids in chosen.items()
        },
        "Record": record_section(record, findings),
    }
    links = {
        title: html.split('id="', 1)[1].split('"', 1)[0] for title, html in sections.items() if html
    }
    nav = "".join(f'<a href="#{target}">{text(title)}</a>' for title, target in links.items())
    empty = sum(not r.caption.strip() for r in findings.records)
    counts = (
        f"{counted(len(records), 'pair')}, {len(findings.worth)} of them changed, "
        f"{counted(empty, 'empty caption')}."
    )
    head = [f"<h1>{text(name)}</h1>", note(counts), f'<nav aria-label="parts">{nav}</nav>']
    explained = note(
        "The number beside a changed pair is the mean of its sentence's METEOR, ROUGE-L and "
        "CIDEr-D, as far as they were computed, else BLEU-1: by it the best and worst are chosen."
    )
    body = [html for html in sections.values() if html]
    return page(name, [*head, warnings_box(record), explained, "<main>", *body, "</main>"])
