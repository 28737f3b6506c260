"""A QGIS style for the table of change objects: outlines by direction, sentences as tips."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as Xml

from mmrsicc.utils.files import atomic_path

#: Value of the column ``direction``, its label and its colour as red, green and blue.
_KINDS = (
    ("appeared", "appeared", "228,87,46"),
    ("disappeared", "disappeared", "41,121,255"),
    ("replaced", "replaced", "156,39,176"),
    ("", "other", "120,120,120"),
)


def write_style(path: Path) -> None:
    """Writes the style; QGIS loads it automatically for a table of the same name beside it."""
    root = Xml.Element("qgis", version="3.28", styleCategories="Symbology|MapTips")
    renderer = Xml.SubElement(
        root, "renderer-v2", type="categorizedSymbol", attr="direction", enableorderby="0"
    )
    categories = Xml.SubElement(renderer, "categories")
    symbols = Xml.SubElement(renderer, "symbols")
    for number, (value, label, colour) in enumerate(_KINDS):
        kind = {"value": value, "label": label, "symbol": str(number), "render": "true"}
        Xml.SubElement(categories, "category", kind)
        symbol = Xml.SubElement(symbols, "symbol", type="fill", name=str(number), alpha="1")
        layer = Xml.SubElement(symbol, "layer", {"class": "SimpleFill", "enabled": "1"})
        options = Xml.SubElement(layer, "Option", type="Map")
        for name, text in {
            "color": f"{colour},50",
            "outline_color": f"{colour},255",
            "outline_width": "0.5",
            "outline_width_unit": "MM",
            "style": "solid",
        }.items():
            Xml.SubElement(options, "Option", type="QString", name=name, value=text)
    tips = Xml.SubElement(root, "mapTip", enabled="1")
    tips.text = "<b>[% caption %]</b><br>[% round(area_m2) %] m2"
    with atomic_path(path) as temporary:
        Xml.indent(root)
        Xml.ElementTree(root).write(temporary, encoding="utf-8", xml_declaration=True)
