"""``mmrsicc caption --out``: written as it comes, continued, never mixed; closed pipes."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from mmrsicc.apis import ChangeCaptionInferencer
from mmrsicc.cli.main import main


@pytest.fixture
def captioned(monkeypatch):
    """Names of the second images that were captioned; a number beside stops after so many."""
    seen, limit = [], [None]
    stream = ChangeCaptionInferencer.stream

    def counted(self, *args, **kwargs):
        for result in stream(self, *args, **kwargs):
            if limit[0] is not None and len(seen) == limit[0]:
                raise KeyboardInterrupt
            seen.append(result.after.rsplit("/", 1)[1])
            yield result

    monkeypatch.setattr(ChangeCaptionInferencer, "stream", counted)
    return seen, limit


def records(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_run_that_was_stopped_goes_on(checkpoint, folders, tmp_path, captioned, capsys):
    seen, limit = captioned
    whole, out = tmp_path / "whole.jsonl", tmp_path / "out.jsonl"
    command = ["caption", str(checkpoint), *map(str, folders), "--batch-size", "2"]
    main([*command, "--out", str(whole)])
    printed = capsys.readouterr().out
    seen.clear()
    limit[0] = 3
    with pytest.raises((KeyboardInterrupt, SystemExit)):
        main([*command, "--out", str(out)])
    assert [record["id"] for record in records(out)] == list("abc")
    seen.clear()
    limit[0] = None
    capsys.readouterr()
    main([*command, "--out", str(out)])
    said = capsys.readouterr()
    assert seen == ["d.png", "e.png"] and f"{out} holds 3 of 5 pairs already" in said.err
    assert said.out == printed  # All sentences, also those that the file had.
    same = [{**record, "n_best": None, "score": None} for record in records(out)]
    assert same == [{**record, "n_best": None, "score": None} for record in records(whole)]
    seen.clear()
    main([*command, "--out", str(out)])
    assert seen == []


def test_other_models_and_options_are_refused_and_nothing_is_lost(checkpoint, folders, tmp_path):
    out, other = tmp_path / "out.jsonl", tmp_path / "other.pth"
    command = [*map(str, folders), "--out", str(out)]
    main(["caption", str(checkpoint), *command])
    text = out.read_text()
    with pytest.raises(SystemExit, match="another n_best: remove it to start again"):
        main(["caption", str(checkpoint), *command, "--n-best", "2"])
    with pytest.raises(SystemExit, match="another decoding:"):
        main(["caption", str(checkpoint), *command, "--beam-size", "2"])
    shutil.copy(checkpoint, other)
    main(["caption", str(other), *command])  # The same weights.
    with other.open("ab") as file:
        file.write(b"\0")
    with pytest.raises(SystemExit, match="another checkpoint:"):
        main(["caption", str(other), *command])
    assert out.read_text() == text
    with pytest.raises(SystemExit, match=r"end it in \.jsonl"):
        main(["caption", str(checkpoint), *map(str, folders), "--out", str(tmp_path / "x.json")])


def test_pairs_of_equal_names_have_ids_of_their_own(checkpoint, folders, tmp_path, capsys):
    for site, name in (("site1", "a.png"), ("site2", "b.png")):
        (tmp_path / site).mkdir()
        for year, folder in zip((2019, 2021), folders, strict=True):
            shutil.copy(folder / name, tmp_path / site / f"{year}.png")
    table, out = tmp_path / "pairs.csv", tmp_path / "out.jsonl"
    rows = [f"{site}/2019.png,{site}/2021.png\n" for site in ("site1", "site2")]
    table.write_text("before,after\n" + "".join(rows))
    main(["caption", str(checkpoint), "--csv", str(table), "--out", str(out)])
    assert [record["id"] for record in records(out)] == ["site1/2021", "site2/2021"]


def test_a_broken_pair_is_tried_again(checkpoint, folders, tmp_path, captioned, capsys):
    seen, _ = captioned
    out, image = tmp_path / "out.jsonl", folders[1] / "c.png"
    command = ["caption", str(checkpoint), *map(str, folders), "--out", str(out)]
    content = image.read_bytes()
    image.write_bytes(content[:50])
    with pytest.raises(SystemExit) as error:
        main(command)
    said = str(error.value)
    assert said.startswith(f"1 of 5 pairs could not be captioned: {image} is ")
    assert said.endswith("copy it again, or convert it to PNG, JPEG or 8- or 16-bit TIFF") or (
        said.endswith("copy it again")
    )
    assert "\n" not in said
    assert records(out)[2]["error"] is not None
    image.write_bytes(content)
    seen.clear()
    main(command)
    assert seen == ["c.png"]
    assert [record["error"] for record in records(out)] == [None] * 5
    assert [record["id"] for record in records(out)] == list("abcde")


def test_a_broken_pair_may_be_left_out(checkpoint, folders, tmp_path, captioned):
    """As the error advises."""
    seen, _ = captioned
    out = tmp_path / "out.jsonl"
    command = ["caption", str(checkpoint), *map(str, folders), "--out", str(out)]
    (folders[1] / "c.png").unlink()
    with pytest.raises(SystemExit, match="drop the pair"):
        main(command)
    (folders[0] / "c.png").unlink()
    seen.clear()
    main(command)
    assert seen == [] and [record["id"] for record in records(out)] == list("abde")


def test_masks_that_are_absent_are_made(checkpoint, folders, tmp_path, captioned):
    seen, _ = captioned
    masks = tmp_path / "masks"
    command = ["caption", str(checkpoint), *map(str, folders), "--out", str(tmp_path / "o.jsonl")]
    main(command)
    seen.clear()
    main([*command, "--masks", str(masks)])
    assert len(seen) == 5 and len(list(masks.glob("*.png"))) == 5
    (masks / "b.png").unlink()
    seen.clear()
    main([*command, "--masks", str(masks)])
    assert seen == ["b.png"] and len(records(tmp_path / "o.jsonl")) == 5


def test_masks_of_images_that_were_replaced_are_made_again(
    checkpoint, folders, tmp_path, captioned
):
    """Though the sentences are those of the new images already."""
    seen, _ = captioned
    masks, image = tmp_path / "masks", folders[1] / "c.png"
    command = ["caption", str(checkpoint), *map(str, folders), "--out", str(tmp_path / "o.jsonl")]
    main([*command, "--masks", str(masks)])
    later = (masks / "c.png").stat().st_mtime_ns + 10**9
    os.utime(image, ns=(later, later))
    os.utime(tmp_path / "o.jsonl", ns=(later, later))
    seen.clear()
    main([*command, "--masks", str(masks)])
    assert seen == ["c.png"]
    image.write_bytes(b"broken")
    with pytest.raises(SystemExit, match="1 of 5 pairs could not be captioned"):
        main([*command, "--masks", str(masks)])
    assert sorted(path.stem for path in masks.glob("*.png")) == list("abde")


def test_a_closed_pipe_is_no_error_and_the_file_is_whole(checkpoint, folders, tmp_path):
    out = tmp_path / "out.jsonl"
    command = [sys.executable, "-m", "mmrsicc.cli.main", "caption", checkpoint, *folders]
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*command, "--out", out, "--batch-size", "1"],
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
    )
    os.close(writer)
    assert done.returncode == 0, done.stderr
    assert "Broken pipe" not in done.stderr and "Traceback" not in done.stderr
    assert len(records(out)) == 5
