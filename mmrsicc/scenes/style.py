"""QGIS styles of the table (outlines by direction, sentences as tips) and of the mask."""

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
    """Writes the table's style; QGIS loads it automatically for a table of the same name."""
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
    tips.text = (
        "<b>[% caption %]</b><br>[% coalesce(round(area_m2) || ' m²', area_pixels || ' pixels') %]"
    )
    _write(root, path)


def write_mask_style(path: Path) -> None:
    """Writes the style of the mask: what has not changed is transparent."""
    root = Xml.Element("qgis", version="3.28", styleCategories="Symbology")
    pipe = Xml.SubElement(root, "pipe")
    facts = {"type": "paletted", "band": "1", "opacity": "1", "alphaBand": "-1"}
    palette = Xml.SubElement(Xml.SubElement(pipe, "rasterrenderer", facts), "colorPalette")
    for value, label, alpha in (("0", "unchanged", "0"), ("1", "changed", "150")):
        entry = {"value": value, "label": label, "color": "#e4572e", "alpha": alpha}
        Xml.SubElement(palette, "paletteEntry", entry)
    _write(root, path)


def _write(root: Xml.Element, path: Path) -> None:
    with atomic_path(path) as temporary:
        Xml.indent(root)
        Xml.ElementTree(root).write(temporary, encoding="utf-8", xml_declaration=True)
