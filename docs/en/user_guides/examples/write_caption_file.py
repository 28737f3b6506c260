"""Sentences in a table to a caption file: python write_caption_file.py DATA_ROOT

DATA_ROOT/sentences.csv has the columns filename, split and sentence, a line per sentence.
"""

import csv
import json
import sys
from pathlib import Path

root = Path(sys.argv[1])
records: dict[str, dict] = {}
with (root / "sentences.csv").open(encoding="utf-8-sig", newline="") as table:
    for row in csv.DictReader(table):
        name, split = row["filename"], row["split"]
        record = records.setdefault(name, {"filename": name, "split": split, "sentences": []})
        words = row["sentence"].lower().replace(".", " ").replace(",", " ")
        record["sentences"].append({"raw": " ".join(words.split())})
images = json.dumps({"images": list(records.values())}, indent=1)
(root / "LevirCCcaptions.json").write_text(images, encoding="utf-8")
print(f"{len(records)} pairs")
