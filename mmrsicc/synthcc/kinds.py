"""Vocabulary of SynthCC scenes: kinds of things, land covers, changes, places, label values.

Every other file of the generator takes its names from here, and so do the sentences.
"""

from typing import Literal

Change = Literal["appear", "disappear", "replace", "extend", "shrink"]

LANDS = ("bareland", "grassland", "farmland", "woods", "desert")

#: Value in ``label`` of a pixel whose kind changed. 128 and 255 are LEVIR-MCI's road and building;
#: all lie from 128 up, where a reader of binary masks takes them for changed.
LABELS = {
    "tree": 144,
    "woods": 144,
    "lake": 160,
    "swimming pool": 176,
    "road": 128,
    "parking lot": 192,
    "playground": 208,
    "house": 255,
    "villa": 255,
    "building": 255,
}

KINDS = tuple(LABELS)

#: Kinds that occur in groups; all others occur singly.
COUNTED = ("tree", "house", "villa")

#: Kinds that can grow and shrink.
RESIZABLE = ("woods", "lake", "road", "parking lot", "building")

#: Possible replacements of each kind.
REPLACEMENTS = {
    "woods": ("house", "villa", "building", "parking lot", "playground"),
    "house": ("building", "parking lot"),
    "villa": ("building", "parking lot"),
    "building": ("parking lot", "playground"),
    "parking lot": ("building", "playground"),
    "playground": ("building", "parking lot"),
}

#: The nine places of a scene, by row and column.
PLACES = (
    ("top left", "top", "top right"),
    ("left", "center", "right"),
    ("bottom left", "bottom", "bottom right"),
)
